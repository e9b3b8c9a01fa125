package reports_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

func TestTextGolden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		golden, stream string
		opts           reports.TextOptions
	}{
		{"run.txt", "run.jsonl", reports.TextOptions{}},
		{"run-verbose.txt", "run.jsonl", reports.TextOptions{Verbose: true}},
		{"run-brief.txt", "run.jsonl", reports.TextOptions{Brief: true}},
		{"run-color.txt", "run.jsonl", reports.TextOptions{Brief: true, Color: true}},
		{"incomplete.txt", "incomplete.jsonl", reports.TextOptions{}},
		{"bench.txt", "bench.jsonl", reports.TextOptions{}},
		{"load.txt", "load.jsonl", reports.TextOptions{}},
	}
	for _, tt := range tests {
		t.Run(tt.golden, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			if err := reports.Copy(reports.NewText(&b, tt.opts), recorded(t, tt.stream)); err != nil && !errors.Is(err, reports.ErrIncomplete) {
				t.Fatal(err)
			}
			golden(t, tt.golden, b.Bytes())
		})
	}
}

func TestTextColorSaysNothingMore(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{"run.jsonl", "bench.jsonl", "load.jsonl"} {
		var plain, colored bytes.Buffer
		if err := reports.Copy(reports.NewText(&plain, reports.TextOptions{Verbose: true}), recorded(t, stream)); err != nil {
			t.Fatal(err)
		}
		if err := reports.Copy(reports.NewText(&colored, reports.TextOptions{Verbose: true, Color: true}), recorded(t, stream)); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(plain.String(), "\x1b") {
			t.Errorf("%s without colour holds an escape sequence", stream)
		}
		if !strings.Contains(colored.String(), "\x1b[31m") {
			t.Errorf("%s in colour holds no red", stream)
		}
		if got := ansi.Strip(colored.String()); got != plain.String() {
			t.Errorf("%s in colour says %q, want %q", stream, got, plain.String())
		}
	}
}

// Each record is printed at once and in one piece, so that a run that hangs
// shows what came before.
func TestTextPrintsAtOnce(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	text := reports.NewText(&b, reports.TextOptions{})
	for r, err := range recorded(t, "run.jsonl") {
		if err != nil {
			t.Fatal(err)
		}
		before := b.Len()
		if err := text.Handle(r); err != nil {
			t.Fatal(err)
		}
		printed := b.Len() > before
		want := r.Kind == reports.KindHeader || r.Kind == reports.KindCase && r.Case.Outcome.Bad()
		if printed != want {
			t.Errorf("after a %s, printed = %v, want %v", r.Kind, printed, want)
		}
	}
}

func TestTextProgressIsPaced(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	var out, progress bytes.Buffer
	text := reports.NewText(&out, reports.TextOptions{Progress: &progress, Now: func() time.Time { return now }})
	now = now.Add(time.Hour)
	for i := range 25 {
		r := reports.Record{Kind: reports.KindProgress, Progress: &reports.Progress{Done: i, Total: 25, Message: "aud\n"}}
		if i%2 == 1 {
			r = reports.Record{Kind: reports.KindSample, Sample: &reports.Sample{Series: "RS256", Operations: 10, RatePerSecond: 5000, Service: &reports.Quantiles{P50NS: 200}}}
		}
		if err := text.Handle(r); err != nil {
			t.Fatal(err)
		}
		now = now.Add(100 * time.Millisecond)
	}
	want := "0 of 25  aud\\n\n10 of 25  aud\\n\n20 of 25  aud\\n\n"
	if progress.String() != want {
		t.Errorf("progress = %q, want %q", progress.String(), want)
	}
	if out.Len() > 0 {
		t.Errorf("progress went to the output: %q", out.String())
	}
}

func TestTextProgressOfSamples(t *testing.T) {
	t.Parallel()
	var progress bytes.Buffer
	text := reports.NewText(&bytes.Buffer{}, reports.TextOptions{Progress: &progress})
	sample := &reports.Sample{Series: "RS256", ElapsedSeconds: 1.5, Operations: 7500, RatePerSecond: 5000, Service: &reports.Quantiles{P50NS: 200, P99NS: 300}}
	if err := text.Handle(reports.Record{Kind: reports.KindSample, Sample: sample}); err != nil {
		t.Fatal(err)
	}
	if want := "1.5 s  RS256  ops=7500 rate=5,000/s p50=200 ns p99=300 ns\n"; progress.String() != want {
		t.Errorf("progress = %q, want %q", progress.String(), want)
	}
}

func TestTextKeepsTheFirstError(t *testing.T) {
	t.Parallel()
	broken := errors.New("pipe closed")
	text := reports.NewText(&failing{broken}, reports.TextOptions{})
	if err := reports.Copy(text, recorded(t, "run.jsonl")); !errors.Is(err, broken) {
		t.Errorf("Copy = %v, want %v", err, broken)
	}
}

// The note after prose moves to a line of its own where it would not fit, so
// that a terminal of 80 columns does not break it.
func TestNoteOfProseFits(t *testing.T) {
	t.Parallel()
	for n := range 70 {
		details := []reports.Detail{{Label: "cause", Text: strings.Repeat("a ", n) + "end", Role: reports.RoleCause, Note: "certain"}}
		var b bytes.Buffer
		if err := reports.WriteDetails(&b, details, false); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if width := ansi.StringWidth(strings.TrimSuffix(line, "\n")); width > 78 {
				t.Errorf("after %d words a line has %d cells, want at most 78: %q", n, width, line)
			}
		}
		if !strings.Contains(b.String(), " certain\n") {
			t.Errorf("after %d words the note is gone: %q", n, b.String())
		}
	}
}
