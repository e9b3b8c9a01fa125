package verifier

import (
	"hash/maphash"
	"math/rand/v2"
	"time"
)

// The bounds on the requests that tokens with unknown key IDs can cause. Two at
// once cover a rotation that a cache in front of the provider shows late; one
// more every ten seconds lets any number of rotations through and is no load
// for a provider.
const (
	unknownKeyBurst  = 2
	unknownKeyRefill = 10 * time.Second
)

// How long a key ID that was not found is not looked for again, after the first
// time and after later ones. The first pause is short, because a provider with
// several caches in front of it can show the old set and the new one by turns;
// the later one makes a flood of one key ID harmless.
const (
	firstUnknownKeyPause = time.Second
	laterUnknownKeyPause = 30 * time.Second
	maxUnknownKeys       = 1024
)

// The pauses after failed fetches, doubled from the first to the last. A
// provider that asks for a longer one gets it, up to maxRetryAfter.
const (
	firstBackOff  = time.Second
	lastBackOff   = time.Minute
	maxRetryAfter = 10 * time.Minute
)

// pacing decides whether a fetch may start. Its owner locks it. It measures the
// time that has passed since an event, so that a clock that is set back ends a
// pause instead of lengthening it.
type pacing struct {
	failures int // fetches that failed since the last success
	failedAt time.Time
	pause    time.Duration // after failedAt
	lastErr  *Error

	unknownKeys bucket // limits the fetches that tokens with unknown key IDs cause
	unknown     map[keyIDHash]miss
}

// miss records that a key ID was looked for and not found.
type miss struct {
	at    time.Time
	pause time.Duration
}

// keyIDHash represents a key ID whatever its length: a token can carry one of
// many KiB. Its seed is secret, so nobody can choose a key ID that has the hash
// of another one.
type keyIDHash uint64

var keyIDSeed = maphash.MakeSeed()

// wantedKey is the key that a fetch should find. Its hash is computed before
// the lock is taken.
type wantedKey struct {
	query KeyQuery
	hash  keyIDHash
}

func wanted(query KeyQuery) wantedKey {
	return wantedKey{query: query, hash: keyIDHash(maphash.String(keyIDSeed, query.KeyID))}
}

// clockSlack is how far a recorded time may lie ahead of now before the clock
// is considered to have been set back. A goroutine reads the clock before it
// takes a lock, or loads a pointer, and another may have recorded a later time
// meanwhile.
const clockSlack = time.Second

// remaining returns what is left of a pause that began at a time, and zero if
// it is over or the clock was set back.
func remaining(now, began time.Time, pause time.Duration) time.Duration {
	passed := now.Sub(began)
	if passed < -clockSlack {
		return 0
	}
	return max(pause-max(passed, 0), 0)
}

// backingOff returns how long nothing may be fetched because the last fetch
// failed.
func (p *pacing) backingOff(now time.Time) time.Duration {
	if p.failures == 0 {
		return 0
	}
	return remaining(now, p.failedAt, p.pause)
}

// permit returns nil if a fetch may start now, and charges for it.
func (p *pacing) permit(now time.Time, why Trigger, want wantedKey) *Error {
	if wait := p.backingOff(now); wait > 0 {
		e := *p.lastErr
		e.RetryAfter = wait
		return &e
	}
	if why != TriggerUnknownKey {
		return nil
	}
	refuse := func(wait time.Duration) *Error {
		e := keyNotFound(want.query)
		e.RetryAfter = wait
		return e
	}
	if m, missed := p.unknown[want.hash]; missed {
		if wait := remaining(now, m.at, m.pause); wait > 0 {
			return refuse(wait)
		}
	}
	if wait := p.unknownKeys.take(now); wait > 0 {
		return refuse(wait)
	}
	return nil
}

// failed records that a fetch has failed, and sets err.RetryAfter. The pause
// counts from the start of the fetch: one that hung until its timeout has
// paused enough, and the next may find the provider healthy.
func (p *pacing) failed(began, now time.Time, why Trigger, err *Error, retryAfter time.Duration) {
	if why == TriggerUnknownKey {
		p.unknownKeys.putBack() // the request revealed nothing about the key
	}
	p.failures++
	p.pause = backOff(p.failures)
	if retryAfter > p.pause {
		p.pause, began = min(retryAfter, maxRetryAfter), now
	}
	p.failedAt = began
	err.RetryAfter = max(p.backingOff(now), firstBackOff)
	p.lastErr = err
}

// succeeded records that a fetch has succeeded. changed tells whether the keys
// differ from those before.
func (p *pacing) succeeded(changed bool) {
	p.failures, p.lastErr, p.pause = 0, nil, 0
	if changed {
		clear(p.unknown)
	}
}

// remember records that a key is not published. When the list is full, expired
// entries are removed, and if there are none, the key is not recorded: only the
// bucket then bounds what it costs.
func (p *pacing) remember(want wantedKey, now time.Time) {
	if p.unknown == nil {
		p.unknown = make(map[keyIDHash]miss)
	}
	pause := firstUnknownKeyPause
	if m, again := p.unknown[want.hash]; again && remaining(now, m.at, laterUnknownKeyPause) > 0 {
		pause = laterUnknownKeyPause
	} else if len(p.unknown) >= maxUnknownKeys {
		for h, m := range p.unknown {
			if remaining(now, m.at, laterUnknownKeyPause) == 0 {
				delete(p.unknown, h)
			}
		}
		if len(p.unknown) >= maxUnknownKeys {
			return
		}
	}
	p.unknown[want.hash] = miss{at: now, pause: pause}
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
