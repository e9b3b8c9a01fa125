package paired

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"time"
)

// fewestOperations is the minimum of a slice, so that reading the clock is a
// small part of it even if an operation takes longer than a slice should.
const fewestOperations = 4

// operationsFor returns how many operations of f take about as long as slice.
func (e *estimator) operationsFor(f func(n int), slice time.Duration) (int, error) {
	const most = 1 << 30
	n := 1
	taken := e.time(side{f, n})
	for taken < slice {
		if n >= most {
			return 0, fmt.Errorf("%w: %d operations took %v", ErrNoTime, n, taken)
		}
		n *= 2
		taken = e.time(side{f, n})
	}
	// One interruption is enough to end the search too early.
	for range 4 {
		taken = min(taken, e.time(side{f, n}))
	}
	if taken <= 0 {
		return 0, fmt.Errorf("%w: %d operations took %v", ErrNoTime, n, taken)
	}
	return max(fewestOperations, int(math.Round(float64(n)*float64(slice)/float64(taken)))), nil
}

// warm runs s for the time of Options.Warmup and counts its allocations.
func (e *estimator) warm(ctx context.Context, s side) (Side, error) {
	var before, after runtime.MemStats
	done := 0
	runtime.ReadMemStats(&before)
	for start := e.Now(); done == 0 || e.Now()-start < e.Warmup; {
		if ctx.Err() != nil {
			return Side{}, context.Cause(ctx)
		}
		if e.time(s) <= 0 {
			return Side{}, fmt.Errorf("%w: %d operations", ErrNoTime, s.operations)
		}
		done += s.operations
	}
	runtime.ReadMemStats(&after)
	return Side{
		AllocsPerOp: float64(after.Mallocs-before.Mallocs) / float64(done),
		BytesPerOp:  float64(after.TotalAlloc-before.TotalAlloc) / float64(done),
	}, nil
}

// time returns how long a slice of s takes.
func (e *estimator) time(s side) time.Duration {
	start := e.Now()
	s.run(s.operations)
	return e.Now() - start
}

// allocates reports whether a side makes work for the garbage collector. The
// rest of the process allocates a little while a side is measured, hence the
// threshold.
func allocates(s Side) bool { return s.AllocsPerOp >= 0.1 }
