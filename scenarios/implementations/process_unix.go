//go:build unix

package implementations

import (
	"os/exec"
	"syscall"
)

// killTree ends the program and its children.
func killTree(cmd *exec.Cmd) {
	// The error is that it has ended already.
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}

// endTree asks the program and its children to end.
func endTree(cmd *exec.Cmd) {
	// The error is that it has ended already.
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
}
