package tui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
)

func TestReplayShowsWhatWasRecorded(t *testing.T) {
	t.Parallel()
	drain := func(s *Stream) []reports.Record {
		var all []reports.Record
		for r := range s.records {
			all = append(all, r)
		}
		return all
	}
	ids := func(e *Replay) []string {
		var out []string
		for _, s := range e.Scenarios() {
			out = append(out, s.ID)
		}
		return out
	}
	t.Run("a run", func(t *testing.T) {
		t.Parallel()
		e := replayOf(t, "run.jsonl")
		stream, err := e.Run(t.Context(), RunRequest{IDs: ids(e)})
		if err != nil {
			t.Fatal(err)
		}
		var want []reports.Record
		for _, r := range recorded(t, "run.jsonl") {
			if r.Kind != reports.KindProgress {
				want = append(want, r)
			}
		}
		if diff := cmp.Diff(want, drain(stream)); diff != "" {
			t.Errorf("the replay differs (-want +got):\n%s", diff)
		}
	})
	t.Run("a part of a run has a footer of its own", func(t *testing.T) {
		t.Parallel()
		stream, err := replayOf(t, "run.jsonl").Run(t.Context(), RunRequest{IDs: []string{"aud.10k", "aud.string"}})
		if err != nil {
			t.Fatal(err)
		}
		got := drain(stream)
		footer := got[len(got)-1].Footer
		want := map[reports.Outcome]int{reports.OutcomePass: 1, reports.OutcomeHang: 1}
		if footer == nil || footer.Planned != 2 || footer.Judged != 2 || !cmp.Equal(footer.Counts, want) {
			t.Errorf("the footer is %+v, want two cases, one passed and one hung", footer)
		}
	})
	t.Run("nothing of it", func(t *testing.T) {
		t.Parallel()
		if _, err := replayOf(t, "run.jsonl").Run(t.Context(), RunRequest{IDs: []string{"no.such"}}); err == nil {
			t.Error("Run of an unknown scenario = nil, want an error")
		}
	})
	t.Run("an incomplete run", func(t *testing.T) {
		t.Parallel()
		e := replayOf(t, "incomplete.jsonl")
		stream, err := e.Run(t.Context(), RunRequest{IDs: ids(e)})
		if err != nil {
			t.Fatal(err)
		}
		if got := drain(stream); len(got) != 23 {
			t.Errorf("%d records, want the header, the plan and 21 cases", len(got))
		}
		if err := stream.Recording().Err; !errors.Is(err, reports.ErrIncomplete) {
			t.Errorf("the stream ends with %v, want ErrIncomplete", err)
		}
	})
	t.Run("a benchmark and a load run", func(t *testing.T) {
		t.Parallel()
		for _, name := range []string{"bench.jsonl", "load.jsonl"} {
			e := replayOf(t, name)
			stream, err := e.Bench(t.Context(), BenchRequest{})
			if err != nil {
				t.Fatal(err)
			}
			got := drain(stream)
			if want := len(recorded(t, name)) - 1; len(got) != want || got[len(got)-1].Kind != reports.KindFooter {
				t.Errorf("%s: %d records, want %d with the footer last", name, len(got), want)
			}
		}
	})
	t.Run("stopped", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		e := replayOf(t, "run.jsonl")
		e.Pace = time.Hour
		stream, err := e.Run(ctx, RunRequest{IDs: ids(e)})
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		got := drain(stream)
		if last := got[len(got)-1]; last.Footer == nil || !last.Footer.Interrupted || last.Footer.Judged != 0 {
			t.Errorf("the last record is %+v, want the footer of an interrupted run", last)
		}
	})
}

func TestNewReplayRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, stream, want string }{
		{"nothing", "", "no footer"},
		{"no stream", "hello\n", "line 1: not a record"},
		{"a newer schema", `{"kind":"header","header":{"schema_version":9}}` + "\n", "use a newer assay"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := NewReplay(strings.NewReader(tt.stream)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("NewReplay = %v, want an error with %q", err, tt.want)
			}
		})
	}
}
