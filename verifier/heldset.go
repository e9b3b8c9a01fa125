package verifier

import (
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// heldSet is a JWK Set with the times that its use depends on. It is immutable
// but for the two marks.
type heldSet struct {
	keys       *KeySet
	generation uint64
	jwksURI    string    // empty for a seed
	fetchedAt  time.Time // when it was last known to be what the provider has
	refreshAt  time.Time // when a set in use is fetched anew
	freshUntil time.Time // when it must be revalidated before use
	staleUntil time.Time // when it must not be used at all

	// mark is set by the first reader after refreshAt, in nanoseconds since
	// the epoch. A later one starts the refresh: a set that nobody uses is not
	// worth a request.
	mark atomic.Int64

	// suspected is set once a fetch was made because a signature failed under
	// a known key ID.
	suspected atomic.Bool
}

// minRefreshAhead is the freshness from which a set is refreshed before it
// ends. A shorter one ends sooner than it is worth two requests.
const minRefreshAhead = 5 * time.Minute

// newHeldSet returns a set that was fetched now.
func newHeldSet(keys *KeySet, generation uint64, jwksURI string, now time.Time, freshFor, staleFor time.Duration) *heldSet {
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

// seeded returns a set that was not fetched: it is past its freshness from the
// start.
func seeded(keys *KeySet, now time.Time, staleFor time.Duration) *heldSet {
	return newHeldSet(keys, 1, "", now, 0, staleFor)
}

// refreshPoint returns when, after a fetch, a set that is fresh for so long is
// fetched anew if it is in use: at four fifths, give or take a tenth, so that
// many processes that started together do not fetch together.
func refreshPoint(fresh time.Duration) time.Duration {
	return time.Duration(float64(fresh) * (0.72 + 0.16*rand.Float64()))
}

// setAge is how much a held set is still worth.
type setAge uint8

const (
	ageNone  setAge = iota // nothing: there is none, or it is too old for any use
	ageStale               // usable only if the provider cannot say better
	ageDue                 // fresh, and soon to be fetched anew
	ageFresh
)

// age judges h, which may be nil. A clock that shows a time before the fetch
// was set back: nobody knows then how old the set is, so it is revalidated.
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
