package load

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"time"
)

// The limits of how much the generator may distort its own figures.
const (
	mostLag      = 2 * time.Millisecond // p99 of its lag, without waits for the target
	mostOwnShare = 0.8                  // of its cores; beyond that it measures itself
	mostBusy     = 0.9                  // of a machine that it shares with the target
)

// unmeasured returns the reasons why not even verdicts were measured.
func (r *runner) unmeasured() []string {
	whole := &r.collector.whole
	operations := whole.operations()
	switch {
	case r.late > 0:
		return []string{r.void()}
	case r.unreachable != "":
		return []string{ErrUnreachable.Error() + ": " + r.unreachable}
	case operations == 0:
		return []string{"no request was counted"}
	case operations == whole.failed:
		return []string{"no request got a verdict: " + r.collector.reasons()}
	}
	reasons := r.timeline.failures()
	if r.Part.Of == 0 && !r.mix.isDefault() { // in a part there may be too few requests for a rare case
		reasons = append(reasons, r.collector.notPresented()...)
	}
	return reasons
}

// doubts returns the reasons why the times do not tell how long all requests of
// the schedule would have taken.
func (r *runner) doubts() []string {
	if dropped := r.dropped(); dropped > 0 && r.collector.whole.operations() > 0 {
		return []string{fmt.Sprintf("%d of %d requests were not sent: the load was more than %v behind its schedule and gave up",
			dropped, r.planned(), r.MaxBehind)}
	}
	return nil
}

// planned returns how many requests are to be counted.
func (r *runner) planned() uint64 { return r.schedule.countBetween(r.Warmup, r.schedule.duration) }

// dropped returns how many of them were never sent. An interrupted load, one
// without a target and a closed loop drop none.
func (r *runner) dropped() uint64 {
	if !r.complete || r.schedule.closed || r.unreachable != "" {
		return 0
	}
	return r.planned() - r.collector.whole.operations()
}

// notPresented says which cases there were too few requests for, if there were
// any. Nobody has asked for those of the default mix, so that is a note; of any
// other, it is a doubt about the verdicts.
func (c *collector) notPresented() []string {
	var lines []string
	for i := range c.parts {
		if c.parts[i].operations() == 0 && c.whole.operations() > 0 {
			lines = append(lines, fmt.Sprintf("case %s was never presented: too few requests for its weight", c.parts[i].name))
		}
	}
	return lines
}

// crowded returns the reasons why the generator or its machine, and not the
// target, may have delayed requests. They change no number. If the target is on
// the same machine, other processes do not count: it is one of them.
func (r *runner) crowded() []string {
	place, cores := r.place(), float64(runtime.GOMAXPROCS(0))
	var reasons []string
	if lag, supported := r.collector.lag.Quantile(0.99); supported && lag > mostLag {
		reasons = append(reasons,
			fmt.Sprintf("the generator was late: p99 of its lag is %v, at most %v is allowed",
				lag.Round(10*time.Microsecond), mostLag))
	}
	switch busy := r.use.OwnShare + r.use.OthersShare; {
	case place == elsewhere && r.use.OwnCores > mostOwnShare*cores:
		reasons = append(reasons,
			fmt.Sprintf("the generator kept %.1f of %.0f cores busy: it measures itself",
				r.use.OwnCores, cores))
	case place != elsewhere && busy > mostBusy:
		reasons = append(reasons,
			fmt.Sprintf("the CPUs were %.0f %% busy: generator and target slowed each other down",
				100*busy))
	}
	if place == sameMachine {
		return append(reasons, r.use.StealReasons()...)
	}
	return append(reasons, r.use.Reasons()...)
}

// notes returns what a reader must know about the conditions.
func (r *runner) notes() []string {
	var notes []string
	switch r.place() {
	case sameProcess:
		notes = append(notes,
			"generator, service and mock environment share one process: the generator takes about half of the CPU time of a request, so at its limit the service alone would do some 1.7 times as much, and loopback says nothing of a network")
	case sameMachine:
		notes = append(notes,
			"generator and target share one machine: at its limit the target alone would do some 1.7 times as much, and loopback says nothing of a network")
	}
	if r.aborted != nil {
		notes = append(notes, r.aborted.String())
	} else if r.unreachable == "" {
		notes = append(notes, r.watch.notes()...)
	}
	if r.schedule.closed {
		notes = append(notes, r.describeUsers())
	} else if shape := r.schedule.note(r.Warmup); shape != "" {
		notes = append(notes, shape)
	}
	if ways := r.Connection.describe(); ways != "" {
		notes = append(notes, "requests were sent "+ways)
	}
	if r.use.Known {
		notes = append(notes,
			fmt.Sprintf("CPU: this process %.2f cores, other processes %.0f %%, hypervisor %.0f %% of the machine",
				r.use.OwnCores, 100*r.use.OthersShare, 100*r.use.StealShare))
	}
	if r.targets != nil && r.targets.either > 0 {
		notes = append(notes,
			fmt.Sprintf("%d requests presented a token whose key had left the JWK Set: either verdict counts as right", r.targets.either))
	}
	if r.mix.isDefault() && r.Part.Of == 0 {
		notes = append(notes, r.collector.notPresented()...)
	}
	if waited := r.collector.waited; waited > 0 {
		notes = append(notes,
			fmt.Sprintf("%d requests were late because %d were in flight: latency includes that wait, service time and lag do not",
				waited, r.InFlight))
	}
	if dropped := r.dropped(); dropped > 0 && r.late == 0 {
		notes = append(notes,
			fmt.Sprintf("overload: %d of %d requests were sent", r.planned()-dropped, r.planned()))
	}
	return notes
}

// reasons lists why requests got no verdict, the most frequent reason first.
func (c *collector) reasons() string {
	counts := c.failures
	reasons := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		if counts[a] != counts[b] {
			return int(counts[b]) - int(counts[a])
		}
		return strings.Compare(a, b)
	})
	for i, reason := range reasons {
		reasons[i] = fmt.Sprintf("%d × %s", counts[reason], reason)
	}
	return strings.Join(reasons, ", ")
}
