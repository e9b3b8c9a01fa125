package bench

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/assay-id/assay/scenarios/measure/latency"
	"github.com/assay-id/assay/scenarios/panics"
)

// loop is a closed loop: each worker starts an operation when the previous one
// has ended.
type loop struct {
	subject
	workers  int
	warmup   time.Duration
	duration time.Duration
	interval time.Duration
}

// tally holds the counts of a period. A window is the tally of one worker
// between two handovers to the collector.
type tally struct {
	service *latency.Histogram
	wrong   uint64
	elapsed time.Duration // summed over the workers
}

func newTally() tally { return tally{service: latency.New(latency.Fine)} }

func (t *tally) add(w tally) {
	t.service.Merge(w.service)
	t.wrong += w.wrong
	t.elapsed += w.elapsed
}

// reset makes t empty and keeps its memory.
func (t *tally) reset() {
	t.service.Reset()
	*t = tally{service: t.service}
}

// run runs the loop until its time is over or ctx ends, and returns the total.
// live is called on the calling goroutine about once per interval, with the
// counts since the last call and the total so far; an error from it ends the
// loop.
func (l loop) run(ctx context.Context, live func(recent, whole tally) error) (tally, error) {
	var stop atomic.Bool
	unwatch := context.AfterFunc(ctx, func() { stop.Store(true) })
	defer unwatch()
	l.drive(&stop, l.warmup, nil, nil)

	// There are two windows per worker, so neither channel is ever full and no
	// worker waits for the collector.
	full := make(chan tally, 2*l.workers)
	empty := make(chan tally, 2*l.workers)
	for range l.workers {
		empty <- newTally()
	}
	runtime.GC() // so that every series begins with a heap as small as the next
	var driver panics.Group
	driver.Go(func() {
		defer close(full)
		l.drive(&stop, l.duration, full, empty)
	})

	whole, recent := newTally(), newTally()
	var err error
	arrived := 0
	for w := range full {
		whole.add(w)
		recent.add(w)
		w.reset()
		empty <- w
		if arrived++; arrived%l.workers != 0 || err != nil {
			continue
		}
		if err = live(recent, whole); err != nil {
			stop.Store(true)
		}
		recent.reset()
	}
	driver.Wait()
	return whole, err
}

// drive runs the workers for d and waits for them. If full is nil, nothing is
// counted.
func (l loop) drive(stop *atomic.Bool, d time.Duration, full chan<- tally, empty <-chan tally) {
	var workers panics.Group
	for w := range l.workers {
		first := w * l.tokens / l.workers
		workers.Go(func() { l.work(stop, first, d, full, empty) })
	}
	workers.Wait()
}

// work is one worker. The end of one operation is the start of the next, so the
// clock is read once per operation and no time in between is lost, including
// that of handing over a window.
func (l loop) work(
	stop *atomic.Bool, i int, d time.Duration, full chan<- tally, empty <-chan tally,
) {
	step := stride(l.tokens)
	current := newTally()
	base := time.Now()
	next := min(l.interval, d)
	previous := time.Since(base)
	handedOver := previous
	for {
		if !l.op(i) {
			current.wrong++
		}
		now := time.Since(base)
		current.service.Record(now - previous)
		previous = now
		if i += step; i >= l.tokens {
			i -= l.tokens
		}
		if now < next {
			continue
		}
		current.elapsed += now - handedOver
		handedOver = now
		over := now >= d || stop.Load()
		if full != nil {
			current = handOver(current, over, full, empty)
		}
		if over {
			return
		}
		next = min(now+l.interval, d)
	}
}

// handOver gives a full window to the collector and returns an empty one. If
// the collector has fallen behind and has none to return, the worker keeps
// counting in the window that it has; only the last one is always handed over.
func handOver(current tally, last bool, full chan<- tally, empty <-chan tally) tally {
	if last {
		full <- current
		return tally{}
	}
	select {
	case spare := <-empty:
		full <- current
		return spare
	default:
		return current
	}
}
