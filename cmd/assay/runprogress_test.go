package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
)

// spoken prints the ID of each case, as a renderer does.
type spoken struct{ w *bytes.Buffer }

func (s spoken) Handle(r reports.Record) error {
	if r.Case != nil {
		s.w.WriteString(r.Case.ID + "\n")
	}
	return nil
}

func (s spoken) Close() error {
	s.w.WriteString("DONE\n")
	return nil
}

// TestRunProgress plays a run of four cases, three and a half seconds apart, the
// last of which begins first. Standard output and standard error are one
// terminal, 56 cells wide, or one log.
func TestRunProgress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		terminal bool
		want     string
	}{
		{"on a terminal, one line goes before anything else is printed", true,
			"a\n1 of 4 cases, 0 skipped, 0 did not pass, d runs for 3 s\r\x1b[Kb\n2 of 4 cases, 0 skipped, 1 did not pass, d runs for 7 s\r\x1b[Kc\n3 of 4 cases, 0 skipped, 1 did not pass, d runs for 10…\r\x1b[Kd\nDONE\n"},
		{"in a log, a line comes every ten seconds", false,
			"a\nb\nc\nassay: 3 of 4 cases, 0 skipped, 1 did not pass, d runs for 10 s\nd\nDONE\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			now := time.Unix(0, 0)
			p := &runProgress{Handler: spoken{&out}, stop: func() {}, line: &progressLine{
				w: &out, terminal: tt.terminal, width: func() int { return 56 },
				now: func() time.Time { return now }, began: now, said: now,
			}}
			for _, r := range []reports.Record{
				{Kind: reports.KindPlan, Plan: &reports.Plan{Cases: make([]reports.PlannedCase, 4)}},
				{Kind: reports.KindStart, Start: &reports.Start{ID: "d"}},
			} {
				if err := p.Handle(r); err != nil {
					t.Fatal(err)
				}
			}
			for _, id := range []string{"a", "b", "c", "d"} {
				outcome := reports.OutcomePass
				if id == "b" {
					outcome = reports.OutcomeFail
				}
				now = now.Add(3*time.Second + time.Second/2)
				r := reports.Record{Kind: reports.KindCase, Case: &reports.Case{ID: id, Outcome: outcome}}
				if err := p.Handle(r); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); got != tt.want {
				t.Errorf("printed %q, want %q", got, tt.want)
			}
		})
	}
}
