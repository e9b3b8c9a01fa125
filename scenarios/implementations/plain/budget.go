package plain

import (
	"maps"
	"time"

	"github.com/assay-id/assay/verifier"
)

// fetchBudget bounds how often tokens can make a verifier fetch keys. Its owner
// locks it. The zero value has asked for nothing yet.
type fetchBudget struct {
	failures   int // in a row
	failure    verifier.Error
	pauseUntil time.Time

	spent  []time.Time         // the times of the last fetches for unknown kids
	absent map[keyID]time.Time // until when a kid that was not found counts as absent
}

// The bounds on fetches for unknown kids: two at once, so that a rotation is
// noticed even if somebody has just asked for nonsense, and then one every ten
// seconds. A kid that was not found is not asked for again for half a minute.
const (
	bucketSize   = 2
	bucketRefill = 10 * time.Second
	absentFor    = 30 * time.Second
	mostAbsent   = 1000
	longestKept  = 256 // bytes of a kid that is worth remembering
)

// mayFetchFor returns nil if a fetch for an unknown kid is allowed, and counts
// it.
func mayFetchFor(b *fetchBudget, now time.Time, kid keyID) *verifier.Error {
	notFound := refuse(verifier.ReasonKeyNotFound, "kid", kid.text, "the ID of a published key")
	if until := b.absent[kid]; now.Before(until) {
		notFound.RetryAfter = until.Sub(now)
		return notFound
	}
	// A bucket that holds n and gains one every d allows a fetch if the n-th
	// last one was n times d ago, or if there were fewer.
	if len(b.spent) == bucketSize {
		if next := b.spent[0].Add(bucketSize * bucketRefill); now.Before(next) {
			notFound.RetryAfter = next.Sub(now)
			return notFound
		}
		b.spent = b.spent[1:]
	}
	b.spent = append(b.spent, now)
	return nil
}

// missed notes that the provider does not have kid.
func (b *fetchBudget) missed(now time.Time, kid keyID) {
	maps.DeleteFunc(b.absent, func(_ keyID, until time.Time) bool { return !now.Before(until) })
	if len(b.absent) >= mostAbsent || len(kid.text) > longestKept {
		return // the bucket alone then bounds what it costs
	}
	if b.absent == nil {
		b.absent = make(map[keyID]time.Time)
	}
	b.absent[kid] = now.Add(absentFor)
}

// succeeded forgets failures and, because the set is a new one, which kids were
// missing.
func (b *fetchBudget) succeeded() {
	b.failures, b.failure, b.pauseUntil = 0, verifier.Error{}, time.Time{}
	b.absent = nil
}

// pausing reports whether a failure is too recent for another attempt.
func (b *fetchBudget) pausing(now time.Time) bool {
	return b.failures > 0 && now.Before(b.pauseUntil)
}

// pauseAfter returns how long to wait after the nth failure in a row: twice as
// long each time up to a minute, and at least what the provider asks for, up
// to an hour. A liar always waits for the time that is fixed.
func pauseAfter(fixed *time.Duration, n int, retryAfter time.Duration) time.Duration {
	if fixed != nil {
		return *fixed
	}
	pause := time.Minute
	if n <= 6 {
		pause = min(pause, time.Second<<(n-1))
	}
	return max(pause, min(retryAfter, time.Hour))
}
