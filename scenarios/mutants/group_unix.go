//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// ownGroup gives a command a group of processes of its own.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// endGroup kills what a test has left running: a mutant that loops in a process
// that the test started outlives the test.
func endGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // an error: there is none
	}
}
