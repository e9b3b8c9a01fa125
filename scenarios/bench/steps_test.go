package bench_test

import (
	"math"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios/bench"
	"github.com/assay-id/assay/scenarios/longtest"
)

// It is not parallel: a process has one profile at a time.
func TestRunTellsTheSteps(t *testing.T) {
	longtest.Only(t)
	var got record
	opts := brief()
	opts.Series, opts.SkipRatio, opts.Steps = []string{"RS256 cold", "bare RS256"}, true, true
	opts.Duration, opts.Workers = 300*time.Millisecond, 1
	_, err := bench.Run(t.Context(), opts, got.emit)
	notMissed(t, err)
	for _, s := range got.finals() {
		if s.Series == "bare RS256" {
			if s.Steps != nil {
				t.Errorf("the bare check has the steps %v", s.Steps)
			}
			continue
		}
		shares, sum := make(map[string]float64), 0.0
		for _, step := range s.Steps {
			shares[step.Step] = step.Share
			sum += step.Share
		}
		if shares["signature"] <= max(shares["parse"], shares["key"], shares["claims"]) || len(shares) != 5 || math.Abs(sum-1) > 1e-9 {
			t.Errorf("the steps are %v, want above all the signature", s.Steps)
		}
	}
}
