//go:build unix

package machine

import (
	"syscall"
	"time"
)

// ownTime returns the CPU time of this process.
func ownTime() (time.Duration, error) {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0, err
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano()), nil
}
