package tui_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/tui"
	"github.com/assay-id/assay/tui/tuitest"
)

// openRecording returns an engine over a recorded stream of package reports.
func openRecording(name string) (*tui.Replay, error) {
	f, err := os.Open(filepath.Join("..", "reports", "testdata", name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return tui.NewReplay(f)
}

func replayOf(t testing.TB, name string) *tui.Replay {
	t.Helper()
	r, err := openRecording(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// emulated is a screen for a program in this process. After each write it
// calls seen with its content.
type emulated struct {
	mu     sync.Mutex
	screen *vt.Emulator
	seen   func(screen string)
}

func (e *emulated) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	// Without a terminal that would turn a line feed into a new line, Bubble Tea
	// expects the reader to do so.
	_, err := e.screen.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n")))
	e.seen(e.screen.String())
	return len(p), err
}

// The whole program without a terminal: commands, ticks, a live run, the end.
func TestProgram(t *testing.T) {
	t.Parallel()
	input, keyboard := io.Pipe()
	steps := []struct{ wait, keys string }{
		{"runs all 41 scenarios", "R"},
		{"✓ 31 pass", "2 "},
		{"has no measurements", "x"},
		{"Measures how fast builtin verifies", "q"},
	}
	keys := make(chan string, len(steps))
	next := 0
	out := &emulated{screen: vt.NewEmulator(80, 24)}
	out.seen = func(screen string) {
		if next < len(steps) && strings.Contains(screen, steps[next].wait) {
			keys <- steps[next].keys
			next++
		}
	}
	drained := make(chan struct{})
	go func() { // what the emulator answers is of no interest
		defer close(drained)
		_, _ = io.Copy(io.Discard, out.screen)
	}()
	typed := make(chan struct{})
	go func() {
		defer close(typed)
		for range steps {
			select {
			case k := <-keys:
				_, _ = io.WriteString(keyboard, k)
			case <-t.Context().Done():
				return
			}
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	replay := replayOf(t, "run.jsonl")
	replay.Pace = time.Millisecond
	result, err := tui.Run(ctx, replay, tui.Options{
		Input: input, Output: out, Env: []string{"TERM=xterm-256color", "LANG=C.UTF-8"}, Width: 80, Height: 24,
	})
	if err != nil {
		t.Fatalf("Run = %v at step %d; the screen is\n%s", err, next, out.screen.String())
	}
	<-typed
	if out.screen.IsAltScreen() {
		t.Error("the alternate screen was not left")
	}
	if len(result.Runs) != 1 || result.Interrupted || result.Runs[0].Err != nil {
		t.Fatalf("the result is %d runs, interrupted %v, want one run",
			len(result.Runs), result.Interrupted)
	}
	var summary reports.Summary
	for _, r := range result.Runs[0].Records {
		summary.Handle(r)
	}
	if want := "DONE 41 cases: 31 passed"; !strings.HasPrefix(summary.Line(), want) {
		t.Errorf("the recording says %q, want %q", summary.Line(), want)
	}
	tuitest.HangUp(out.screen)
	<-drained
}

func TestRunNeedsATerminal(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		opts tui.Options
		want string
	}{
		{"no input", tui.Options{Input: strings.NewReader(""), Output: &bytes.Buffer{}}, "the input is not a terminal"},
		{"half a size", tui.Options{Input: strings.NewReader(""), Output: &bytes.Buffer{}, Width: 80}, "the input is not a terminal"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := tui.Run(t.Context(), replayOf(t, "run.jsonl"), tt.opts)
			if !errors.Is(err, tui.ErrNoTerminal) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Run = %v, want ErrNoTerminal with %q", err, tt.want)
			}
		})
	}
}

// The caller can stop the UI by cancelling the context.
func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	gone := errors.New("the caller is gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	input, keyboard := io.Pipe()
	defer keyboard.Close()
	out := &emulated{screen: vt.NewEmulator(80, 24)}
	out.seen = func(screen string) {
		if strings.Contains(screen, "runs all 41 scenarios") {
			cancel(gone)
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out.screen) }()
	defer tuitest.HangUp(out.screen)
	result, err := tui.Run(ctx, replayOf(t, "run.jsonl"), tui.Options{
		Input: input, Output: out, Env: []string{"TERM=xterm-256color", "LANG=C.UTF-8"}, Width: 80, Height: 24,
	})
	if !errors.Is(err, gone) || !result.Interrupted {
		t.Errorf("Run = interrupted %v, %v, want true and %v", result.Interrupted, err, gone)
	}
}

// The engine of this example emits a recorded run. A program implements its own
// [tui.Engine].
func ExampleRun() {
	engine, err := openRecording("run.jsonl")
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := tui.Run(context.Background(), engine, tui.Options{
		// A program leaves these out and gets its terminal.
		Input: strings.NewReader("q"), Output: io.Discard, Width: 80, Height: 24,
	})
	fmt.Println(len(result.Runs), "runs, interrupted:", result.Interrupted, err)
	// Output: 0 runs, interrupted: false <nil>
}
