package load

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// canNap says that this system has precise waits.
const canNap = true

// prepareNap makes the waits of this goroutine precise: it gets its own thread,
// whose timers the kernel does not group. The thread ends with the goroutine,
// because it stays locked.
func prepareNap() {
	runtime.LockOSThread()
	// Without it naps are about 50 µs longer. If the kernel refuses, the load
	// can still be measured: the lag is reported.
	_ = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
}

// nap waits for d in the kernel. A signal may end it early.
func nap(d time.Duration) {
	request := unix.NsecToTimespec(int64(d))
	_ = unix.Nanosleep(&request, nil)
}
