package load

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// canNap says that this system has precise waits.
const canNap = true

// worthYielding is the shortest wait in which other goroutines run first: long
// enough to send the request that was just released, which takes 20 µs.
const worthYielding = 40 * time.Microsecond

// nap waits for d in the kernel. A signal may end it early.
//
// The goroutine that sends the request which was just released runs first, on
// this thread. Otherwise each request would wake another thread, which costs
// some 20 µs of CPU time.
func nap(d time.Duration) {
	if d >= worthYielding {
		due := time.Now().Add(d)
		runtime.Gosched()
		if d = time.Until(due); d <= 0 {
			return
		}
	}
	// Without it naps are about 50 µs longer. It is a property of the thread,
	// which may be another one each time. If the kernel refuses, the load can
	// still be measured: the lag is reported.
	_, _, _ = unix.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_TIMERSLACK, 1, 0)
	request := unix.NsecToTimespec(int64(d))
	_ = unix.Nanosleep(&request, nil)
}
