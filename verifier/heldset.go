package verifier

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// heldSet is a JWK Set with the times that its use depends on. It is immutable
// except for mark and suspected.
type heldSet struct {
	keys       *KeySet
	generation uint64
	jwksURI    string    // empty for a seed
	fetchedAt  time.Time // when it was last known to be what the provider has
	refreshAt  time.Time // when a set in use is fetched again
	freshUntil time.Time // when it must be revalidated before use
	staleUntil time.Time // when it must not be used at all

	// mark is set by the first reader after refreshAt, in nanoseconds since
	// the epoch. A later one starts the refresh: an unused set is not worth a
	// request.
	mark atomic.Int64

	// suspected is set once a fetch was made because a signature failed under
	// a known key ID.
	suspected atomic.Bool
}

// minRefreshAhead is how long a set must be fresh to be refreshed before its
// freshness ends. A shorter one is not worth an early request.
const minRefreshAhead = 5 * time.Minute

// newHeldSet returns a set that was fetched now.
func newHeldSet(
	keys *KeySet, generation uint64, jwksURI string, now time.Time,
	freshFor, staleFor time.Duration,
) *heldSet {
	h := &heldSet{
		keys: keys, generation: generation, jwksURI: jwksURI, fetchedAt: now,
		refreshAt:  now.Add(freshFor),
		freshUntil: now.Add(freshFor),
		staleUntil: now.Add(freshFor + staleFor),
	}
	if freshFor >= minRefreshAhead {
		h.refreshAt = now.Add(refreshPoint(freshFor))
	}
	return h
}

// seeded returns a set that was not fetched and is past its freshness from the
// start.
func seeded(keys *KeySet, now time.Time, staleFor time.Duration) *heldSet {
	return newHeldSet(keys, 1, "", now, 0, staleFor)
}

// refreshPoint returns how long after a fetch a set in use is fetched again: at
// about four fifths of its freshness, give or take a tenth, so that processes
// that started together do not fetch together.
func refreshPoint(fresh time.Duration) time.Duration {
	return time.Duration(float64(fresh) * (0.72 + 0.16*rand.Float64()))
}

// setAge says how usable a held set still is.
type setAge uint8

const (
	ageNone  setAge = iota // not at all: there is no set, or it is too old
	ageStale               // only while the provider does not answer
	ageDue                 // fresh, and soon to be fetched again
	ageFresh
)

// age returns the age of h, which may be nil. A clock that shows a time before
// the fetch was set back: the age of the set is unknown then, so it is
// revalidated.
func (h *heldSet) age(now time.Time) setAge {
	switch {
	case h == nil || !now.Before(h.staleUntil):
		return ageNone
	case !now.Before(h.freshUntil), now.Before(h.fetchedAt.Add(-clockSlack)):
		return ageStale
	case !now.Before(h.refreshAt):
		return ageDue
	}
	return ageFresh
}

// inUse reports whether the set is being read now and was being read a moment
// ago, both after refreshAt.
func (h *heldSet) inUse(now time.Time) bool {
	const apart = time.Second
	if h.mark.CompareAndSwap(0, now.UnixNano()) {
		return false
	}
	return now.UnixNano()-h.mark.Load() >= int64(apart)
}
