package plain

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/assay-id/assay/verifier"
)

// keySource keeps the keys of one issuer. One caller at a time fetches, in its
// own goroutine and for as long as its context allows; the others wait for
// their turn and then find the new keys. A caller who finds a key in a fresh set
// does not wait at all.
type keySource struct {
	policy policy
	habits *habits
	fixed  *keySet // used instead of everything below, unless nil
	client *http.Client
	turn   chan struct{} // holds one value while a caller fetches

	life context.Context
	end  context.CancelFunc

	mu       sync.Mutex // guards what follows, and is never held over a request
	latest   time.Time  // the latest time that the clock has shown
	held     cachedKeys
	budget   fetchBudget
	metadata metadata
}

// cachedKeys is the last JWK Set and how long it can be used.
type cachedKeys struct {
	set        *keySet
	from, etag string // its URL and its ETag there
	fetchedAt  time.Time
	freshUntil time.Time // afterwards it is fetched again before it is used
	staleUntil time.Time // afterwards it is not used even if that fails
}

// metadata holds the URL of the JWK Set and when it was read.
type metadata struct {
	jwksURI   string
	fetchedAt time.Time
}

// metadataFor is how long provider metadata are used. OpenID Connect Discovery
// 1.0 does not say; most clients use a day.
const metadataFor = 24 * time.Hour

func newKeySource(p policy, h *habits) *keySource {
	s := &keySource{policy: p, habits: h, turn: make(chan struct{}, 1)}
	s.client = newClient(p, h)
	s.life, s.end = context.WithCancel(context.Background())
	return s
}

func (s *keySource) close() {
	if !s.habits.cache.outlivesClose {
		s.end()
	}
	s.client.CloseIdleConnections()
}

// find returns the keys for a token with that kid. If no fetch was allowed for
// an unknown kid, the refusal says so; every other refusal is about the network.
// The set may still lack the kid.
func (s *keySource) find(ctx context.Context, now time.Time, kid keyID) (*keySet, *verifier.Error) {
	if s.fixed != nil {
		return s.fixed, nil
	}
	if !s.habits.cache.trustsClock {
		s.lookAtClock(now)
	}
	if held := s.holds(); held.fresh(now) && held.set.has(kid) {
		return held.set, nil
	}
	if !s.habits.cache.stampedes {
		leave, refusal := s.enter(ctx)
		if refusal != nil {
			return nil, refusal
		}
		defer leave()
	}
	switch held := s.holds(); {
	case held.fresh(now) && held.set.has(kid):
		return held.set, nil // fetched by the previous caller
	case held.fresh(now):
		return s.fetchFor(ctx, now, kid)
	case held.stale(now):
		return s.refresh(ctx, now, held, kid)
	}
	return s.fetch(ctx, now)
}

// lookAtClock notices that the clock was set back: how old the keys are is then
// unknown, so they are fetched again, without waiting for a pause to end. Two
// callers who look at the clock one after the other may differ by a second.
func (s *keySource) lookAtClock(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.latest.Add(-time.Second)) {
		s.held.freshUntil = now
		s.budget = fetchBudget{}
		s.latest = now
	}
	if now.After(s.latest) {
		s.latest = now
	}
}

// suspectAfter is how old a set must be for a bad signature to raise doubts: a
// forger can so cause one more request in that time.
const suspectAfter = 5 * time.Minute

// suspect notes that no key of the held set has made a signature. The provider
// may have replaced a key under its kid, so the next caller fetches again.
func (s *keySource) suspect(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.habits.cache.neverSuspects && s.held.fresh(now) && now.Sub(s.held.fetchedAt) >= suspectAfter {
		s.held.freshUntil = now
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

func (s *keySource) holds() cachedKeys {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}

func (h cachedKeys) fresh(now time.Time) bool { return h.set != nil && now.Before(h.freshUntil) }
func (h cachedKeys) stale(now time.Time) bool { return h.set != nil && now.Before(h.staleUntil) }

// fetchFor fetches because a token names a key that a fresh set does not have,
// unless that has happened too often. OIDC Core 1.0, 10.1.1.
func (s *keySource) fetchFor(
	ctx context.Context, now time.Time, kid keyID,
) (*keySet, *verifier.Error) {
	s.mu.Lock()
	refusal := s.habits.cache.mayFetchFor(&s.budget, now, kid)
	s.mu.Unlock()
	if refusal != nil {
		return nil, refusal
	}
	set, refusal := s.fetch(ctx, now)
	if refusal == nil && !set.has(kid) {
		s.mu.Lock()
		s.budget.missed(now, kid)
		s.mu.Unlock()
	}
	return set, refusal
}

// refresh replaces a stale set. While the provider fails, the stale set still
// serves for a while. RFC 5861, 4.
func (s *keySource) refresh(
	ctx context.Context, now time.Time, held cachedKeys, kid keyID,
) (*keySet, *verifier.Error) {
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
	before := s.budget
	s.mu.Unlock()
	if before.pausing(now) {
		refusal := before.failure
		refusal.RetryAfter = before.pauseUntil.Sub(now)
		return nil, &refusal
	}
	limited, cancel := context.WithTimeout(ctx, s.policy.timeout+s.habits.network.extraTime)
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	got, refusal := s.get(limited, now)
	if refusal == nil {
		refusal = s.keep(got, now)
	}
	if refusal == nil {
		return s.holds().set, nil
	}
	// A caller who gave up says nothing about the provider.
	if ctx.Err() == nil || s.habits.network.blamesProvider {
		s.fail(refusal, got.retryAfter, now)
	}
	return nil, refusal
}

// keep caches what was fetched. A set without a usable key does not replace one
// that has some: it is more likely a mistake than the wish to lock everybody
// out.
func (s *keySource) keep(got fetched, now time.Time) *verifier.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held.set != nil && s.held.set.usable() && !got.set.usable() {
		return refuse(verifier.ReasonJWKSInvalid, "keys", "no usable key", "one at least")
	}
	fresh := s.habits.cache.freshFor(got.header, s.policy.freshFor)
	s.held = cachedKeys{
		set:        s.habits.cache.replace(s.held.set, got.set),
		from:       got.from,
		etag:       got.header.Get("ETag"),
		fetchedAt:  now,
		freshUntil: now.Add(fresh),
		staleUntil: now.Add(fresh + max(s.policy.staleFor+s.habits.cache.extraStale, 0)),
	}
	s.budget.succeeded()
	return nil
}

// fail records that the provider failed.
func (s *keySource) fail(refusal *verifier.Error, retryAfter time.Duration, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.habits.cache.dropsOnError {
		s.held = cachedKeys{}
	}
	s.budget.failures++
	pause := pauseAfter(s.habits.cache.pause, s.budget.failures, retryAfter)
	refusal.RetryAfter = pause
	s.budget.failure, s.budget.pauseUntil = *refusal, now.Add(pause)
}

// unreachable returns a refusal because the keys are unavailable. It tells only
// the kind of the cause, whose message may quote a hostile server.
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
