//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package refresh

import (
	"errors"
	"os"
	"syscall"
)

// lock locks a file until it is closed, or returns errLocked.
func lock(file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EWOULDBLOCK):
			return errLocked
		case !errors.Is(err, syscall.EINTR):
			return err
		}
	}
}
