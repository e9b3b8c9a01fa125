//go:build unix

package tui_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/tui"
	"github.com/assay-id/assay/tui/tuitest"
)

// childVariable makes the test binary a program with a UI, which the tests
// below run on its own terminal.
const childVariable = "ASSAY_TUI_CHILD"

func TestMain(m *testing.M) {
	if mode := os.Getenv(childVariable); mode != "" {
		os.Exit(child(mode))
	}
	os.Exit(m.Run())
}

// child runs the UI and prints what it left behind.
func child(mode string) int {
	replay, err := openRecording("run.jsonl")
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

// open starts the child in a mode. A mute terminal answers no queries.
func open(t *testing.T, mode string, mute bool, env ...string) *tuitest.Terminal {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append([]string{
		childVariable + "=" + mode, "TERM=xterm-256color", "LANG=C.UTF-8",
		"GORACE=atexit_sleep_ms=0", // the race detector would add a second to each exit
	}, env...)
	return tuitest.Start(t, cmd, mute)
}

func TestTerminalSession(t *testing.T) {
	x := open(t, "usual", false)
	x.Want("runs all 41 scenarios")
	if !x.AltScreen() {
		t.Error("the UI is not on the alternate screen")
	}
	x.Press("R")
	x.Want("FAILED")
	x.Press("n")
	x.Want("> ✗ FAIL  aud.suffix-char")
	x.Press("y")
	x.Want("copied the repeat command")
	command := base64.StdEncoding.EncodeToString([]byte("assay run aud.suffix-char --implementation sloppy --seed 7f3a"))
	x.WantWritten("the repeat command on the clipboard", "\x1b]52;c;"+command)
	x.Resize(120, 40)
	x.Resize(160, 40)
	x.Want("41 scenarios  aud.suffix-char ") // side by side
	x.Press("/")
	x.Press("\x1b[200~hidden\x1b[201~") // a bracketed paste
	x.Want("1 of 41")
	x.Press("\r")
	x.Press("q")
	x.Exit(0)
	for _, text := range []string{"DONE 41 cases: 31 passed", "left 1 runs, interrupted false"} {
		if !strings.Contains(x.Text(), text) {
			t.Errorf("%q was not printed after the end:\n%s", text, x.Text())
		}
	}
}

// What a terminal sends for keys of editing, a paste and the history.
func TestTypingOnATerminal(t *testing.T) {
	t.Parallel()
	x := open(t, "usual", false)
	x.Want("runs all 41 scenarios")
	x.Press("/xaut\x7fd\x01\x1b[3~") // backspace, ctrl+a, delete
	x.Want("6 of 41")
	x.Press("\x05 !10\x1bb\x17") // ctrl+e, alt+b, and aud is gone by ctrl+w
	x.Want("40 of 41")
	x.Press("\x0b@must|\x1b[200~may\ntime\x1b[201~\r") // ctrl+k, a paste of two lines
	x.Want("/@must|may time")
	x.Press("/\x15/(\r")
	x.Want("missing closing )")
	x.Press("/\x15\x1b[A\x1b[A\r") // up: the one before the last
	x.Want("/@must|may time")
	x.Press(":filter ~adsx\r")
	x.Want("1 of 41")
	x.Press(":jstbfr\r")
	x.Want("> ·       rot.just-before-signing")
	x.Press(":run aud.* sig\r")
	x.Want("latest run")
	x.Press(":q\r")
	x.Exit(0)
	if want := "DONE 9 cases"; !strings.Contains(x.Text(), want) {
		t.Errorf("%q was not printed after the end:\n%s", want, x.Text())
	}
}

// The program must not wait for terminals that answer no queries. The stall
// this guards against was five seconds every time; a busy machine may be as
// slow once.
func TestTerminalThatNeverAnswers(t *testing.T) {
	t.Parallel()
	const stall = 5 * time.Second
	var took time.Duration
	for range 3 {
		start := time.Now()
		x := open(t, "usual", true)
		x.Want("runs all 41 scenarios")
		x.Press("q")
		x.Exit(0)
		if took = time.Since(start); took < stall {
			return
		}
	}
	t.Errorf("start and end took %s", took)
}

func TestQuitWhileARunGoesOn(t *testing.T) {
	t.Parallel()
	x := open(t, "slow", false)
	x.Want("runs all 41 scenarios")
	x.Press("R")
	x.Want("○ 41 wait")
	x.Press("q")
	x.Want("0 of 41 cases")
	x.Press("y")
	x.Exit(0)
	for _, text := range []string{"INTERRUPTED 41 cases: 41 not judged", "left 1 runs, interrupted true"} {
		if !strings.Contains(x.Text(), text) {
			t.Errorf("%q was not printed after the end:\n%s", text, x.Text())
		}
	}
}

// quitDeaf quits during a run that does not stop, and returns how long that
// took.
func quitDeaf(t *testing.T, keys string) time.Duration {
	t.Helper()
	x := open(t, "deaf", false)
	x.Want("runs all 41 scenarios")
	x.Press("R")
	x.Want("0/41")
	start := time.Now()
	x.Press(keys)
	x.Exit(0)
	return time.Since(start)
}

func TestRunThatDoesNotStopIsLeftBehind(t *testing.T) {
	t.Parallel()
	const patience = 2 * time.Second
	for name, keys := range map[string]string{"ctrl+c once": "\x03", "q and y": "qy"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if took := quitDeaf(t, keys); took < patience {
				t.Errorf("quitting took %s; the run was not waited for", took)
			}
		})
	}
	t.Run("ctrl+c twice", func(t *testing.T) {
		t.Parallel()
		var took time.Duration
		for range 3 { // a busy machine may be as slow once
			if took = quitDeaf(t, "\x03\x03"); took < patience {
				return
			}
		}
		t.Errorf("quitting took %s; the run was waited for", took)
	})
}

func TestSignalsRestoreTheTerminal(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			x := open(t, "slow", false)
			x.Want("runs all 41 scenarios")
			x.Press("R")
			x.Want("○ 41 wait")
			x.Signal(signal)
			x.Exit(0)
			if !strings.Contains(x.Text(), "left 1 runs, interrupted true") {
				t.Errorf("the results were not left:\n%s", x.Text())
			}
		})
	}
}

// SIGQUIT prints all goroutines, on the screen of the shell.
func TestQuitSignalDumpsOnTheRestoredTerminal(t *testing.T) {
	t.Parallel()
	x := open(t, "slow", false)
	x.Want("runs all 41 scenarios")
	x.Press("R")
	x.Want("○ 41 wait")
	x.Signal(syscall.SIGQUIT)
	x.Exit(2)
	raw := x.Written()
	if dump := strings.Index(raw, "SIGQUIT: quit"); dump < strings.LastIndex(raw, "\x1b[?1049l") {
		t.Errorf("the goroutines were not printed after the alternate screen:\n%s", x.Text())
	}
}

// The mouse works on a terminal, and belongs to the shell afterwards.
func TestMouseOnATerminal(t *testing.T) {
	t.Parallel()
	x := open(t, "usual", false)
	x.Want("runs all 41 scenarios")
	x.Press("\x1b[<0;3;24M\x1b[<0;3;24m") // on "R run all", column 3 of row 24
	x.Want("FAILED")
	x.Press("\x1b[<65;10;8M") // the wheel over the list
	x.Want("41 scenarios")
	x.Press("M")
	x.Want("the mouse selects text again")
	x.WantWritten("the end of the mouse", "\x1b[?1006l")
	x.Press("M")
	x.Want("the mouse scrolls and clicks")
	x.Press("q")
	x.Exit(0)
}

func TestPanicRestoresTheTerminal(t *testing.T) {
	t.Parallel()
	x := open(t, "panic", false)
	x.Want("runs all 41 scenarios")
	x.Press("R")
	x.Exit(2)
	if raw := x.Written(); strings.Index(raw, "panic: boom") < strings.LastIndex(raw, "\x1b[?1049l") {
		t.Errorf("the trace was not printed after the alternate screen:\n%s", x.Text())
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
		{"usual", nil, true, false, "▌scenarios"},
		{"NO_COLOR", []string{"NO_COLOR=1"}, false, false, "▌scenarios"},
		{"another locale", []string{"LC_ALL=C"}, true, true, "|scenarios"},
		{"sixteen colours", []string{"TERM=xterm-16color"}, true, false, "▌scenarios"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := open(t, "usual", false, tt.env...)
			x.Want(tt.want)
			x.Press("R")
			x.Want(" 31 pass")
			x.Press("n")
			x.Want("FAIL  aud.suffix-char")
			x.Press("q")
			raw := x.Written()
			x.Exit(0)
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
	x.Exit(1)
	if !strings.Contains(x.Text(), `no terminal that can show the UI: TERM is "dumb"`) {
		t.Errorf("the refusal is\n%s", x.Text())
	}
}

// A user works through a run: sorted, marked, searched, and as it was exchanged.
func TestScenariosOnATerminal(t *testing.T) {
	x := open(t, "usual", false)
	x.Want("runs all 41 scenarios")
	x.Press("Rs")
	x.Want("failures first")
	x.Press("jmjm")
	x.Want("2 marked")
	x.Press("r")
	x.Want("latest run")
	x.Press("\x1b")
	x.Want("run this")
	x.Press("k\r/client\r")
	x.Want("match 1 of")
	x.Press("e")
	x.Want("to the implementation")
	x.Press("q")
	x.Exit(0)
}
