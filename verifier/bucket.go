package verifier

import "time"

// bucket lets a burst through and then one more in each interval. Its owner
// locks it. One that has only burst and interval set is full.
type bucket struct {
	burst    int
	interval time.Duration

	// credit is what the bucket holds: each take costs one interval, and each
	// second adds a second. It is in whole nanoseconds, because ten tenths of a
	// second are less than one in floating point.
	credit   time.Duration
	filledAt time.Time
}

// take takes one from the bucket. If the bucket is empty, it takes nothing and
// returns how long that lasts. A clock that was set back adds nothing.
func (b *bucket) take(now time.Time) (wait time.Duration) {
	gained := now.Sub(b.filledAt)
	switch {
	case b.filledAt.IsZero():
		b.credit, b.filledAt = b.limit(), now
	case gained > 0:
		b.credit, b.filledAt = min(b.limit(), b.credit+gained), now
	case gained < -clockSlack:
		b.filledAt = now
	}
	if b.credit < b.interval {
		return b.interval - b.credit
	}
	b.credit -= b.interval
	return 0
}

// putBack returns what was taken.
func (b *bucket) putBack() { b.credit = min(b.limit(), b.credit+b.interval) }

func (b *bucket) limit() time.Duration { return time.Duration(b.burst) * b.interval }
