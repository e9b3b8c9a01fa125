package run

import (
	"fmt"
	"time"

	"github.com/assay-id/assay/scenarios/measure/machine"
)

// Watch looks at the machine during an attempt at a case that is sensitive to
// it. It is called before the attempt; what it returns is called afterwards and
// says why the attempt cannot be judged, or "".
type Watch func() (busy func() string)

// leastShare is the part of the machine that the harness must get for a failure
// to count. An even split with one other process on two cores leaves 0.67.
const leastShare = 0.8

// probeTime is several time slices of a scheduler.
const probeTime = 20 * time.Millisecond

// WatchMachine returns the Watch that measures the machine. What other processes
// take during an attempt counts only if the implementation is none of them.
func WatchMachine(inProcess bool) Watch {
	return func() func() string {
		before := machine.Take()
		return func() string {
			during := before.Until(machine.Take())
			taken := during.StealShare
			if inProcess {
				taken += during.OthersShare
			}
			if during.Known && taken > 1-leastShare {
				return fmt.Sprintf("the machine is busy: other work took %.0f %% of the CPUs meanwhile",
					100*taken)
			}
			if share, known := machine.Share(probeTime); known && share < leastShare {
				return fmt.Sprintf("the machine is busy: the harness gets %.0f %% of the CPUs that it asks for",
					100*share)
			}
			return ""
		}
	}
}
