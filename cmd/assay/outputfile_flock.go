//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package main

import (
	"errors"
	"os"
	"syscall"
)

// lock keeps other processes from locking a file until it is closed. It reports
// false if another one has locked it.
func lock(file *os.File) bool {
	// Some file systems have no locks; then two runs are not kept apart.
	return !errors.Is(syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}
