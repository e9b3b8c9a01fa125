package run

import (
	"sync/atomic"
	"time"
)

// clock is the clock of a case: that of the environment and, where the
// implementation has the capability, of its verifiers.
//
// A virtual clock moves only by advance, so that a boundary can be hit
// to the second and hours pass in no time. Without the capability it is the
// real one, and nothing can advance it.
type clock struct {
	virtual bool
	start   time.Time
	offset  atomic.Int64
}

// newClock returns a clock. A virtual one starts at the present second.
func newClock(virtual bool) *clock {
	return &clock{virtual: virtual, start: time.Now().Truncate(time.Second)}
}

func (c *clock) now() time.Time {
	if !c.virtual {
		return time.Now()
	}
	return c.start.Add(time.Duration(c.offset.Load()))
}

func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

// in returns the clock as one of a time zone so far ahead of UTC shows it: the
// same instants under other names.
func (c *clock) in(offset time.Duration) func() time.Time {
	if offset == 0 {
		return c.now
	}
	zone := time.FixedZone("", int(offset/time.Second))
	return func() time.Time { return c.now().In(zone) }
}
