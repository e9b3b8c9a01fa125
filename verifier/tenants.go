package verifier

import (
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

// DefaultMaxActive is how many tenants are kept at once when no limit is
// configured.
const DefaultMaxActive = 256

// TenantsConfig configures [Tenants]. Configs or Allow must be set.
type TenantsConfig struct {
	// Configs are the tenants that are known from the start, each with an
	// Issuer of its own. They are kept as long as the Tenants.
	Configs []Config

	// Allow returns the configuration of a tenant that is not in Configs, and
	// false for an issuer that is not one. It is asked with an issuer that
	// nobody vouches for, though it is an https URL of at most 2,048 bytes: it
	// must look the issuer up, and never accept one by its form, or strangers
	// decide whom this process connects to. The Config's Issuer must be the
	// one asked for, or empty. Keys are fetched from public addresses only,
	// unless the Config brings a Transport or allows loopback. What it returns
	// is kept until MaxActive or Forget. Nil means that there are no others.
	Allow func(ctx context.Context, issuer string) (Config, bool)

	// MaxActive bounds how many tenants of Allow are kept at once; the one
	// that was used least recently goes first. Zero means DefaultMaxActive.
	MaxActive int

	// MaxTokenBytes bounds the length of a token in bytes before its issuer is
	// known. Zero means DefaultMaxTokenBytes.
	MaxTokenBytes int

	// Now is the clock. Nil means time.Now.
	Now func() time.Time
}

// Tenants verifies the tokens of several issuers, each with a [Verifier] and
// keys of its own: the keys of one issuer never verify the tokens of another.
//
// Which of them judges a token is decided by its iss, read before anything is
// verified, as a hint into the list of those allowed. The verifier that is
// chosen then checks everything, iss included. A token of an unknown issuer is
// refused with INVALID_ISSUER and causes no request. RFC 8725, 3.8.
//
// Safe for concurrent use. Close it when done.
type Tenants struct {
	cfg   TenantsConfig
	fixed map[string]*Verifier

	mu     sync.Mutex
	active map[string]*list.Element // of *tenant
	recent list.List                // the most recently used first
	fresh  bucket                   // what new tenants may cost
	closed bool
}

// tenant is a verifier of an allowed issuer.
type tenant struct {
	issuer string
	v      *Verifier
	users  int  // verifications under way
	gone   bool // to be closed by its last user
}

// NewTenants returns a Tenants for cfg. It does no network I/O. The error
// joins every mistake, each an *Error with ReasonConfigInvalid.
func NewTenants(cfg TenantsConfig) (*Tenants, error) {
	var m mistakes
	if len(cfg.Configs) == 0 && cfg.Allow == nil {
		m.wrong("Tenants.Configs", "no tenant, and no Allow to ask for one")
	}
	if cfg.MaxActive < 0 {
		m.wrong("Tenants.MaxActive", "%d is negative", cfg.MaxActive)
	}
	if cfg.MaxTokenBytes < 0 {
		m.wrong("Tenants.MaxTokenBytes", "%d is negative", cfg.MaxTokenBytes)
	}
	if cfg.MaxActive == 0 {
		cfg.MaxActive = DefaultMaxActive
	}
	if cfg.MaxTokenBytes == 0 {
		cfg.MaxTokenBytes = DefaultMaxTokenBytes
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Tenants{
		cfg: cfg, fixed: make(map[string]*Verifier), active: make(map[string]*list.Element),
		fresh: bucket{burst: cfg.MaxActive, interval: time.Second},
	}
	for _, c := range cfg.Configs {
		if _, twice := s.fixed[c.Issuer]; twice {
			m.wrong("Tenants.Configs", "the issuer %q stands twice", c.Issuer)
			continue
		}
		v, err := New(c)
		if err != nil {
			m.add(err)
			continue
		}
		s.fixed[c.Issuer] = v
	}
	if len(m.list) > 0 {
		s.Close()
		return nil, errors.Join(m.list...)
	}
	return s, nil
}

// Verify is [Verifier.Verify] of the tenant whose issuer the token names.
func (s *Tenants) Verify(ctx context.Context, rawIDToken string) (*Token, error) {
	v, done, err := s.verifier(ctx, rawIDToken)
	if err != nil {
		return nil, err
	}
	defer done()
	return v.Verify(ctx, rawIDToken)
}

// VerifyWith is [Verifier.VerifyWith] of the tenant whose issuer the token
// names.
func (s *Tenants) VerifyWith(ctx context.Context, rawIDToken string, in Inputs) (*Token, error) {
	v, done, err := s.verifier(ctx, rawIDToken)
	if err != nil {
		return nil, err
	}
	defer done()
	return v.VerifyWith(ctx, rawIDToken, in)
}

// Ready fetches the keys of every tenant of Configs. The error joins those of
// the tenants that are not ready.
func (s *Tenants) Ready(ctx context.Context) error {
	var errs []error
	for _, c := range s.cfg.Configs {
		if err := s.fixed[c.Issuer].Ready(ctx); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Forget drops a tenant that Allow has returned, so that the next token of the
// issuer asks anew. It does nothing if there is none.
func (s *Tenants) Forget(issuer string) {
	s.mu.Lock()
	var idle []*tenant
	if e, ok := s.active[issuer]; ok {
		idle = s.drop(e)
	}
	s.mu.Unlock()
	closeAll(idle)
}

// Close ends the key sources of all tenants, as [Verifier.Close] does, and no
// tenant comes up afterwards. It always returns nil.
func (s *Tenants) Close() error {
	s.mu.Lock()
	s.closed = true
	var idle []*tenant
	for s.recent.Len() > 0 {
		e := s.recent.Front()
		idle = append(idle, e.Value.(*tenant))
		s.drop(e)
	}
	s.mu.Unlock()
	closeAll(idle)
	for _, v := range s.fixed {
		v.Close()
	}
	return nil
}

// verifier returns the verifier of the issuer that a token names. done must be
// called when it is no longer used.
func (s *Tenants) verifier(ctx context.Context, raw string) (v *Verifier, done func(), err error) {
	issuer, refusal := peekIssuer(raw, s.cfg.MaxTokenBytes)
	if refusal != nil {
		return nil, nil, refusal
	}
	if v, ok := s.fixed[issuer]; ok {
		return v, func() {}, nil
	}
	t, refusal := s.allowed(ctx, issuer)
	if refusal != nil {
		return nil, nil, refusal
	}
	return t.v, func() { s.release(t) }, nil
}

// peekIssuer reads the iss of a token without judging anything else.
func peekIssuer(raw string, maxBytes int) (string, *Error) {
	if len(raw) > maxBytes {
		return "", tooLarge(len(raw), maxBytes)
	}
	parts, err := split(raw)
	if err != nil {
		return "", err
	}
	payload, ok := decodeSegment(parts.payload)
	if !ok {
		return "", malformed("the payload is not base64url")
	}
	var t Token
	if err := scanClaims(payload, &t); err != nil {
		return "", err
	}
	switch {
	case !t.has(claimIss):
		return "", &Error{Reason: ReasonMissingClaim, Claim: "iss"}
	case t.bad(claimIss):
		return "", malformedClaim("iss", "want a string")
	}
	return t.Issuer, nil
}

// maxIssuerBytes bounds what Allow is asked with.
const maxIssuerBytes = 2048

// allowed returns the tenant of an issuer that is not in Configs, made anew if
// Allow agrees.
func (s *Tenants) allowed(ctx context.Context, issuer string) (*tenant, *Error) {
	unknown := &Error{Reason: ReasonInvalidIssuer, Claim: "iss", Got: clip(issuer), form: "%q is no tenant's issuer"}
	if s.cfg.Allow == nil || len(issuer) > maxIssuerBytes {
		return nil, unknown
	}
	if t := s.acquire(issuer); t != nil {
		return t, nil
	}
	// http passes here for the sake of loopback, and New judges it.
	if checkIssuerURL(issuer, true) != nil {
		return nil, unknown
	}
	cfg, ok := s.cfg.Allow(ctx, issuer)
	if !ok {
		return nil, unknown
	}
	if cfg.Issuer != "" && cfg.Issuer != issuer {
		return nil, configError("Issuer", "Allow was asked for %q and returned %q", clip(issuer), clip(cfg.Issuer))
	}
	cfg.Issuer = issuer
	cfg.Remote.PublicOnly = cfg.Remote.PublicOnly || !cfg.Allow.LoopbackHTTP
	return s.add(cfg)
}

// acquire returns the tenant of issuer, in use, or nil.
func (s *Tenants) acquire(issuer string) *tenant {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.active[issuer]
	if !ok {
		return nil
	}
	s.recent.MoveToFront(e)
	t := e.Value.(*tenant)
	t.users++
	return t
}

// add makes the tenant of cfg, in use. Another goroutine may have been faster.
func (s *Tenants) add(cfg Config) (*tenant, *Error) {
	if t := s.acquire(cfg.Issuer); t != nil {
		return t, nil
	}
	v, err := New(cfg)
	if err != nil {
		return nil, configError("Tenants.Allow", "the configuration of %q: %v", clip(cfg.Issuer), err)
	}
	s.mu.Lock()
	if e, ok := s.active[cfg.Issuer]; ok {
		t := e.Value.(*tenant)
		t.users++
		s.mu.Unlock()
		v.Close()
		return t, nil
	}
	refuse := func(detail string, wait time.Duration) (*tenant, *Error) {
		s.mu.Unlock()
		v.Close()
		return nil, &Error{Reason: ReasonJWKSFetchFailed, Detail: detail, RetryAfter: wait}
	}
	if s.closed {
		return refuse("the tenants are closed", 0)
	}
	if wait := s.fresh.take(s.cfg.Now()); wait > 0 {
		return refuse("too many tenants have come up at once", wait)
	}
	t := &tenant{issuer: cfg.Issuer, v: v, users: 1}
	s.active[cfg.Issuer] = s.recent.PushFront(t)
	var idle []*tenant
	for s.recent.Len() > s.cfg.MaxActive {
		idle = append(idle, s.drop(s.recent.Back())...)
	}
	s.mu.Unlock()
	closeAll(idle)
	return t, nil
}

// drop takes a tenant off the list, and returns it if nobody uses it. Its last
// user closes it otherwise. The caller has the lock.
func (s *Tenants) drop(e *list.Element) (idle []*tenant) {
	t := s.recent.Remove(e).(*tenant)
	delete(s.active, t.issuer)
	t.gone = true
	if t.users == 0 {
		idle = append(idle, t)
	}
	return idle
}

// release ends the use of a tenant.
func (s *Tenants) release(t *tenant) {
	s.mu.Lock()
	t.users--
	last := t.gone && t.users == 0
	s.mu.Unlock()
	if last {
		t.v.Close()
	}
}

// closeAll closes tenants outside the lock: Close waits for a fetch to stop.
func closeAll(tenants []*tenant) {
	for _, t := range tenants {
		t.v.Close()
	}
}
