package verifier

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// The defaults of a [Remote]. Each is the middle of what careful clients do:
// jose and Envoy keep keys for ten minutes, Microsoft's library keeps the last
// good set for an hour, jose gives a fetch five seconds.
const (
	DefaultFetchTimeout = 5 * time.Second
	DefaultFreshFor     = 10 * time.Minute
	DefaultStaleFor     = time.Hour
)

// The limits that a provider's cache headers cannot leave. An hour bounds how
// long a withdrawn key lives; ten seconds bound how often one that forbids
// caching is asked.
const (
	minFreshFor = 10 * time.Second
	maxFreshFor = time.Hour
	noStoreFor  = time.Minute
	maxStaleFor = 24 * time.Hour
)

// RemoteConfig configures a [Remote]. Every zero value is usable.
type RemoteConfig struct {
	// Transport carries the requests: its TLS configuration decides which
	// certificates are trusted. Nil means a transport of the source's own with
	// the system's roots, TLS 1.2 or later and bounded headers. Redirects,
	// cookies and credentials are never its business: at most three redirects
	// are followed, and only within one origin.
	Transport http.RoundTripper

	// FetchTimeout bounds one fetch, discovery and JWK Set together. Zero
	// means DefaultFetchTimeout.
	FetchTimeout time.Duration

	// FreshFor is how long a JWK Set is used without asking again if the
	// provider does not say. Zero means DefaultFreshFor. What the provider
	// says is kept between ten seconds and one hour.
	FreshFor time.Duration

	// StaleFor is how much longer a set is used while the provider cannot be
	// reached. After that every token is refused with JWKS_FETCH_FAILED. Zero
	// means DefaultStaleFor; at most 24 hours. RFC 5861, 4.
	StaleFor time.Duration

	// LoopbackHTTP allows http:// to loopback hosts. See Allowances.
	LoopbackHTTP bool

	// UserAgent is sent with every request. Empty means "assay-verifier".
	UserAgent string

	// Now is the clock by which sets age. Nil means time.Now. Timeouts run on
	// real time whatever it says.
	Now func() time.Time
}

// validate reports mistakes of c.
func (c *RemoteConfig) validate() error {
	for _, d := range [...]struct {
		field string
		value time.Duration
		limit time.Duration
	}{
		{"Remote.FetchTimeout", c.FetchTimeout, time.Minute},
		{"Remote.FreshFor", c.FreshFor, maxFreshFor},
		{"Remote.StaleFor", c.StaleFor, maxStaleFor},
	} {
		if d.value < 0 || d.value > d.limit {
			return configError(d.field, "%v is out of range, want 0 to %v", d.value, d.limit)
		}
	}
	return nil
}

// Remote is a [KeySource] that finds the JWK Set of one issuer by discovery
// and keeps it: OpenID Connect Discovery 1.0, 4; OIDC Core 1.0, 10.1.1.
//
// Readers take an immutable set from an atomic pointer and never wait while it
// is fresh. One fetch at a time runs in a goroutine of its own; a caller's
// context bounds how long that caller waits and never the fetch. A Remote has
// no timer: it acts when it is asked, so an unused one does nothing. Safe for
// concurrent use. Close it when done.
type Remote struct {
	issuer string
	cfg    RemoteConfig
	now    func() time.Time
	fetch  fetcher

	held atomic.Pointer[heldSet]

	mu     sync.Mutex
	flight *flight // the running fetch, or nil
	pace   pacing
	closed bool

	stop context.CancelFunc
	life context.Context
	work sync.WaitGroup
}

// heldSet is a JWK Set with the times that its use depends on. It is immutable
// but for the mark.
type heldSet struct {
	keys       *KeySet
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
	fetchedAt time.Time
}

// flight is one fetch. done is closed when it has ended; err is then set.
type flight struct {
	done chan struct{}
	err  *Error
}

// NewRemote returns a source for the keys of issuer. It does no network I/O.
// The error is an *Error with ReasonConfigInvalid.
func NewRemote(issuer string, cfg RemoteConfig) (*Remote, error) {
	if err := checkIssuerURL(issuer, cfg.LoopbackHTTP); err != nil {
		return nil, err
	}
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if cfg.FetchTimeout == 0 {
		cfg.FetchTimeout = DefaultFetchTimeout
	}
	if cfg.FreshFor == 0 {
		cfg.FreshFor = DefaultFreshFor
	}
	if cfg.StaleFor == 0 {
		cfg.StaleFor = DefaultStaleFor
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	r := &Remote{issuer: issuer, cfg: cfg, now: cfg.Now}
	r.fetch = newFetcher(issuer, &r.cfg)
	r.life, r.stop = context.WithCancel(context.Background())
	return r, nil
}

// Close stops a running fetch and waits for it. A set that is loaded can still
// be read.
func (r *Remote) Close() error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.stop()
	r.work.Wait()
	r.fetch.close()
	return nil
}

// Keys implements [KeySource]. It waits for a fetch if there is no usable set,
// if the set at hand is past its freshness and the provider is not known to be
// failing, or if the set does not have the key asked for and a fetch is due.
// The error is an *Error: DISCOVERY_FAILED, DISCOVERY_INVALID,
// JWKS_FETCH_FAILED or JWKS_INVALID, with RetryAfter.
func (r *Remote) Keys(ctx context.Context, query KeyQuery) (*KeySet, error) {
	set, err := r.keysFor(ctx, query)
	if err != nil {
		return nil, err
	}
	return set, nil
}

func (r *Remote) keysFor(ctx context.Context, query KeyQuery) (*KeySet, *Error) {
	now := r.now()
	held := r.held.Load()
	switch {
	case held == nil || !now.Before(held.staleUntil):
		return r.await(ctx, now, causeNone)
	case !now.Before(held.freshUntil):
		return r.revalidate(ctx, now, held, query)
	case !held.keys.has(query):
		return r.findKey(ctx, now, query)
	case query.Failed == held.keys:
		return r.suspect(ctx, now, held)
	case !now.Before(held.refreshAt) && held.inUse(now):
		r.start(now, causeRefresh, "")
	}
	return held.keys, nil
}

// revalidate gets keys when the set at hand is past its freshness: anew if the
// provider answers, else from that set. While the provider is known to fail,
// nobody waits for it.
func (r *Remote) revalidate(ctx context.Context, now time.Time, held *heldSet, query KeyQuery) (*KeySet, *Error) {
	if r.failing() {
		r.start(now, causeRefresh, "")
	} else if keys, err := r.await(ctx, now, causeRefresh); err == nil {
		return keys, nil
	}
	if held.keys.has(query) {
		return held.keys, nil
	}
	return r.findKey(ctx, now, query)
}

// findKey gets keys when the set at hand does not have the one asked for. A
// fetch that was already under way may have begun before the key was
// published, so it is followed by another if the key is still missing.
func (r *Remote) findKey(ctx context.Context, now time.Time, query KeyQuery) (*KeySet, *Error) {
	for {
		f, joined, err := r.start(now, causeUnknownKey, query.KeyID)
		if err != nil {
			return nil, err
		}
		keys, err := r.wait(ctx, f)
		if err != nil || !joined || keys.has(query) {
			return keys, err
		}
	}
}

// suspect gets keys after a signature failed under a key of the set at hand:
// the provider may have put another key under the same ID.
func (r *Remote) suspect(ctx context.Context, now time.Time, held *heldSet) (*KeySet, *Error) {
	if now.Sub(held.fetchedAt) < suspectAfter || !held.suspected.CompareAndSwap(false, true) {
		return held.keys, nil
	}
	return r.await(ctx, now, causeSuspect)
}

// failing reports whether the last fetch failed.
func (r *Remote) failing() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pace.failures > 0
}

// suspectAfter is the age from which a set may be fetched anew because a
// signature failed under a key that it has: the key may have been replaced
// under its ID. A forger can cause one such request per set, and none at all
// in its first five minutes.
const suspectAfter = 5 * time.Minute

// inUse reports whether the set is being read now and was being read a moment
// ago, both after refreshAt.
func (h *heldSet) inUse(now time.Time) bool {
	const apart = time.Second
	if h.mark.CompareAndSwap(0, now.UnixNano()) {
		return false
	}
	return now.UnixNano()-h.mark.Load() >= int64(apart)
}

// await starts or joins a fetch and waits for its keys.
func (r *Remote) await(ctx context.Context, now time.Time, why cause) (*KeySet, *Error) {
	f, _, err := r.start(now, why, "")
	if err != nil {
		return nil, err
	}
	return r.wait(ctx, f)
}

// wait returns the keys that are held when f has ended.
func (r *Remote) wait(ctx context.Context, f *flight) (*KeySet, *Error) {
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, &Error{Reason: ReasonJWKSFetchFailed, detail: "the caller stopped waiting", err: context.Cause(ctx)}
	}
	if f.err != nil {
		return nil, f.err
	}
	return r.held.Load().keys, nil
}

// start returns the fetch that is running, which the caller then joins, or a
// new one, or the reason why none may be started now.
func (r *Remote) start(now time.Time, why cause, kid string) (f *flight, joined bool, refused *Error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.flight != nil {
		return r.flight, true, nil
	}
	if r.closed {
		return nil, false, &Error{Reason: ReasonJWKSFetchFailed, detail: "the key source is closed"}
	}
	if refused := r.pace.permit(now, why, kid); refused != nil {
		return nil, false, refused
	}
	f = &flight{done: make(chan struct{})}
	r.flight = f
	r.work.Go(func() { r.run(f, why, kid) })
	return f, false, nil
}

// run carries out one fetch.
func (r *Remote) run(f *flight, why cause, kid string) {
	ctx, cancel := context.WithTimeout(r.life, r.cfg.FetchTimeout)
	defer cancel()
	previous := r.held.Load()
	answer, err := r.fetch.run(ctx, r.now(), why == causeUnknownKey || why == causeSuspect)
	now := r.now()
	if err == nil {
		if err = r.accept(previous, answer, now); err != nil {
			r.fetch.forget()
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.pace.failed(now, why, err, answer.retryAfter)
	} else {
		keys := r.held.Load().keys
		r.pace.succeeded(previous == nil || keys != previous.keys)
		if why == causeUnknownKey && !keys.has(KeyQuery{KeyID: kid, HasKeyID: true}) {
			r.pace.remember(kid, now)
		}
	}
	f.err = err
	r.flight = nil
	close(f.done)
}

// accept makes the answer of a fetch the held set. A set without a usable key
// never replaces one that has some: it is more likely a fault than the wish to
// lock everybody out.
func (r *Remote) accept(previous *heldSet, answer answer, now time.Time) *Error {
	keys := answer.keys
	if keys == nil { // not modified
		keys = previous.keys
	}
	if keys.usable == 0 && previous != nil && previous.keys.usable > 0 {
		return &Error{Reason: ReasonJWKSInvalid, detail: "the new JWK Set has no usable key; the old one is kept"}
	}
	fresh := answer.freshFor(r.cfg.FreshFor)
	next := &heldSet{
		keys:       keys,
		fetchedAt:  now,
		refreshAt:  now.Add(fresh),
		freshUntil: now.Add(fresh),
		staleUntil: now.Add(fresh + r.cfg.StaleFor),
	}
	if fresh >= minRefreshAhead {
		next.refreshAt = now.Add(refreshPoint(fresh))
	}
	r.held.Store(next)
	return nil
}
