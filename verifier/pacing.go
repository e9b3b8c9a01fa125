package verifier

import (
	"crypto/sha256"
	"math/rand/v2"
	"time"
)

// cause is why a fetch is wanted.
type cause uint8

const (
	causeNone       cause = iota // there is no usable set
	causeRefresh                 // the set is due
	causeUnknownKey              // a token names a key that the set does not have
	causeSuspect                 // a signature failed under a key that it has
)

// The bounds on what tokens with unknown key IDs can cause. Two requests at
// once cover a rotation that a cache in front of the provider shows late; one
// more every ten seconds lets any number of rotations through and is nothing
// to a provider.
const (
	unknownKeyBurst  = 2
	unknownKeyRefill = 10 * time.Second
	maxUnknownKeys   = 1024
	unknownKeyTTL    = 30 * time.Second
)

// The pauses after failed fetches: doubled from the first to the last.
const (
	firstBackOff  = time.Second
	lastBackOff   = time.Minute
	maxRetryAfter = time.Hour
)

// minRefreshAhead is the freshness from which a set is refreshed before it
// ends. A shorter one ends sooner than it is worth two requests.
const minRefreshAhead = 5 * time.Minute

// refreshPoint returns when, after a fetch, a set that is fresh for so long is
// fetched anew if it is in use: at four fifths, give or take a tenth, so that
// many processes that started together do not fetch together.
func refreshPoint(fresh time.Duration) time.Duration {
	return time.Duration(float64(fresh) * (0.72 + 0.16*rand.Float64()))
}

// pacing decides whether a fetch may start. Its owner locks it.
type pacing struct {
	failures  int // fetches that failed since the last success
	notBefore time.Time
	lastErr   *Error

	tokens   float64 // of the bucket for unknown keys
	filledAt time.Time

	unknown map[keyIDHash]time.Time // key IDs that were not found, until when
}

// keyIDHash stands for a key ID, whatever its length: a token can carry one of
// many kibibytes.
type keyIDHash [sha256.Size]byte

func hashKeyID(kid string) keyIDHash { return sha256.Sum256([]byte(kid)) }

// permit returns nil if a fetch may start now, and takes what it costs.
func (p *pacing) permit(now time.Time, why cause, kid string) *Error {
	if p.failures > 0 && now.Before(p.notBefore) {
		e := *p.lastErr
		e.RetryAfter = p.notBefore.Sub(now)
		return &e
	}
	if why != causeUnknownKey {
		return nil
	}
	missing := &Error{Reason: ReasonKeyNotFound, Claim: "kid", Got: clip(kid)}
	if until, known := p.unknown[hashKeyID(kid)]; known && now.Before(until) {
		missing.RetryAfter = until.Sub(now)
		return missing
	}
	p.refill(now)
	if p.tokens < 1 {
		missing.RetryAfter = time.Duration((1 - p.tokens) * float64(unknownKeyRefill))
		return missing
	}
	p.tokens--
	return nil
}

// refill adds what the bucket has gained since it was last looked at. A clock
// that was set back gains nothing.
func (p *pacing) refill(now time.Time) {
	if p.filledAt.IsZero() {
		p.tokens = unknownKeyBurst
	} else if gained := now.Sub(p.filledAt); gained > 0 {
		p.tokens = min(unknownKeyBurst, p.tokens+float64(gained)/float64(unknownKeyRefill))
	}
	p.filledAt = now
}

// failed takes in that a fetch has failed, and sets err.RetryAfter.
func (p *pacing) failed(now time.Time, why cause, err *Error, retryAfter time.Duration) {
	if why == causeUnknownKey {
		p.tokens++ // the request told nothing about the key
	}
	p.failures++
	err.RetryAfter = max(backOff(p.failures), min(retryAfter, maxRetryAfter))
	p.notBefore = now.Add(err.RetryAfter)
	p.lastErr = err
}

// succeeded takes in that a fetch has succeeded. changed tells whether the
// keys are others than before.
func (p *pacing) succeeded(changed bool) {
	p.failures, p.lastErr, p.notBefore = 0, nil, time.Time{}
	if changed {
		clear(p.unknown)
	}
}

// remember notes that kid is not published. When the list is full, what has
// expired goes first, and if nothing has, kid is not noted: the bucket alone
// then bounds what it costs.
func (p *pacing) remember(kid string, now time.Time) {
	if p.unknown == nil {
		p.unknown = make(map[keyIDHash]time.Time)
	}
	if len(p.unknown) >= maxUnknownKeys {
		for k, until := range p.unknown {
			if !now.Before(until) {
				delete(p.unknown, k)
			}
		}
		if len(p.unknown) >= maxUnknownKeys {
			return
		}
	}
	p.unknown[hashKeyID(kid)] = now.Add(unknownKeyTTL)
}

// backOff returns the pause after the nth failure in a row, with up to a fifth
// of jitter taken off.
func backOff(n int) time.Duration {
	pause := lastBackOff
	if n <= 6 {
		pause = min(lastBackOff, firstBackOff<<(n-1))
	}
	return pause - time.Duration(rand.Int64N(int64(pause/5)))
}
