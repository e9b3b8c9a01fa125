//go:build unix

package tuitest

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// Patience is how long a test waits for what must appear. It is far longer
// than that takes on the busiest machine, because only a failure waits so
// long.
const Patience = 3 * time.Minute

// Terminal runs a program on a terminal of 80 by 24 cells.
type Terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	pty    *os.File
	screen *vt.Emulator
	exited chan error

	mu      sync.Mutex
	changed chan struct{} // closed and replaced whenever something was written
	raw     bytes.Buffer
}

// Start runs cmd on a terminal, which answers queries unless it is mute. The
// program is killed when the test ends.
func Start(t *testing.T, cmd *exec.Cmd, mute bool) *Terminal {
	t.Helper()
	x := &Terminal{
		t: t, cmd: cmd, screen: vt.NewEmulator(80, 24),
		exited: make(chan error, 1), changed: make(chan struct{}),
	}
	var err error
	if x.pty, err = pty.StartWithSize(x.cmd, &pty.Winsize{Cols: 80, Rows: 24}); err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	readers.Go(func() {
		var answers io.Writer = x.pty
		if mute {
			answers = io.Discard
		}
		// HangUp ends this. A failing write means that the program is gone.
		_, _ = io.Copy(answers, x.screen)
		_, _ = io.Copy(io.Discard, x.screen)
	})
	output := make(chan struct{})
	readers.Go(func() {
		defer close(output)
		x.read()
	})
	go func() {
		<-output // all that the program wrote is on the screen
		x.exited <- x.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = x.cmd.Process.Kill()
		_ = x.pty.Close()
		HangUp(x.screen)
		readers.Wait()
	})
	return x
}

func (x *Terminal) read() {
	buf := make([]byte, 32<<10)
	for {
		n, err := x.pty.Read(buf)
		x.mu.Lock()
		x.raw.Write(buf[:n])
		_, _ = x.screen.Write(buf[:n])
		close(x.changed)
		x.changed = make(chan struct{})
		x.mu.Unlock()
		if err != nil {
			return // the program closed its side
		}
	}
}

// wait waits until done returns true for the screen and the bytes written.
func (x *Terminal) wait(what string, done func(screen, raw string) bool) {
	x.t.Helper()
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	for {
		x.mu.Lock()
		ok, changed := done(x.screen.String(), x.raw.String()), x.changed
		x.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-deadline.C:
			x.t.Fatalf("%s did not come; the screen is\n%s", what, x.Text())
		}
	}
}

// Want waits until a text is on the screen.
func (x *Terminal) Want(text string) {
	x.t.Helper()
	x.wait(fmt.Sprintf("%q", text), func(screen, _ string) bool {
		return strings.Contains(screen, text)
	})
}

// WantGone waits until a text is no longer on the screen.
func (x *Terminal) WantGone(text string) {
	x.t.Helper()
	x.wait(fmt.Sprintf("the end of %q", text), func(screen, _ string) bool {
		return !strings.Contains(screen, text)
	})
}

// WantWritten waits until a text was written, escape sequences included.
func (x *Terminal) WantWritten(what, text string) {
	x.t.Helper()
	x.wait(what, func(_, raw string) bool { return strings.Contains(raw, text) })
}

// Text returns the screen as lines.
func (x *Terminal) Text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen.String()
}

// Written returns every byte that the program wrote.
func (x *Terminal) Written() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.raw.String()
}

// AltScreen reports whether the program is on the alternate screen.
func (x *Terminal) AltScreen() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen.IsAltScreen()
}

// Resize changes the size of the terminal and tells the program.
func (x *Terminal) Resize(columns, rows int) {
	x.t.Helper()
	x.mu.Lock()
	x.screen.Resize(columns, rows)
	x.mu.Unlock()
	if err := pty.Setsize(x.pty, &pty.Winsize{
		Cols: uint16(columns), Rows: uint16(rows),
	}); err != nil {
		x.t.Fatal(err)
	}
}

// Press types keys.
func (x *Terminal) Press(keys string) {
	x.t.Helper()
	if _, err := x.pty.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// Signal sends the program a signal.
func (x *Terminal) Signal(signal os.Signal) {
	x.t.Helper()
	if err := x.cmd.Process.Signal(signal); err != nil {
		x.t.Fatal(err)
	}
}

// Exit waits for the program to end and checks its exit code, and that the
// terminal was restored.
func (x *Terminal) Exit(code int) {
	x.t.Helper()
	select {
	case <-x.exited:
	case <-time.After(Patience):
		x.t.Fatalf("the program did not end; the screen is\n%s", x.Text())
	}
	if got := x.cmd.ProcessState.ExitCode(); got != code {
		x.t.Errorf("exit code %d, want %d; the screen is\n%s", got, code, x.Text())
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.screen.IsAltScreen() {
		x.t.Error("the alternate screen was not left")
	}
	raw := x.raw.String()
	if strings.LastIndex(raw, "\x1b[?25h") < strings.LastIndex(raw, "\x1b[?25l") {
		x.t.Error("the cursor was left hidden")
	}
	for _, mode := range []string{"1000", "1002", "1003", "1006", "2004"} { // the mouse, and pastes in brackets
		if strings.LastIndex(raw, "\x1b[?"+mode+"l") < strings.LastIndex(raw, "\x1b[?"+mode+"h") {
			x.t.Errorf("mode %s was left on", mode)
		}
	}
	if push, pop := strings.Count(raw, "\x1b[22;0t"), strings.Count(raw, "\x1b[23;0t"); push != pop {
		x.t.Errorf("the title of the window was saved %d times and restored %d times", push, pop)
	}
}
