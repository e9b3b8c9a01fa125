package main

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/reports"
)

func TestExitCodeOfARun(t *testing.T) {
	t.Parallel()
	type counts = map[reports.Outcome]int
	tests := []struct {
		name   string
		footer reports.Footer
		want   int
	}{
		{"passes and skips", reports.Footer{Counts: counts{reports.OutcomePass: 2, reports.OutcomeSkip: 1, reports.OutcomeKnown: 1}}, exitOK},
		{"a failure", reports.Footer{Counts: counts{reports.OutcomePass: 1, reports.OutcomeFail: 1}}, exitNonconform},
		{"a fault of the adapter", reports.Footer{Counts: counts{reports.OutcomeAdapter: 1}}, exitNonconform},
		{"a busy machine", reports.Footer{Counts: counts{reports.OutcomePass: 1, reports.OutcomeInvalid: 1}}, exitInvalid},
		{"a failure and a busy machine", reports.Footer{Counts: counts{reports.OutcomeFail: 1, reports.OutcomeInvalid: 1}}, exitNonconform},
		{"a failure of the harness", reports.Footer{Counts: counts{reports.OutcomeError: 1}}, exitHarness},
		{"a failure of the harness and a busy machine", reports.Footer{Counts: counts{reports.OutcomeError: 1, reports.OutcomeInvalid: 1}}, exitHarness},
		{"a failure of the harness and one of the verifier", reports.Footer{Counts: counts{reports.OutcomeError: 1, reports.OutcomeCrash: 1}}, exitNonconform},
		{"an unused expectation and a busy machine", reports.Footer{Counts: counts{reports.OutcomeInvalid: 1}, Unused: []string{"a.b"}}, exitNonconform},
		{"no answers", reports.Footer{Counts: counts{reports.OutcomeHang: 5}, Stopped: "no answers"}, exitNoAnswers},
		{"interrupted", reports.Footer{Counts: counts{reports.OutcomeFail: 1}, Interrupted: true}, exitInterrupted},
	}
	for _, test := range tests {
		var summary reports.Summary
		for outcome, n := range test.footer.Counts {
			for range n {
				summary.Handle(reports.Record{Kind: reports.KindCase, Case: &reports.Case{Outcome: outcome}})
				test.footer.Planned++
				test.footer.Judged++
			}
		}
		summary.Handle(reports.Record{Kind: reports.KindFooter, Footer: &test.footer})
		got := exitOK
		if e, ok := errors.AsType[*exitError](green(&summary)); ok {
			got = e.code
		}
		if got != test.want {
			t.Errorf("%s: exit code %d, want %d", test.name, got, test.want)
		}
	}
}

// A panic is a failure of the harness, also where a mistake of the user would be
// reported.
func TestAPanicIsNoUsageError(t *testing.T) {
	t.Parallel()
	parsing := fmt.Errorf("f.yaml: %w", &intake.PanicError{Value: "index out of range"})
	for _, err := range []error{
		usage("--people: %v", parsing), usageHint("a file that works", "--people: %v", parsing),
		&exitError{code: exitUsage, err: parsing}, parsing,
	} {
		if code := (&app{stderr: io.Discard}).exit(err); code != exitHarness {
			t.Errorf("exit(%v) = %d, want %d", err, code, exitHarness)
		}
	}
	if code := (&app{stderr: io.Discard}).exit(usage("--people: %v", errors.New("no users"))); code != exitUsage {
		t.Errorf("a mistake of the user: %d, want %d", code, exitUsage)
	}
}
