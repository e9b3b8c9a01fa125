package plain

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/assay-id/assay/verifier"
)

// keySource knows the keys of one issuer. One caller at a time fetches, in its
// own goroutine and for as long as its context allows; the others wait for
// their turn and then find what it has brought. Nobody who finds a key in a
// fresh set waits at all.
type keySource struct {
	policy policy
	craft  *craft
	fixed  *keySet // used instead of all below
	client *http.Client
	turn   chan struct{} // held by the caller who fetches

	life context.Context
	end  context.CancelFunc

	mu       sync.Mutex // guards what follows, and is never held over a request
	latest   time.Time  // that the clock has shown
	held     heldKeys
	pace     pace
	metadata metadata
}

// heldKeys is the last JWK Set with how long it can be used.
type heldKeys struct {
	set        *keySet
	from, etag string    // where it is from and what it was called there
	freshUntil time.Time // then it must be fetched anew, if the provider answers
	staleUntil time.Time // then it must not be used, whatever the provider does
}

// metadata is where the JWK Set is, and since when that is known.
type metadata struct {
	jwksURI   string
	fetchedAt time.Time
}

// metadataFor is how long provider metadata are used. OpenID Connect Discovery
// 1.0 does not say; a day is what most clients take.
const metadataFor = 24 * time.Hour

func newKeySource(p policy, c *craft) *keySource {
	s := &keySource{policy: p, craft: c, turn: make(chan struct{}, 1)}
	s.client = newClient(p, c)
	s.life, s.end = context.WithCancel(context.Background())
	return s
}

func (s *keySource) close() {
	s.craft.stop(s)
	s.client.CloseIdleConnections()
}

// stopFetching ends the fetch that is under way, and every later one.
func stopFetching(s *keySource) { s.end() }

// find returns the keys for a token with that kid. If there is a set and it
// does not have the kid, the refusal or the set says so; every other refusal
// is one of the network.
func (s *keySource) find(ctx context.Context, now time.Time, kid keyID) (*keySet, *verifier.Error) {
	if s.fixed != nil {
		return s.fixed, nil
	}
	s.craft.look(s, now)
	if held := s.holds(); held.fresh(now) && held.set.has(kid) {
		return held.set, nil
	}
	if s.craft.queues {
		leave, refusal := s.enter(ctx)
		if refusal != nil {
			return nil, refusal
		}
		defer leave()
	}
	switch held := s.holds(); {
	case held.fresh(now) && held.set.has(kid):
		return held.set, nil // brought by the caller before
	case held.fresh(now):
		return s.fetchFor(ctx, now, kid)
	case held.stale(now):
		return s.refresh(ctx, now, held, kid)
	}
	return s.fetch(ctx, now)
}

// lookAtClock takes in that the clock was set back: nobody knows then how old
// the keys are, so they are to be fetched anew, and no pause is waited for. A
// second is what two callers may differ by who looked at the clock in turn.
func lookAtClock(s *keySource, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.latest.Add(-time.Second)) {
		s.held.freshUntil = now
		s.pace = pace{}
		s.latest = now
	}
	if now.After(s.latest) {
		s.latest = now
	}
}

// enter waits for the turn to fetch.
func (s *keySource) enter(ctx context.Context) (leave func(), refusal *verifier.Error) {
	select {
	case s.turn <- struct{}{}:
		return func() { <-s.turn }, nil
	case <-ctx.Done():
		return nil, unreachable(verifier.ReasonJWKSFetchFailed, context.Cause(ctx))
	}
}

func (s *keySource) holds() heldKeys {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}

func (h heldKeys) fresh(now time.Time) bool { return h.set != nil && now.Before(h.freshUntil) }
func (h heldKeys) stale(now time.Time) bool { return h.set != nil && now.Before(h.staleUntil) }

// fetchFor fetches because a token names a key that a fresh set does not have,
// unless that was done too often. OIDC Core 1.0, 10.1.1.
func (s *keySource) fetchFor(ctx context.Context, now time.Time, kid keyID) (*keySet, *verifier.Error) {
	s.mu.Lock()
	refusal := s.craft.mayAskFor(&s.pace, now, kid)
	s.mu.Unlock()
	if refusal != nil {
		return nil, refusal
	}
	set, refusal := s.fetch(ctx, now)
	if refusal == nil && !set.has(kid) {
		s.mu.Lock()
		s.pace.missed(now, kid)
		s.mu.Unlock()
	}
	return set, refusal
}

// refresh replaces a set that has aged. While the provider fails, the set is
// used on for a while. RFC 5861, 4.
func (s *keySource) refresh(ctx context.Context, now time.Time, held heldKeys, kid keyID) (*keySet, *verifier.Error) {
	set, refusal := s.fetch(ctx, now)
	if refusal == nil {
		return set, nil
	}
	if held.set.has(kid) {
		return held.set, nil
	}
	return nil, refusal
}

// fetch fetches the JWK Set, unless the last attempt failed a moment ago.
func (s *keySource) fetch(ctx context.Context, now time.Time) (*keySet, *verifier.Error) {
	s.mu.Lock()
	before := s.pace
	s.mu.Unlock()
	if before.pausing(now) {
		refusal := before.failure
		refusal.RetryAfter = before.pauseUntil.Sub(now)
		return nil, &refusal
	}
	limited, cancel := context.WithTimeout(ctx, s.craft.timeout(s.policy.timeout))
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	got, refusal := s.get(limited, now)
	if refusal == nil {
		refusal = s.keep(got, now)
	}
	if refusal == nil {
		return s.holds().set, nil
	}
	if s.craft.blames(ctx.Err()) { // a caller who gave up says nothing of the provider
		s.fail(refusal, got.retryAfter, now)
	}
	return nil, refusal
}

// keep makes what was fetched the held set. A set without a usable key does
// not replace one that has some: it is a fault more likely than the wish to
// lock everybody out.
func (s *keySource) keep(got fetched, now time.Time) *verifier.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held.set != nil && s.held.set.usable() && !got.set.usable() {
		return refuse(verifier.ReasonJWKSInvalid, "keys", "no usable key", "one at least")
	}
	fresh := s.craft.freshFor(got.header, s.policy.freshFor)
	s.held = heldKeys{
		set:        s.craft.replace(s.held.set, got.set),
		from:       got.from,
		etag:       got.header.Get("ETag"),
		freshUntil: now.Add(fresh),
		staleUntil: now.Add(fresh + s.craft.staleFor(s.policy.staleFor)),
	}
	s.pace.succeeded()
	return nil
}

// fail takes in that the provider failed.
func (s *keySource) fail(refusal *verifier.Error, retryAfter time.Duration, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.craft.keepsOnError {
		s.held = heldKeys{}
	}
	s.pace.failures++
	pause := s.craft.pause(s.pace.failures, retryAfter)
	refusal.RetryAfter = pause
	s.pace.failure, s.pace.pauseUntil = *refusal, now.Add(pause)
}

// unreachable is a refusal for want of keys. The cause is told by its kind
// only: its text may quote what a hostile server has sent.
func unreachable(reason verifier.Reason, cause error) *verifier.Error {
	got := "a broken answer"
	switch {
	case errors.Is(cause, context.DeadlineExceeded):
		got = "no answer in time"
	case errors.Is(cause, context.Canceled):
		got = "cancelled"
	}
	return refuse(reason, "", got, "the keys of the issuer")
}
