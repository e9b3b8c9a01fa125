package machine

import (
	"runtime"
	"sync"
	"time"
)

// Share measures for d how much of the machine this process gets when it asks
// for all of it, as a ratio from 0 to 1: 0.5 on a machine that has as much else
// to do, or in a container that is held to half of its CPUs. known is false
// where the system does not tell.
func Share(d time.Duration) (share float64, known bool) {
	before, err := OwnTime()
	if err != nil {
		return 0, false
	}
	began := time.Now()
	var spinners sync.WaitGroup
	n := runtime.GOMAXPROCS(0)
	for range n {
		spinners.Go(func() {
			for time.Since(began) < d {
			}
		})
	}
	spinners.Wait()
	wall := time.Since(began)
	after, err := OwnTime()
	if err != nil {
		return 0, false
	}
	return min((after-before).Seconds()/(wall.Seconds()*float64(n)), 1), true
}
