package reports_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
)

// run returns a stream of cases with the given outcomes, of which planned are
// planned, without its footer.
func run(planned int, cases ...*reports.Case) []reports.Record {
	plan := &reports.Plan{Cases: make([]reports.PlannedCase, planned)}
	records := []reports.Record{
		{Kind: reports.KindHeader, Header: &reports.Header{Command: reports.CommandRun}},
		{Kind: reports.KindPlan, Plan: plan},
	}
	for _, c := range cases {
		records = append(records, reports.Record{Kind: reports.KindCase, Case: c})
	}
	return records
}

func footer(f reports.Footer) reports.Record {
	return reports.Record{Kind: reports.KindFooter, Footer: &f}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	c := func(o reports.Outcome) *reports.Case { return &reports.Case{Outcome: o, Why: "needs jwe"} }
	counts := func(o reports.Outcome, n int) map[reports.Outcome]int { return map[reports.Outcome]int{o: n} }
	bench := func(samples ...*reports.Sample) []reports.Record {
		records := []reports.Record{{Kind: reports.KindHeader, Header: &reports.Header{Command: reports.CommandBench}}}
		for _, s := range samples {
			records = append(records, reports.Record{Kind: reports.KindSample, Sample: s})
		}
		return records
	}
	tests := []struct {
		name    string
		records []reports.Record
		line    string
		green   bool
	}{
		{"all passed", append(run(2, c(reports.OutcomePass), c(reports.OutcomePass)), footer(reports.Footer{Planned: 2, Judged: 2, Counts: counts(reports.OutcomePass, 2), DurationSeconds: 3.4})),
			"DONE 2 cases: 2 passed in 3.4 s", true},
		{"one of each", append(run(6, c(reports.OutcomePass), c(reports.OutcomeFail), c(reports.OutcomeSkip), c(reports.OutcomeCrash), c(reports.OutcomeHang), c(reports.OutcomeError)),
			footer(reports.Footer{Planned: 6, Judged: 6, Counts: counts(reports.OutcomeFail, 1), DurationSeconds: 61})),
			"DONE 6 cases: 1 passed, 1 failed, 1 crashed, 1 hung, 1 harness error, 1 skipped (needs jwe) in 1 m 01 s", false},
		{"reasons apart", append(run(3, &reports.Case{Outcome: reports.OutcomePass, ReasonUnknown: true}, &reports.Case{Outcome: reports.OutcomePass, ReasonDiffers: true}, c(reports.OutcomePass)), footer(reports.Footer{Planned: 3, Judged: 3, DurationSeconds: 1})),
			"DONE 3 cases: 3 passed (1 of them for another reason, 1 of them with reason unknown) in 1.0 s", true},
		{"many reasons to skip", append(run(5, &reports.Case{Outcome: reports.OutcomeSkip, Why: "needs b"}, &reports.Case{Outcome: reports.OutcomeSkip, Why: "needs b"},
			&reports.Case{Outcome: reports.OutcomeSkip, Why: "needs a"}, &reports.Case{Outcome: reports.OutcomeSkip, Why: "needs c"}, &reports.Case{Outcome: reports.OutcomeSkip}), footer(reports.Footer{Planned: 5, Judged: 5})),
			"DONE 5 cases: 5 skipped (2 needs b, 1 no reason given, 1 needs a, …) in 0.0 s", true},
		{"as expected", append(run(2, c(reports.OutcomePass), c(reports.OutcomeKnown)), footer(reports.Footer{Planned: 2, Judged: 2, Counts: counts(reports.OutcomeKnown, 1), DurationSeconds: 1})),
			"DONE 2 cases: 1 passed, 1 known to fail in 1.0 s", true},
		{"better than expected", append(run(1, c(reports.OutcomeFixed)), footer(reports.Footer{Planned: 1, Judged: 1, Counts: counts(reports.OutcomeFixed, 1), DurationSeconds: 1})),
			"DONE 1 case: 1 passed unexpectedly in 1.0 s", false},
		{"an unused expectation", append(run(1, c(reports.OutcomePass)), footer(reports.Footer{Planned: 1, Judged: 1, Counts: counts(reports.OutcomePass, 1), Unused: []string{"a.b"}, DurationSeconds: 1})),
			"DONE 1 case: 1 passed, 1 unused expectation in 1.0 s", false},
		{"nothing selected", append(run(0), footer(reports.Footer{})), "DONE 0 cases in 0.0 s", false},
		{"interrupted", append(run(3, c(reports.OutcomePass)), footer(reports.Footer{Planned: 3, Judged: 1, Interrupted: true, DurationSeconds: 2})),
			"INTERRUPTED 3 cases: 1 passed, 2 not judged in 2.0 s", false},
		{"no footer", run(2, c(reports.OutcomePass), c(reports.OutcomePass)), "INCOMPLETE 2 cases: 2 passed; the stream has no footer", false},
		{"no header", nil, "INCOMPLETE 0 cases; the stream has no footer", false},
		{"a benchmark", append(bench(&reports.Sample{Final: true}, &reports.Sample{}), footer(reports.Footer{DurationSeconds: 16.2})), "DONE 1 series in 16.2 s", true},
		{"a threshold missed", append(bench(&reports.Sample{Final: true}), footer(reports.Footer{Thresholds: []reports.Threshold{{Verdict: reports.VerdictMet}, {Verdict: reports.VerdictMissed}}})),
			"DONE 1 series; thresholds: 1 met, 1 missed in 0.0 s", false},
		{"a sample that is not valid", append(bench(&reports.Sample{Final: true, Invalid: []string{"steal"}}), footer(reports.Footer{})),
			"DONE 1 series; 1 series NOT VALID in 0.0 s", true},
		{"a measurement that is not valid", append(bench(&reports.Sample{Final: true}), footer(reports.Footer{Invalid: []string{"A against A"}})),
			"DONE 1 series; the measurement is NOT VALID in 0.0 s", false},
		{"a benchmark without samples", append(bench(), footer(reports.Footer{})), "DONE 0 series in 0.0 s", false},
		{"a benchmark cut short", bench(&reports.Sample{Final: true}), "INCOMPLETE 1 series; the stream has no footer", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var s reports.Summary
			for _, r := range tt.records {
				if err := s.Handle(r); err != nil {
					t.Fatal(err)
				}
			}
			if got := s.Line(); got != tt.line {
				t.Errorf("Line() = %q, want %q", got, tt.line)
			}
			if got := s.Green(); got != tt.green {
				t.Errorf("Green() = %v, want %v", got, tt.green)
			}
		})
	}
}

func TestSummarySkips(t *testing.T) {
	t.Parallel()
	var s reports.Summary
	if err := reports.Copy(&s, recorded(t, "run.jsonl")); err != nil {
		t.Fatal(err)
	}
	want := []reports.SkipReason{{Why: "needs jwe", Count: 2}, {Why: "needs tls", Count: 1}}
	if diff := cmp.Diff(want, s.Skips()); diff != "" {
		t.Errorf("Skips differ (-want +got):\n%s", diff)
	}
}

func TestFooterGreen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		f    reports.Footer
		want bool
	}{
		{"passes and skips", reports.Footer{Planned: 2, Judged: 2, Counts: map[reports.Outcome]int{reports.OutcomePass: 1, reports.OutcomeSkip: 1}}, true},
		{"not all judged", reports.Footer{Planned: 2, Judged: 1}, false},
		{"interrupted", reports.Footer{Interrupted: true}, false},
		{"a crash", reports.Footer{Planned: 1, Judged: 1, Counts: map[reports.Outcome]int{reports.OutcomeCrash: 1}}, false},
		{"a harness error", reports.Footer{Planned: 1, Judged: 1, Counts: map[reports.Outcome]int{reports.OutcomeError: 1}}, false},
		{"a threshold undecided", reports.Footer{Thresholds: []reports.Threshold{{Verdict: reports.VerdictUndecided}}}, false},
		{"not valid", reports.Footer{Invalid: []string{"steal"}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.f.Green(); got != tt.want {
				t.Errorf("Green() = %v, want %v", got, tt.want)
			}
		})
	}
}
