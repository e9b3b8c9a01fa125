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
// good set for an hour. jose gives a fetch five seconds; one less leaves a
// caller with just that deadline the time to see why it failed.
const (
	DefaultFetchTimeout = 4 * time.Second
	DefaultFreshFor     = 10 * time.Minute
	DefaultStaleFor     = time.Hour
)

// maxStaleFor bounds how long an outage of the provider is bridged: a withdrawn
// key lives as long.
const maxStaleFor = 24 * time.Hour

// RemoteConfig configures a [Remote]. Every zero value is usable.
type RemoteConfig struct {
	// Transport carries the requests: its TLS configuration decides which
	// certificates are trusted. Nil means that of [NewTransport], with the
	// system's roots, TLS 1.2 or later and bounded headers. It does not
	// handle redirects, cookies or credentials: the source follows at most
	// three redirects, and only within one origin.
	Transport http.RoundTripper

	// FetchTimeout bounds one fetch, discovery and JWK Set together. Zero
	// means DefaultFetchTimeout; at most a minute.
	FetchTimeout time.Duration

	// FreshFor is how long a JWK Set is used without asking again if the
	// provider does not say. Zero means DefaultFreshFor; at most an hour. What
	// the provider says is kept between ten seconds and one hour.
	FreshFor time.Duration

	// StaleFor is how much longer a set is used while the provider cannot be
	// reached. After that every token is refused with JWKS_FETCH_FAILED. Zero
	// means DefaultStaleFor; at most 24 hours. RFC 5861, 4.
	StaleFor time.Duration

	// Seed is a JWK Set to start with, so that a process can start while the
	// provider is down. It is past its freshness from the start: the first
	// token still causes a fetch, and the seed is used for StaleFor if that
	// fails. It must come from a source as trustworthy as the provider.
	Seed []byte

	// SameOrigin refuses provider metadata whose jwks_uri is not on the
	// issuer's scheme, host and port.
	SameOrigin bool

	// PublicOnly refuses to connect to addresses that are not public, after
	// name resolution, and uses no proxy. Set it where strangers choose the
	// issuer: otherwise a name of theirs could lead into the network of this
	// process. It has no effect on a Transport of your own.
	PublicOnly bool

	// LoopbackHTTP allows http:// to loopback hosts. See Allowances.
	LoopbackHTTP bool

	// UserAgent is sent with every request. Empty means "assay-verifier".
	UserAgent string

	// Hooks are called for fetches and changed keys. Nil means the Hooks of
	// the Config that the source is made for, if any.
	Hooks *Hooks

	// Now is the clock by which sets age. Nil means time.Now. Timeouts always
	// use real time.
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
	if _, err := c.seed(); err != nil {
		return err
	}
	return nil
}

// seed reads Seed. It returns nil if there is none.
func (c *RemoteConfig) seed() (*KeySet, error) {
	if len(c.Seed) == 0 {
		return nil, nil
	}
	keys, err := ParseKeySet(c.Seed)
	switch {
	case err != nil:
		return nil, configError("Remote.Seed", "%s", err.(*Error).Detail)
	case keys.usable == 0:
		return nil, configError("Remote.Seed", "the JWK Set has no usable key")
	}
	return keys, nil
}

// Remote is a [KeySource] that finds the JWK Set of one issuer by discovery
// and keeps it: OpenID Connect Discovery 1.0, 4; OIDC Core 1.0, 10.1.1.
//
// Readers take an immutable set from an atomic pointer and never wait while it
// is fresh. One fetch at a time runs in a goroutine of its own; a caller's
// context bounds how long that caller waits, never the fetch. A Remote has no
// timer: it acts only when it is asked for keys, so an unused one does nothing.
// Safe for concurrent use. Close it when done.
type Remote struct {
	issuer string
	cfg    RemoteConfig
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
	r := &Remote{issuer: issuer, cfg: cfg}
	r.pace.unknownKeys = bucket{burst: unknownKeyBurst, interval: unknownKeyRefill}
	r.fetch = newFetcher(issuer, &r.cfg)
	r.life, r.stop = context.WithCancel(context.Background())
	if seed, _ := cfg.seed(); seed != nil {
		r.held.Store(seeded(seed, r.now(), cfg.StaleFor))
	}
	return r, nil
}

// now returns the time by which sets age. The monotonic reading is dropped: it
// stops while a machine sleeps, and a set must age meanwhile.
func (r *Remote) now() time.Time { return r.cfg.Now().Round(0) }

// Close stops a running fetch and waits for it. A loaded set can still be read.
// It always returns nil.
func (r *Remote) Close() error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.stop()
	r.work.Wait()
	r.fetch.close()
	return nil
}

// Keys implements [KeySource]. It returns the set at hand immediately if that is
// fresh and has the key. Otherwise:
//
//	no set, or one beyond StaleFor   waits for a fetch, and fails if that fails
//	past its freshness               waits a second at most, then uses the set
//	                                 at hand; does not wait while the provider
//	                                 is known to fail
//	the key is not in the set        waits for a fetch if one may be made
//	the key did not verify           waits for a fetch, once for each set, if
//	                                 the set is five minutes old
//	soon past its freshness          fetches in the background
//
// The error is an *Error: DISCOVERY_FAILED, DISCOVERY_INVALID,
// JWKS_FETCH_FAILED or JWKS_INVALID if the keys are unavailable, KEY_NOT_FOUND
// if the key is not published, all with RetryAfter.
func (r *Remote) Keys(ctx context.Context, query KeyQuery) (*KeySet, error) {
	set, err := r.keysFor(ctx, r.now(), query)
	if err != nil {
		return nil, err
	}
	return set, nil
}

// fresh returns the set at hand if nothing has to be done first, and nil
// otherwise. It is Keys for a caller that has already read the clock and that
// may know a set with the key.
func (r *Remote) fresh(now time.Time, query KeyQuery, known *KeySet) *KeySet {
	held := r.held.Load()
	if held.age(now.Round(0)) != ageFresh || query.Failed == held.keys ||
		known != held.keys && !held.keys.has(query) {
		return nil
	}
	return held.keys
}

// keysFor is Keys for a caller that has already read the clock.
func (r *Remote) keysFor(ctx context.Context, now time.Time, query KeyQuery) (*KeySet, *Error) {
	held := r.held.Load()
	age := held.age(now)
	switch {
	case age == ageNone:
		return r.await(ctx, now, TriggerStart, held)
	case age == ageStale:
		return r.revalidate(ctx, now, held, query)
	case !held.keys.has(query):
		return r.findKey(ctx, now, held, query)
	case query.Failed == held.keys:
		return r.suspect(ctx, now, held)
	case age == ageDue && held.inUse(now):
		r.start(ctx, now, TriggerRefresh, held, wantedKey{})
	}
	return held.keys, nil
}

// revalidate gets keys when the set at hand is past its freshness: new ones if
// the provider answers, otherwise those of that set. A withdrawn key must not
// live longer than the provider allows, so the caller waits; an outage must not
// make every request wait, so the wait is short.
func (r *Remote) revalidate(
	ctx context.Context, now time.Time, held *heldSet, query KeyQuery,
) (*KeySet, *Error) {
	wasFailing := r.failing()
	f, joined, err := r.start(ctx, now, TriggerRefresh, held, wantedKey{})
	if err == nil && !wasFailing {
		select {
		case <-f.done:
			held = r.held.Load()
			if f.err == nil && !joined {
				return held.keys, nil // no fetch could tell more
			}
		case <-f.slow:
		case <-ctx.Done():
		}
	}
	if held.keys.has(query) {
		return held.keys, nil
	}
	return r.findKey(ctx, now, held, query)
}

// findKey gets keys when the set at hand does not have the wanted one. A fetch
// that was already running may have begun before the key was published, so it
// is followed by another if the key is still missing.
func (r *Remote) findKey(
	ctx context.Context, now time.Time, held *heldSet, query KeyQuery,
) (*KeySet, *Error) {
	want := wanted(query)
	for {
		f, joined, err := r.start(ctx, now, TriggerUnknownKey, held, want)
		if err != nil {
			r.cfg.Hooks.suppressed(TriggerUnknownKey, err.RetryAfter)
			return nil, err
		}
		if _, err := r.wait(ctx, f); err != nil {
			return nil, err
		}
		held = r.held.Load()
		if !joined || held.keys.has(query) {
			return held.keys, nil
		}
	}
}

// suspectAfter is the age from which a set may be fetched again because a
// signature failed under one of its keys: the provider may have published
// another key under the same ID. A forger can cause one such request per set,
// and none in its first five minutes.
const suspectAfter = 5 * time.Minute

// suspect gets keys after a signature failed under a key of the set at hand.
func (r *Remote) suspect(ctx context.Context, now time.Time, held *heldSet) (*KeySet, *Error) {
	if now.Sub(held.fetchedAt) < suspectAfter || !held.suspected.CompareAndSwap(false, true) {
		return held.keys, nil
	}
	return r.await(ctx, now, TriggerSuspect, held)
}

// failing reports whether the last fetch failed.
func (r *Remote) failing() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pace.failures > 0
}
