package bench

import (
	"cmp"
	"time"

	"github.com/assay-id/assay/scenarios/bench/paired"
)

// Estimate returns about how long a benchmark with o takes on a machine that
// does nothing else. The error is a [gate.ErrUsage] for a mistake in o.
func (o Options) Estimate() (time.Duration, error) {
	p, err := o.plan()
	if err != nil {
		return 0, err
	}
	return p.cost(0), nil
}

// What paired takes for an epoch and the pause after it unless told otherwise,
// and for the rest of a comparison.
const (
	epochTime      = 300 * time.Millisecond
	epochPause     = 200 * time.Millisecond
	comparisonRest = 500 * time.Millisecond
)

// cost returns about how long the series from number first on take.
func (p *plan) cost(first int) time.Duration {
	var sum time.Duration
	compared := make(map[string]bool)
	for i, s := range p.series {
		var d time.Duration
		d += p.Warmup + p.Duration
		if p.Steps && s.Mode != Bare {
			d += p.Duration
		}
		if s.Baseline != "" && !p.SkipRatio {
			stages := 2 // without garbage collection, and with it
			if !compared[s.Baseline] {
				stages++ // the baseline with itself
			}
			compared[s.Baseline] = true
			epochs := cmp.Or(p.Ratio.Epochs, paired.DefaultEpochs)
			d += comparisonRest + time.Duration(stages*epochs)*(epochTime+epochPause)
		}
		if i >= first {
			sum += d
		}
	}
	return sum
}

// left returns about how long the rest of a benchmark takes that has begun with
// series number current. What was measured so far tells how much the machine
// slows it down.
func (r *runner) left(current int) time.Duration {
	now := time.Now()
	if current != r.current || r.began.IsZero() {
		r.current, r.seriesBegan = current, now
	}
	if r.began.IsZero() {
		r.began = now
	}
	slower := 1.0
	if done := r.cost(0) - r.cost(current); done > 0 {
		slower = max(slower, r.seriesBegan.Sub(r.began).Seconds()/done.Seconds())
	}
	rest := time.Duration(slower*float64(r.cost(current))) - now.Sub(r.seriesBegan)
	return max(rest, time.Duration(slower*float64(r.cost(current+1))), time.Second)
}
