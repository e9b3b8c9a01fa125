package bench

import (
	"context"
	"fmt"
	"slices"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/bench/paired"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// ratio compares s with its baseline and adds the result to measured. It
// returns the ratio with garbage collection, or nil if there is none. The end of
// ctx is not an error.
func (r *runner) ratio(ctx context.Context, s Series, verify subject, measured *gate.Series) (*gate.Series, error) {
	bare, err := r.subject(ctx, s.bare())
	if err != nil {
		if ctx.Err() != nil {
			return nil, nil
		}
		return nil, err
	}
	var emitError error
	estimation, stop := context.WithCancel(ctx)
	defer stop()
	opts := r.Ratio
	opts.Seed = r.Seed
	_, opts.SkipSelfCheck = r.unsound[s.Baseline]
	opts.Progress = func(p paired.Progress) {
		if emitError = r.progress(slices.Index(r.series, s), progressText(s, p)); emitError != nil {
			stop()
		}
	}
	var wrong uint64
	found, err := paired.Estimate(estimation, bare.slice(&wrong), verify.slice(&wrong), opts)
	switch {
	case emitError != nil:
		return nil, emitError
	case err != nil && ctx.Err() == nil:
		return nil, fmt.Errorf("comparing %q with %q: %w", s.Name, s.Baseline, err)
	}
	if !opts.SkipSelfCheck && found.Self != nil {
		r.unsound[s.Baseline] = found.Unsound()
	}
	measured.Unsound = r.unsound[s.Baseline]
	sample := &measured.Sample
	sample.Wrong += wrong
	sample.Baseline = s.Baseline
	if measured.Unsound != "" {
		sample.Invalid = append(sample.Invalid, measured.Unsound)
	}
	if found.Epochs > 1 {
		sample.Ratio = interval(found.Ratio)
	}
	if err != nil || found.Collected == nil {
		return nil, nil
	}
	collected := s.collected()
	collected.Unsound = measured.Unsound
	collected.Sample = reports.Sample{
		Series: collected.Labels[gate.LabelSeries], Final: true,
		ElapsedSeconds: found.CollectedNS * float64(found.CollectedOperations) / 1e9,
		Operations:     uint64(found.CollectedOperations),
		RatePerSecond:  1e9 / found.CollectedNS,
		Baseline:       s.Baseline,
		Ratio:          interval(*found.Collected),
		AllocsPerOp:    sample.AllocsPerOp, // the same work
		BytesPerOp:     sample.BytesPerOp,
	}
	return &collected, nil
}

func interval(i paired.Interval) *reports.Interval {
	return &reports.Interval{Estimate: i.Estimate, Low: i.Low, High: i.High}
}

func progressText(s Series, p paired.Progress) string {
	what := s.Name
	if p.Stage == paired.StageSelfCheck {
		what = s.Baseline
	}
	return fmt.Sprintf("%s: %s %.4f (%.4f to %.4f), epoch %d of %d", what, p.Stage, p.SoFar.Estimate, p.SoFar.Low, p.SoFar.High, p.Epoch, p.Of)
}

// slice returns a function that presents n tokens and adds the wrong verdicts to
// wrong.
func (s subject) slice(wrong *uint64) func(n int) {
	step, i := stride(s.tokens), 0
	return func(n int) {
		for range n {
			if !s.op(i) {
				*wrong++
			}
			if i += step; i >= s.tokens {
				i -= s.tokens
			}
		}
	}
}
