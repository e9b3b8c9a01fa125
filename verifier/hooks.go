package verifier

import "time"

// Hooks are functions that are called when something has happened that an
// operator may want to count or log. Any of them may be nil. They run in
// the goroutine that did the work, so they must be fast, and they must be safe
// for concurrent use. No event holds a token.
type Hooks struct {
	// Verified is called after every verification.
	Verified func(VerifiedEvent)

	// Fetched is called after every fetch of a [Remote].
	Fetched func(FetchedEvent)

	// KeysChanged is called when a [Remote] has switched to another key set.
	KeysChanged func(KeysChangedEvent)

	// Suppressed is called when a fetch that a token called for was not made:
	// because the key ID is known not to be published, because too many tokens
	// named unknown keys, or because the provider is failing.
	Suppressed func(SuppressedEvent)
}

// VerifiedEvent reports one verification.
type VerifiedEvent struct {
	// Reason is why the token was refused; empty if it was accepted.
	Reason Reason
	// Algorithm is the alg of an accepted token. It is empty for a refused one,
	// whose header may be of unknown origin.
	Algorithm Algorithm
	// Cached tells that the token was found in the cache.
	Cached bool
	// Duration is how long the verification took, waiting for keys included.
	Duration time.Duration
}

// Trigger is why keys were fetched.
type Trigger string

// The triggers.
const (
	TriggerStart      Trigger = "start"       // there were no usable keys
	TriggerRefresh    Trigger = "refresh"     // the set was due
	TriggerUnknownKey Trigger = "unknown_key" // a token named a key that the set lacks
	TriggerSuspect    Trigger = "suspect"     // a signature failed under a key of the set
)

// FetchedEvent reports one fetch: of the JWK Set, and of the provider metadata
// if it was due.
type FetchedEvent struct {
	Trigger Trigger
	// Discovered tells that the provider metadata was requested too.
	Discovered bool
	// Status is the HTTP status of the answer with the JWK Set; zero if no
	// answer came.
	Status int
	// BodyBytes is the length of the JWK Set.
	BodyBytes int
	Duration  time.Duration
	// Err is an *Error, or nil.
	Err error
}

// KeysChangedEvent reports that another key set is in use.
type KeysChangedEvent struct {
	// Generation counts the sets that a source has used, from one.
	Generation uint64
	// Added and Removed are key IDs of usable keys.
	Added, Removed []string
	// Skipped are the keys of the new set that cannot be used, with the reason.
	Skipped []KeyInfo
	// Usable is how many keys can be used.
	Usable int
}

// SuppressedEvent reports a fetch that was not made.
type SuppressedEvent struct {
	Trigger Trigger
	// RetryAfter is when one could be made.
	RetryAfter time.Duration
}

// The methods below call a hook if there is one. They may be called on nil.

func (h *Hooks) verified(began time.Time, t *Token, cached bool, err *Error) {
	if h == nil || h.Verified == nil {
		return
	}
	e := VerifiedEvent{Cached: cached, Duration: time.Since(began)}
	if err != nil {
		e.Reason = err.Reason
	} else {
		e.Algorithm = t.Algorithm
	}
	h.Verified(e)
}

func (h *Hooks) fetched(e FetchedEvent) {
	if h != nil && h.Fetched != nil {
		h.Fetched(e)
	}
}

func (h *Hooks) keysChanged(generation uint64, old, new *KeySet) {
	if h == nil || h.KeysChanged == nil {
		return
	}
	e := KeysChangedEvent{Generation: generation, Usable: new.usable}
	for _, k := range new.keys {
		switch {
		case k.unusable != "":
			e.Skipped = append(e.Skipped, k.info())
		case !old.hasUsable(k.id):
			e.Added = append(e.Added, k.id)
		}
	}
	if old != nil {
		for _, k := range old.keys {
			if k.unusable == "" && !new.hasUsable(k.id) {
				e.Removed = append(e.Removed, k.id)
			}
		}
	}
	h.KeysChanged(e)
}

func (h *Hooks) suppressed(why Trigger, retryAfter time.Duration) {
	if h != nil && h.Suppressed != nil {
		h.Suppressed(SuppressedEvent{Trigger: why, RetryAfter: retryAfter})
	}
}
