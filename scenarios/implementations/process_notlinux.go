//go:build unix && !linux

package implementations

import (
	"os/exec"
	"syscall"
)

// isolate puts the program into a process group of its own, so that it can be
// ended with everything that it started.
func isolate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
