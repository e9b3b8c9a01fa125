//go:build unix

package implementations_test

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// detach gives a process a session of its own.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// ignoreSignals ignores the polite ways to end a program.
func ignoreSignals() { signal.Ignore(syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP) }

// stopSelf stops this process until it is continued or killed.
func stopSelf() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	select {} // the signal may come a moment later
}
