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

// TestRunProgress plays a run of four cases, three and a half seconds apart. Standard
// output and standard error are one terminal or one log.
func TestRunProgress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		terminal bool
		want     string
	}{
		{"on a terminal, one line goes before anything else is printed", true,
			"a\n1 of 4 cases done so far, 0 skipped, 0 did not pass\r\x1b[Kb\n2 of 4 cases done so far, 0 skipped, 1 did not pass\r\x1b[Kc\n3 of 4 cases done so far, 0 skipped, 1 did not pass\r\x1b[Kd\n4 of 4 cases done so far, 0 skipped, 1 did not pass\r\x1b[KDONE\n"},
		{"in a log, a line comes every ten seconds", false,
			"a\nb\nc\nassay: 3 of 4 cases done so far, 0 skipped, 1 did not pass\nd\nDONE\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			now := time.Unix(0, 0)
			p := &runProgress{Handler: spoken{&out}, line: &progressLine{w: &out, terminal: tt.terminal, now: func() time.Time { return now }, began: now, said: now}}
			records := []reports.Record{{Plan: &reports.Plan{Cases: make([]reports.PlannedCase, 4)}}}
			for _, id := range []string{"a", "b", "c", "d"} {
				outcome := reports.OutcomePass
				if id == "b" {
					outcome = reports.OutcomeFail
				}
				records = append(records, reports.Record{Case: &reports.Case{ID: id, Outcome: outcome}})
			}
			for _, r := range records {
				if err := p.Handle(r); err != nil {
					t.Fatal(err)
				}
				now = now.Add(3*time.Second + time.Second/2)
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
