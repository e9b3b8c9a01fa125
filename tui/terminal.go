package tui

import (
	"io"
	"os"
	"os/signal"
	"syscall"

	tea "charm.land/bubbletea/v2"
)

// The title of the window, and of its icon, is put on a stack of the terminal
// and taken from there at the end. Terminals without a stack ignore both.
const (
	pushTitle = "\x1b[22;0t"
	popTitle  = "\x1b[23;0t"
)

// keepTitle saves the title of the window, and returns what restores it.
func keepTitle(output any) (restore func()) {
	w, ok := output.(io.Writer)
	if !ok || !isTerminal(output) {
		return func() {}
	}
	// An error means that the terminal is gone, which its reader notices.
	_, _ = io.WriteString(w, pushTitle)
	return func() { _, _ = io.WriteString(w, popTitle) }
}

// dumpOnQuit lets SIGQUIT print all goroutines, as the runtime does, after the
// terminal has been restored: on the alternate screen the dump would be lost,
// and the shell would inherit a terminal without echo. The caller calls stop.
func dumpOnQuit(program *tea.Program, restore func()) (stop func()) {
	quit := make(chan os.Signal, 1)
	done, ended := make(chan struct{}), make(chan struct{})
	signal.Notify(quit, syscall.SIGQUIT)
	go func() {
		defer close(ended)
		select {
		case <-done:
		case <-quit:
			_ = program.ReleaseTerminal() // the program ends in any case
			restore()
			signal.Reset(syscall.SIGQUIT)
			if self, err := os.FindProcess(os.Getpid()); err == nil {
				_ = self.Signal(syscall.SIGQUIT)
			}
			select {} // until the runtime ends the process
		}
	}()
	return func() {
		signal.Stop(quit)
		close(done)
		<-ended
	}
}
