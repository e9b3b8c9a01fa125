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
	// Issuer of its own. They are never dropped.
	Configs []Config

	// Allow returns the configuration of a tenant that is not in Configs, and
	// false if the issuer is not a tenant. The issuer comes from an unverified
	// token, though it is an https URL of at most 2,048 bytes: Allow must look
	// it up, and never accept it by its form, or strangers decide where this
	// process connects to. The Config's Issuer must be the given one, or empty.
	// Keys are fetched only from public addresses, unless the Config has a
	// Transport or allows loopback. A tenant is kept until MaxActive or Forget
	// drops it. Nil means that there are no further tenants.
	Allow func(ctx context.Context, issuer string) (Config, bool)

	// MaxActive bounds how many tenants of Allow are kept at once; the least
	// recently used one is dropped first. Zero means DefaultMaxActive.
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
// The iss of a token, read before anything is verified, only selects the
// verifier among the allowed ones. That verifier then checks everything, iss
// included. A token of an unknown issuer is refused with INVALID_ISSUER and
// causes no request. RFC 8725, 3.8.
//
// Safe for concurrent use. Close it when done.
type Tenants struct {
	cfg   TenantsConfig
	fixed map[string]*Verifier

	mu     sync.Mutex
	active map[string]*list.Element // of *tenant
	recent list.List                // the most recently used first
	fresh  bucket                   // limits how fast new tenants are made
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
		m.wrong("Tenants.Configs", "there is no tenant, and no Allow to ask for one")
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
			m.wrong("Tenants.Configs", "the issuer %q appears twice", c.Issuer)
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

// Verify is [Verifier.Verify] by the tenant whose issuer the token names.
func (s *Tenants) Verify(ctx context.Context, rawIDToken string) (*Token, error) {
	v, done, err := s.verifier(ctx, rawIDToken)
	if err != nil {
		return nil, err
	}
	defer done()
	return v.Verify(ctx, rawIDToken)
}

// VerifyWith is [Verifier.VerifyWith] by the tenant whose issuer the token
// names.
func (s *Tenants) VerifyWith(ctx context.Context, rawIDToken string, in Inputs) (*Token, error) {
	v, done, err := s.verifier(ctx, rawIDToken)
	if err != nil {
		return nil, err
	}
	defer done()
	return v.VerifyWith(ctx, rawIDToken, in)
}

// Ready fetches the keys of every tenant of Configs. The error joins the errors
// of the tenants that are not ready.
func (s *Tenants) Ready(ctx context.Context) error {
	var errs []error
	for _, c := range s.cfg.Configs {
		if err := s.fixed[c.Issuer].Ready(ctx); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Forget drops a tenant that Allow has returned, so that Allow is called again
// for the next token of the issuer. It does nothing if there is none.
func (s *Tenants) Forget(issuer string) {
	s.mu.Lock()
	var idle []*tenant
	if e, ok := s.active[issuer]; ok {
		idle = s.drop(e)
	}
	s.mu.Unlock()
	closeAll(idle)
}

// Close ends the key sources of all tenants, as [Verifier.Close] does. No
// tenant is made afterwards. It always returns nil.
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

// peekIssuer reads the iss of a token and checks nothing else.
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

// maxIssuerBytes bounds the issuers that Allow is called with.
const maxIssuerBytes = 2048

// allowed returns the tenant of an issuer that is not in Configs. It makes one
// if Allow agrees.
func (s *Tenants) allowed(ctx context.Context, issuer string) (*tenant, *Error) {
	unknown := &Error{
		Reason: ReasonInvalidIssuer, Claim: "iss", Got: clip(issuer),
		form: "%q is not the issuer of any tenant",
	}
	if s.cfg.Allow == nil || len(issuer) > maxIssuerBytes {
		return nil, unknown
	}
	if t := s.acquire(issuer); t != nil {
		return t, nil
	}
	// http passes here because of loopback; New decides whether it is allowed.
	if checkIssuerURL(issuer, true) != nil {
		return nil, unknown
	}
	cfg, ok := s.cfg.Allow(ctx, issuer)
	if !ok {
		return nil, unknown
	}
	if cfg.Issuer != "" && cfg.Issuer != issuer {
		return nil, configError("Issuer", "Allow was asked for %q and returned %q",
			clip(issuer), clip(cfg.Issuer))
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
		return nil, configError("Tenants.Allow", "the configuration of %q: %v",
			clip(cfg.Issuer), err)
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
		return refuse("too many new tenants at once", wait)
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

// drop takes a tenant off the list, and returns it if it is not in use.
// Otherwise its last user closes it. The caller has the lock.
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
