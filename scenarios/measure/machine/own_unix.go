//go:build unix

package machine

import (
	"syscall"
	"time"
)

// OwnTime returns the CPU time of this process.
func OwnTime() (time.Duration, error) {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0, err
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano()), nil
}
