package bench_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/bench"
	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// baseline is an earlier benchmark in which a series had a ratio, within 0.1 %.
func baseline(series string, ratio float64) *bench.Baseline {
	return &bench.Baseline{Name: "old.jsonl", Samples: []reports.Sample{{
		Series: series, Ratio: &reports.Interval{Estimate: ratio, Low: ratio / 1.001, High: ratio * 1.001},
	}}}
}

// The ratio that brief measures is 1.
func TestRunComparesWithABaseline(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		before  float64
		want    error
		verdict string
		got     string
	}{
		{"as before", 1, nil, reports.VerdictMet, "1.000 (0.999 to 1.001) times as long: 1.000, was 1.000"},
		{"within the margin", 0.98, nil, reports.VerdictMet, "1.020 (1.019 to 1.021)"},
		{"better", 2, nil, reports.VerdictMet, "0.500"},
		{"worse", 0.9, gate.ErrMissed, reports.VerdictMissed, "1.111 (1.110 to 1.112) times as long: 1.000, was 0.900"},
		{"on the margin", 1 / 1.03, gate.ErrInvalid, reports.VerdictUndecided, "1.030"},
	}
	if !longtest.Wanted() {
		tests = tests[3:4] // what it is for
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got record
			opts := brief()
			opts.Series = []string{"ES256 cold"}
			opts.Against, opts.Margin = baseline("ES256 cold", test.before), 0.03
			result, err := bench.Run(t.Context(), opts, got.emit)
			if !errors.Is(err, test.want) || test.want == nil && err != nil {
				t.Errorf("Run = %v, want %v", err, test.want)
			}
			thresholds := result.Footer.Thresholds
			last := thresholds[len(thresholds)-1]
			if last.Expression != "ES256 cold: at most 3 % above old.jsonl" || last.Verdict != test.verdict || !strings.Contains(last.Got, test.got) {
				t.Errorf("the last threshold is %+v, want %s and %s", last, test.verdict, test.got)
			}
			if len(result.Footer.Invalid) > 0 {
				t.Errorf("the footer is invalid for %q, on which no ratio depends", result.Footer.Invalid)
			}
		})
	}
}
