package verifier

import (
	"context"
	"time"
)

// Status describes a [Remote] at one moment, for a health endpoint or for
// metrics.
type Status struct {
	// Generation counts the key sets that were used, from one. Zero means that
	// none has been loaded yet.
	Generation uint64

	// Keys are the entries of the set in use. Usable is how many of them can
	// verify something.
	Keys   []KeyInfo
	Usable int

	// JWKSURI is where the set came from. Empty if none has been fetched yet.
	JWKSURI string

	// FetchedAt is when the set was last confirmed by the provider, FreshUntil
	// when it must be revalidated, and StaleUntil when it is no longer used.
	// All are zero if Generation is.
	FetchedAt, FreshUntil, StaleUntil time.Time

	// Age is the time since FetchedAt.
	Age time.Duration

	// Ready tells whether tokens can be verified now.
	Ready bool

	// Failures is how many fetches in a row have failed, LastError why the
	// last one did, and NextAttempt when the next one may start. They are zero
	// after a success.
	Failures    int
	LastError   error
	NextAttempt time.Time

	// Fetching tells whether a fetch is running.
	Fetching bool
}

// Status returns the state of r. It causes no fetch.
func (r *Remote) Status() Status {
	now := r.now()
	var s Status
	if h := r.held.Load(); h != nil {
		s = Status{
			Generation: h.generation, Keys: h.keys.Info(), Usable: h.keys.usable, JWKSURI: h.jwksURI,
			FetchedAt: h.fetchedAt, FreshUntil: h.freshUntil, StaleUntil: h.staleUntil,
			Age: now.Sub(h.fetchedAt), Ready: h.age(now) != ageNone && h.keys.usable > 0,
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s.Failures, s.Fetching = r.pace.failures, r.flight != nil
	if r.pace.lastErr != nil {
		s.LastError = r.pace.lastErr
		s.NextAttempt = now.Add(r.pace.backingOff(now))
	}
	return s
}

// Status returns the state of the key source that New made. It reports false
// if there is none, because Config.Keys or a client secret is used instead.
func (v *Verifier) Status() (Status, bool) {
	if v.owned == nil {
		return Status{}, false
	}
	return v.owned.Status(), true
}

// KeyState returns the keys that v would verify with now, for [Examine], and why
// they could not be renewed, if the last attempt failed. With the source that
// New made it causes no fetch; one given as Config.Keys is asked, and ctx bounds
// its answer. The zero value means that there are none, because a client secret
// is used instead or nothing was fetched yet.
func (v *Verifier) KeyState(ctx context.Context) KeyState {
	var s KeyState
	switch {
	case v.owned != nil:
		s.Set = v.owned.atHand()
		s.Err = v.owned.Status().LastError
	case v.keys != nil:
		s.Set, s.Err = v.keys.Keys(ctx, KeyQuery{})
	}
	return s
}

// atHand returns the set that can be used now, or nil.
func (r *Remote) atHand() *KeySet {
	held := r.held.Load()
	if held.age(r.now()) == ageNone {
		return nil
	}
	return held.keys
}
