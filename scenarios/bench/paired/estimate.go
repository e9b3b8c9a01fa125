package paired

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"
)

// ErrNoTime is wrapped by the error of an estimation whose functions take no
// measurable time: they do not perform n operations, or the compiler removed
// them.
var ErrNoTime = errors.New("no measurable time")

// Estimate compares b with a by the method in the package comment. Each of
// them performs n operations when it is called with n, and is called thousands
// of times, always on the goroutine that called Estimate, which is locked to
// its thread meanwhile. A function that walks over inputs should keep its place
// between two calls, so that both sides get the same inputs in the long run.
//
// If ctx ends, Estimate returns within a few slices with the cause of ctx and
// the Result so far: a ratio without a finished epoch is zero or nil. The other
// errors are a mistake in opts and ErrNoTime.
func Estimate(ctx context.Context, a, b func(n int), opts Options) (Result, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return Result{}, err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	e := &estimator{
		Options: opts,
		random:  rand.New(rand.NewPCG(opts.Seed, 0)),
	}
	var r Result
	if r.SliceOperations, err = e.operationsFor(a, opts.SliceTime); err != nil {
		return r, fmt.Errorf("the first function: %w", err)
	}
	if r.A, err = e.warm(ctx, a, r.SliceOperations); err != nil {
		return r, err
	}
	if r.B, err = e.warm(ctx, b, r.SliceOperations); err != nil {
		return r, err
	}
	if !opts.SkipSelfCheck {
		self := comparison{
			stage: StageSelfCheck, a: a, b: a, operations: r.SliceOperations, reduce: medianRound,
		}
		_, err := e.compare(ctx, &self)
		r.Self = self.interval()
		if err != nil {
			return r, err
		}
	}
	err = e.ratio(ctx, a, b, &r)
	return r, err
}

// ratio fills in the ratios of b to a.
func (e *estimator) ratio(ctx context.Context, a, b func(n int), r *Result) error {
	c := comparison{
		stage: StageRatio, a: a, b: b, operations: r.SliceOperations, reduce: medianRound,
		precision: e.Precision,
	}
	rounds, err := e.compare(ctx, &c)
	if interval := c.interval(); interval != nil {
		r.Ratio, r.Epochs, r.Rounds = *interval, len(c.epochs), len(rounds)
		r.summarize(rounds)
	}
	if err != nil || !allocates(r.A) && !allocates(r.B) {
		return err
	}
	long, err := e.operationsFor(a, e.CollectedSliceTime)
	if err != nil {
		return err
	}
	c = comparison{stage: StageCollected, a: a, b: b, operations: long, reduce: sumOfRounds}
	rounds, err = e.compare(ctx, &c)
	if r.Collected = c.interval(); r.Collected != nil {
		r.CollectedOperations = 2 * long * len(rounds)
		r.CollectedNS = float64(sum(rounds).b) / float64(r.CollectedOperations)
	}
	return err
}

// estimator is an estimation in progress.
type estimator struct {
	Options
	random *rand.Rand
}

// comparison is the measurement of one ratio.
type comparison struct {
	stage      Stage
	a, b       func(n int)
	operations int                          // per slice
	reduce     func(rounds []round) float64 // the value of an epoch
	precision  float64

	epochs []float64 // logarithms of the ratio
}

// interval returns the ratio from the epochs so far, or nil if there are none.
func (c *comparison) interval() *Interval {
	if len(c.epochs) == 0 {
		return nil
	}
	i := overEpochs(c.epochs)
	return &i
}

// compare measures epochs until there are enough, and returns all rounds.
func (e *estimator) compare(ctx context.Context, c *comparison) ([]round, error) {
	var all []round
	planned := e.Epochs
	for len(c.epochs) < planned {
		if len(c.epochs) > 0 {
			e.Sleep(ctx, e.Pause/3+time.Duration(e.random.Int64N(int64(e.Pause-e.Pause/3)+1)))
		}
		rounds, err := e.epoch(ctx, c)
		if err != nil {
			return all, err
		}
		all = append(all, rounds...)
		c.epochs = append(c.epochs, c.reduce(rounds))
		if len(c.epochs) == planned && c.precision > 0 && planned < e.MaxEpochs &&
			c.interval().halfWidth() > c.precision {
			planned++
		}
		if e.Progress != nil {
			e.Progress(Progress{
				Stage: c.stage, Epoch: len(c.epochs), Of: planned, SoFar: *c.interval(),
			})
		}
	}
	return all, nil
}

// epoch fills the time of an epoch with rounds.
func (e *estimator) epoch(ctx context.Context, c *comparison) ([]round, error) {
	var rounds []round
	for start := e.Now(); e.Now()-start < e.EpochTime; {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		r := e.round(c)
		if r.a <= 0 || r.b <= 0 {
			return nil, fmt.Errorf("%w: %d operations took %v and %v",
				ErrNoTime, 2*c.operations, r.a, r.b)
		}
		rounds = append(rounds, r)
	}
	return rounds, nil
}
