//go:build unix

package tui_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/tui"
)

// childVariable makes the test binary a program with a UI, which the tests
// below run on a terminal of their own.
const childVariable = "ASSAY_TUI_CHILD"

func TestMain(m *testing.M) {
	if mode := os.Getenv(childVariable); mode != "" {
		os.Exit(child(mode))
	}
	os.Exit(m.Run())
}

// child runs the UI and prints what it left behind.
func child(mode string) int {
	f, err := os.Open(filepath.Join("..", "reports", "testdata", "run.jsonl"))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer f.Close()
	replay, err := tui.NewReplay(f)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	result, err := tui.Run(context.Background(), &childEngine{replay, mode}, tui.Options{})
	for _, r := range result.Runs {
		text := reports.NewText(os.Stdout, reports.TextOptions{Brief: true})
		for _, rec := range r.Records {
			text.Handle(rec)
		}
		text.Close()
	}
	fmt.Printf("left %d runs, interrupted %v\n", len(result.Runs), result.Interrupted)
	var panicked *tui.PanicError
	switch {
	case errors.As(err, &panicked):
		fmt.Printf("%v\n%s", panicked, panicked.Stack)
		return 2
	case err != nil:
		fmt.Println("error:", err)
		return 1
	}
	return 0
}

// childEngine misbehaves as its mode says.
type childEngine struct {
	*tui.Replay
	mode string
}

func (e *childEngine) Run(ctx context.Context, req tui.RunRequest) (*tui.Stream, error) {
	switch e.mode {
	case "panic":
		return tui.NewStream(ctx, func(context.Context, func(reports.Record) error) error { panic("boom") }), nil
	case "deaf":
		return tui.NewStream(ctx, func(context.Context, func(reports.Record) error) error { select {} }), nil
	case "slow":
		e.Pace = time.Hour
	}
	return e.Replay.Run(ctx, req)
}

// terminal is a program on a terminal that the test sees as a person would.
type terminal struct {
	t      *testing.T
	cmd    *exec.Cmd
	pty    *os.File
	screen *vt.Emulator
	exited chan error

	mu      sync.Mutex
	changed chan struct{} // closed and replaced whenever something was written
	raw     bytes.Buffer
}

// open starts the child in a mode. A terminal that is mute answers no query.
func open(t *testing.T, mode string, mute bool, env ...string) *terminal {
	t.Helper()
	x := &terminal{
		t: t, screen: vt.NewEmulator(80, 24), exited: make(chan error, 1), changed: make(chan struct{}),
		cmd: exec.Command(os.Args[0]),
	}
	x.cmd.Env = append([]string{
		childVariable + "=" + mode, "TERM=xterm-256color", "LANG=C.UTF-8",
		"GORACE=atexit_sleep_ms=0", // the race detector would add a second to each exit
	}, env...)
	var err error
	x.pty, err = pty.StartWithSize(x.cmd, &pty.Winsize{Cols: 80, Rows: 24})
	if err != nil {
		t.Fatal(err)
	}
	var readers sync.WaitGroup
	readers.Go(func() {
		var answers io.Writer = x.pty
		if mute {
			answers = io.Discard
		}
		// Ends with hangUp. A write that fails means that the program is gone.
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
		hangUp(x.screen)
		readers.Wait()
	})
	return x
}

func (x *terminal) read() {
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

// wait waits until done is true of what is on the screen.
func (x *terminal) wait(what string, done func() bool) {
	x.t.Helper()
	deadline := time.NewTimer(15 * time.Second)
	defer deadline.Stop()
	for {
		x.mu.Lock()
		ok, changed := done(), x.changed
		x.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-deadline.C:
			x.t.Fatalf("%s did not come; the screen is\n%s", what, x.text())
		}
	}
}

// want waits until a text is on the screen.
func (x *terminal) want(text string) {
	x.t.Helper()
	x.wait(fmt.Sprintf("%q", text), func() bool { return strings.Contains(x.screen.String(), text) })
}

func (x *terminal) text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen.String()
}

func (x *terminal) written() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.raw.String()
}

func (x *terminal) press(keys string) {
	x.t.Helper()
	if _, err := x.pty.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// exit waits for the end and checks its code, and that the terminal is as it
// was.
func (x *terminal) exit(code int) {
	x.t.Helper()
	select {
	case <-x.exited:
	case <-time.After(15 * time.Second):
		x.t.Fatalf("the program did not end; the screen is\n%s", x.text())
	}
	if got := x.cmd.ProcessState.ExitCode(); got != code {
		x.t.Errorf("exit code %d, want %d; the screen is\n%s", got, code, x.text())
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.screen.IsAltScreen() {
		x.t.Error("the alternate screen was not left")
	}
	if raw := x.raw.String(); strings.LastIndex(raw, "\x1b[?25h") < strings.LastIndex(raw, "\x1b[?25l") {
		x.t.Error("the cursor was left hidden")
	}
}

// It runs alone, so that the second it allows for quitting is one in which the
// other tests do not compete for the machine.
func TestTerminalSession(t *testing.T) {
	x := open(t, "usual", false)
	x.want("runs all 41 scenarios")
	if !x.screen.IsAltScreen() {
		t.Error("the UI is not on the alternate screen")
	}
	x.press("R")
	x.want("✓ 31 pass")
	x.press("n")
	x.want("> ✗ FAIL  aud.suffix-char")
	x.press("y")
	x.want("copied the repeat command")
	command := base64.StdEncoding.EncodeToString([]byte("assay run aud.suffix-char --implementation sloppy --seed 7f3a"))
	x.wait("the repeat command on the clipboard", func() bool { return strings.Contains(x.raw.String(), "\x1b]52;c;"+command) })
	x.mu.Lock()
	x.screen.Resize(120, 40)
	x.mu.Unlock()
	if err := pty.Setsize(x.pty, &pty.Winsize{Cols: 120, Rows: 40}); err != nil {
		t.Fatal(err)
	}
	x.want("┐┌─ aud.suffix-char ─") // side by side
	x.press("/")
	x.press("\x1b[200~hidden\x1b[201~") // a bracketed paste
	x.want("1 of 41")
	x.press("\r")
	start := time.Now()
	x.press("q")
	x.exit(0)
	if took := time.Since(start); took > time.Second {
		t.Errorf("quitting took %s, want less than a second", took)
	}
	for _, text := range []string{"DONE 41 cases: 31 passed", "left 1 runs, interrupted false"} {
		if !strings.Contains(x.text(), text) {
			t.Errorf("%q was not printed after the end:\n%s", text, x.text())
		}
	}
}

// Terminals that answer no query must not be waited for. The stall this guards
// against was five seconds.
func TestTerminalThatNeverAnswers(t *testing.T) {
	t.Parallel()
	start := time.Now()
	x := open(t, "usual", true)
	x.want("runs all 41 scenarios")
	x.press("q")
	x.exit(0)
	if took := time.Since(start); took > 4*time.Second {
		t.Errorf("start and end took %s", took)
	}
}

func TestQuitWhileARunGoesOn(t *testing.T) {
	t.Parallel()
	x := open(t, "slow", false)
	x.want("runs all 41 scenarios")
	x.press("R")
	x.want("○ 41 wait")
	x.press("q")
	x.want("0 of 41 cases")
	x.press("y")
	x.exit(0)
	for _, text := range []string{"INTERRUPTED 41 cases: 41 not judged", "left 1 runs, interrupted true"} {
		if !strings.Contains(x.text(), text) {
			t.Errorf("%q was not printed after the end:\n%s", text, x.text())
		}
	}
}

func TestRunThatDoesNotStopIsLeftBehind(t *testing.T) {
	t.Parallel()
	const patience = 2 * time.Second
	tests := []struct {
		name, keys string
		waits      bool
	}{
		{"ctrl+c once", "\x03", true},
		{"q and y", "qy", true},
		{"ctrl+c twice", "\x03\x03", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := open(t, "deaf", false)
			x.want("runs all 41 scenarios")
			x.press("R")
			x.want("0/41")
			start := time.Now()
			x.press(tt.keys)
			x.exit(0)
			took := time.Since(start)
			if waited := took >= patience; waited != tt.waits {
				t.Errorf("quitting took %s; waited %v, want %v", took, waited, tt.waits)
			}
			if took > 3*patience {
				t.Errorf("quitting took %s, want little more than %s", took, patience)
			}
		})
	}
}

func TestSignalsRestoreTheTerminal(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			x := open(t, "slow", false)
			x.want("runs all 41 scenarios")
			x.press("R")
			x.want("○ 41 wait")
			if err := x.cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			x.exit(0)
			if !strings.Contains(x.text(), "left 1 runs, interrupted true") {
				t.Errorf("the results were not left:\n%s", x.text())
			}
		})
	}
}

func TestPanicRestoresTheTerminal(t *testing.T) {
	t.Parallel()
	x := open(t, "panic", false)
	x.want("runs all 41 scenarios")
	x.press("R")
	x.exit(2)
	if raw := x.written(); strings.Index(raw, "panic: boom") < strings.LastIndex(raw, "\x1b[?1049l") {
		t.Errorf("the trace was not printed after the alternate screen:\n%s", x.text())
	}
}

func TestEnvironmentDecidesOnColoursAndCharacters(t *testing.T) {
	t.Parallel()
	color := regexp.MustCompile(`\x1b\[(\d+;)*(3[0-8]|4[0-8]|9[0-7])[;m]`)
	tests := []struct {
		name    string
		env     []string
		colored bool
		ascii   bool
		want    string
	}{
		{"usual", nil, true, false, "┌─ scenarios"},
		{"NO_COLOR", []string{"NO_COLOR=1"}, false, false, "┌─ scenarios"},
		{"another locale", []string{"LC_ALL=C"}, true, true, "+- scenarios"},
		{"sixteen colours", []string{"TERM=xterm-16color"}, true, false, "┌─ scenarios"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := open(t, "usual", false, tt.env...)
			x.want(tt.want)
			x.press("R")
			x.want(" 31 pass")
			x.press("n")
			x.want("FAIL  aud.suffix-char")
			x.press("q")
			raw := x.written()
			x.exit(0)
			if got := color.MatchString(raw); got != tt.colored {
				t.Errorf("colours were written: %v, want %v", got, tt.colored)
			}
			if got := strings.IndexFunc(raw, func(r rune) bool { return r >= 0x80 }) < 0; got != tt.ascii {
				t.Errorf("only ASCII was written: %v, want %v", got, tt.ascii)
			}
		})
	}
}

func TestDumbTerminalIsRefused(t *testing.T) {
	t.Parallel()
	x := open(t, "usual", false, "TERM=dumb")
	x.exit(1)
	if !strings.Contains(x.text(), `no terminal that can show the UI: TERM is "dumb"`) {
		t.Errorf("the refusal is\n%s", x.text())
	}
}
