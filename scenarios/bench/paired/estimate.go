package paired

import (
	"context"
	"errors"
	"fmt"
	"math"
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
	var sideA, sideB side
	if sideA, err = e.side(a, opts.SliceTime); err != nil {
		return r, fmt.Errorf("the first function: %w", err)
	}
	if sideB, err = e.side(b, opts.SliceTime); err != nil {
		return r, fmt.Errorf("the second function: %w", err)
	}
	if r.A, err = e.warm(ctx, sideA); err != nil {
		return r, err
	}
	if r.B, err = e.warm(ctx, sideB); err != nil {
		return r, err
	}
	if !opts.SkipSelfCheck {
		self := comparison{stage: StageSelfCheck, a: sideA, b: sideA, reduce: medianRound}
		_, err := e.compare(ctx, &self)
		r.Self = self.interval()
		if err != nil {
			return r, err
		}
	}
	err = e.ratio(ctx, sideA, sideB, &r)
	return r, err
}

// ratio fills in the ratios of b to a.
func (e *estimator) ratio(ctx context.Context, a, b side, r *Result) error {
	c := comparison{stage: StageRatio, a: a, b: b, reduce: medianRound, precision: e.Precision}
	rounds, err := e.compare(ctx, &c)
	if interval := c.interval(); interval != nil {
		r.Ratio, r.Epochs, r.Rounds = *interval, len(c.epochs), len(rounds)
		r.summarize(&c, rounds)
	}
	collect := e.Collect == CollectAlways ||
		e.Collect == CollectIfAllocating && (allocates(r.A) || allocates(r.B))
	if err != nil || !collect {
		return err
	}
	longA, err := e.side(a.run, e.CollectedSliceTime)
	if err != nil {
		return err
	}
	longB, err := e.side(b.run, e.CollectedSliceTime)
	if err != nil {
		return err
	}
	c = comparison{stage: StageCollected, a: longA, b: longB, reduce: sumOfRounds}
	rounds, err = e.compare(ctx, &c)
	if r.Collected = c.interval(); r.Collected != nil {
		r.CollectedOperations = 2 * longB.operations * len(rounds)
		r.CollectedNS = float64(sum(rounds).b) / float64(r.CollectedOperations)
	}
	return err
}

// estimator is an estimation in progress.
type estimator struct {
	Options
	random *rand.Rand
}

// side is one of the functions, with the operations of a slice of it. Each has
// as many as take the time of a slice, since the clock could not resolve a slice
// of a function that is a hundred times as fast as the other.
type side struct {
	run        func(n int)
	operations int
}

// side returns f with the operations of a slice.
func (e *estimator) side(f func(n int), slice time.Duration) (side, error) {
	n, err := e.operationsFor(f, slice)
	return side{run: f, operations: n}, err
}

// comparison is the measurement of one ratio.
type comparison struct {
	stage     Stage
	a, b      side
	reduce    func(rounds []round) float64 // the value of an epoch, of slices
	precision float64

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

// perOperation returns what turns the logarithm of a ratio of slices into that
// of a ratio of operations.
func (c *comparison) perOperation() float64 {
	return math.Log(float64(c.a.operations) / float64(c.b.operations))
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
		c.epochs = append(c.epochs, c.reduce(rounds)+c.perOperation())
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
			return nil, fmt.Errorf("%w: %d and %d operations took %v and %v",
				ErrNoTime, 2*c.a.operations, 2*c.b.operations, r.a, r.b)
		}
		rounds = append(rounds, r)
	}
	return rounds, nil
}
