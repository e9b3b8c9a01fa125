package implementations

import (
	"os/exec"
	"syscall"
)

// isolate puts the program into a process group of its own, so that it can be
// ended with everything that it started, and lets the kernel ask it to end if
// the harness is killed. Strictly it is the end of the thread that started it
// which counts; the runtime ends no thread unless its goroutine is locked to it.
func isolate(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
