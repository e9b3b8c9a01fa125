package load

import (
	"context"
	"sync/atomic"
	"time"
)

// Pace is how the generator waits for the intended start of a request.
type Pace string

// The paces. The zero value is PaceAuto.
const (
	// PaceAuto is PacePrecise up to 10,000 requests a second on Linux, and
	// PaceSleep otherwise.
	PaceAuto Pace = ""

	// PaceSleep waits with timers. Go rounds waits below a millisecond up to
	// one, so above 1,000 requests a second they go out in bursts, one per
	// millisecond. The requests of a burst queue, so that some answers are
	// slow because of the generator.
	PaceSleep Pace = "sleep"

	// PacePrecise waits in the kernel, accurate to about 50 µs. It costs up
	// to half a core more.
	PacePrecise Pace = "precise"
)

// mostPrecise is the highest rate, per second, for which precise waits are worth
// their cost: at 30,000/s they were later than timers.
const mostPrecise = 10_000

// pacer releases each request at its intended start. It is a vegeta.Pacer whose
// Pace waits itself, because vegeta would wait with a plain time.Sleep that ctx
// cannot end.
type pacer struct {
	ctx       context.Context
	schedule  schedule
	maxBehind time.Duration        // the attack is abandoned if it is further behind
	now       func() time.Duration // since the start of the schedule
	sleep     func(ctx context.Context, d time.Duration)
	nap       func(d time.Duration) // a precise wait of at most napLimit, or nil
	full      func() bool           // whether no more requests may be in flight
	backlog   *atomic.Bool          // whether requests are late because of that

	warmup  time.Duration  // how long it takes; zero once it is over
	skip    func(n uint64) // leaves out n requests
	skipped uint64         // how many were
}

// napLimit is how much of a wait is precise: twice what a timer may be late. It
// is short because ctx does not end a nap.
const napLimit = 2 * time.Millisecond

// Pace waits for the intended start of the next request. It is called on one
// goroutine, with the number of requests so far. It stops the attack after
// the last request, so that no request is lost to the end of a duration.
//
// It also determines why requests are late. If none may be sent because too
// many are in flight, this one and all that fall due meanwhile wait for the
// target, until the schedule is ahead of the clock again. Any other request that
// is late is the fault of the generator.
func (p *pacer) Pace(_ time.Duration, hits uint64) (wait time.Duration, stop bool) {
	hits += p.skipped
	if p.warmup > 0 && p.now() >= p.warmup {
		hits += p.endWarmup(hits)
	}
	if hits >= p.schedule.count || p.ctx.Err() != nil {
		return 0, true
	}
	due := p.schedule.at(p.schedule.number(hits))
	if p.warmup == 0 && p.now()-due > p.maxBehind {
		return 0, true
	}
	if p.now() < due {
		p.waitUntil(due)
		p.backlog.Store(false)
	}
	if p.full() {
		p.backlog.Store(true)
	}
	return 0, p.ctx.Err() != nil
}

// endWarmup leaves out what was not sent of the warm-up within its time, and
// returns how many requests that are: a target that is too slow for the warm-up
// would otherwise be measured late, or never.
func (p *pacer) endWarmup(hits uint64) (left uint64) {
	if first := p.schedule.countBetween(0, p.warmup); first > hits {
		left = first - hits
		p.skip(left)
		p.skipped += left
	}
	p.warmup = 0
	return left
}

// Rate returns the offered rate, which vegeta does not need.
func (p *pacer) Rate(elapsed time.Duration) float64 { return p.schedule.rate(elapsed) }

func (p *pacer) waitUntil(due time.Duration) {
	for p.ctx.Err() == nil {
		d := due - p.now()
		switch {
		case d <= 0:
			return
		case p.nap == nil:
			p.sleep(p.ctx, d)
		case d <= napLimit:
			p.nap(d)
		default:
			p.sleep(p.ctx, d-napLimit)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}
