//go:build !unix

package implementations

import "os/exec"

// isolate does nothing: there are no process groups to rely on here.
func isolate(*exec.Cmd) {}

// killTree ends the program.
func killTree(cmd *exec.Cmd) {
	// The error is that it has ended already.
	_ = cmd.Process.Kill()
}

// endTree ends the program, which cannot be asked to.
func endTree(cmd *exec.Cmd) { killTree(cmd) }
