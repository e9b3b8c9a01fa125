package refresh

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/assay-id/assay/verifier"
)

// Client refreshes sessions. Safe for concurrent use. Close it when done.
type Client struct {
	cfg Config

	// transport is used without an http.Client around it, which would follow
	// redirects, with the secret in the body, and which reports a Location
	// that it cannot parse as if the connection had broken.
	transport http.RoundTripper
	idle      func() // closes idle connections if the transport is the client's own

	mu      sync.Mutex
	flights map[string]*flight  // by session ID
	unsaved map[string]*Session // by session ID; what the store failed to save
	closed  bool

	endpointMu sync.Mutex
	endpoint   string // discovered
	foundAt    time.Time

	life context.Context
	stop context.CancelFunc
	work sync.WaitGroup
}

// flight is one refresh of one session. done is closed when it has ended.
type flight struct {
	done    chan struct{}
	session *Session
	err     *verifier.Error
}

// New returns a Client for cfg. It does no network I/O. The error joins all
// mistakes of cfg, each a *verifier.Error with ReasonConfigInvalid.
func New(cfg Config) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	c := &Client{
		cfg: cfg.withDefaults(), idle: func() {},
		flights: make(map[string]*flight), unsaved: make(map[string]*Session),
	}
	c.transport = cfg.Transport
	if c.transport == nil {
		own := verifier.NewTransport(verifier.RemoteConfig{})
		c.transport, c.idle = own, own.CloseIdleConnections
	}
	c.life, c.stop = context.WithCancel(context.Background())
	return c, nil
}

// Close stops running refreshes and waits for them. It always returns nil.
func (c *Client) Close() error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.stop()
	c.work.Wait()
	c.idle()
	return nil
}

// Login is the result of a login.
type Login struct {
	// SessionID is the name that the session gets in the store.
	SessionID string

	// Token is the verified ID Token, RawIDToken the same as it was received.
	Token      *verifier.Token
	RawIDToken string

	AccessToken  string
	RefreshToken string
	Scope        string

	// ExpiresIn is the life of the access token. Zero means unknown.
	ExpiresIn time.Duration
}

// Begin stores the session of a login and returns it. The error comes from the
// store, or is a *verifier.Error with ReasonConfigInvalid if the login has no
// session ID or token. Without a refresh token, because offline_access was not
// granted, the session cannot be refreshed.
func (c *Client) Begin(ctx context.Context, login Login) (*Session, error) {
	if login.SessionID == "" || login.Token == nil {
		return nil, &verifier.Error{
			Reason: verifier.ReasonConfigInvalid, Claim: "Login",
			Detail: "SessionID and Token are required",
		}
	}
	s := &Session{
		ID: login.SessionID, First: identityOf(login.Token),
		AccessToken: login.AccessToken, RefreshToken: login.RefreshToken, IDToken: login.RawIDToken,
		Scope: login.Scope, IDExpiry: login.Token.Expiry, IssuedAt: login.Token.IssuedAt, Token: login.Token,
	}
	c.schedule(s, c.cfg.Now(), login.ExpiresIn, login.ExpiresIn > 0)
	unlock, err := c.cfg.Store.Lock(ctx, s.ID)
	if err != nil {
		return nil, fmt.Errorf("locking the session: %w", err)
	}
	defer unlock()
	if err := c.cfg.Store.Save(ctx, s); err != nil {
		return nil, fmt.Errorf("storing the session: %w", err)
	}
	return s.clone(), nil
}

// Current returns the session with an ID, refreshed first if that is due. If the
// refresh fails while the tokens are still good, the session is returned as it
// is: the next call tries again. The error comes from Refresh, or is ErrNotFound
// from the store.
func (c *Client) Current(ctx context.Context, id string) (*Session, error) {
	s, err := c.load(ctx, id)
	if err != nil {
		return nil, err
	}
	now := c.cfg.Now()
	if !s.Due(now) {
		return s, nil
	}
	renewed, err := c.Refresh(ctx, s)
	if err != nil && s.Alive(now) && !errors.Is(err, ErrSignInRequired) {
		return s, nil
	}
	return renewed, err
}

// End deletes a session, after a refresh of it that is running: its result would
// bring the session back. ctx bounds the wait. End does not revoke the tokens of
// the session at the provider.
func (c *Client) End(ctx context.Context, id string) error {
	unlock, err := c.cfg.Store.Lock(ctx, id)
	if err != nil {
		return fmt.Errorf("locking the session: %w", err)
	}
	defer unlock()
	return c.delete(ctx, id)
}

// delete deletes a session. The caller has its lock.
func (c *Client) delete(ctx context.Context, id string) error {
	c.mu.Lock()
	delete(c.unsaved, id)
	c.mu.Unlock()
	return c.cfg.Store.Delete(ctx, id)
}

// Refresh exchanges the refresh token of a session and returns the session with
// the new tokens. If the store has a newer state of the session, because another
// caller has refreshed it, that is returned without an exchange; if the store
// does not have the session, it begins with s. One exchange at a time runs for a
// session; ctx bounds how long this caller waits for it.
//
// The error is a *verifier.Error and comes with no session. REFRESH_FAILED:
// the token endpoint returned no tokens; an [OAuthError] in the chain says why,
// and RetryAfter when to try again. REFRESH_MISMATCH: the new ID Token does not
// belong to this session. Any other reason: the new ID Token was refused; the
// session is not extended. ErrSignInRequired in the chain means that the session
// has ended.
func (c *Client) Refresh(ctx context.Context, s *Session) (*Session, error) {
	if s == nil || s.ID == "" {
		return nil, &verifier.Error{
			Reason: verifier.ReasonConfigInvalid, Claim: "Session",
			Detail: "it is nil or has no ID",
		}
	}
	f, err := c.start(ctx, s)
	if err != nil {
		return nil, err
	}
	select {
	case <-f.done:
	case <-ctx.Done():
		return nil, failed("the caller stopped waiting", "", context.Cause(ctx))
	}
	if f.err != nil {
		e := *f.err // the caller may write to its own
		return nil, &e
	}
	return f.session.clone(), nil
}

// start returns the refresh of s that is running, or a new one.
func (c *Client) start(ctx context.Context, s *Session) (*flight, *verifier.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f, running := c.flights[s.ID]; running {
		return f, nil
	}
	if c.closed {
		return nil, failed("no refresh can start", "", errClosed)
	}
	f := &flight{done: make(chan struct{})}
	c.flights[s.ID] = f
	given := s.clone()
	// The successor of a spent refresh token must be stored, so the refresh
	// continues if the caller gives up.
	ctx = context.WithoutCancel(ctx)
	c.work.Go(func() {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(c.life, cancel)()
		f.session, f.err = c.refresh(ctx, given)
		c.mu.Lock()
		delete(c.flights, given.ID)
		c.mu.Unlock()
		close(f.done)
	})
	return f, nil
}

// load returns the newest state of a session: that of the store, unless the
// store could not take what this client had, and no other has gone beyond that.
func (c *Client) load(ctx context.Context, id string) (*Session, error) {
	c.mu.Lock()
	s, ok := c.unsaved[id]
	c.mu.Unlock()
	stored, err := c.cfg.Store.Load(ctx, id)
	if ok && (err != nil || stored.Generation <= s.Generation) {
		return s.clone(), nil
	}
	return stored, err
}

// save stores a session, and reports whether that succeeded. If not, the state
// is kept in memory until the next save: the refresh token in the store is
// spent.
func (c *Client) save(ctx context.Context, s *Session) bool {
	err := c.cfg.Store.Save(context.WithoutCancel(ctx), s)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.unsaved[s.ID] = s.clone()
		return false
	}
	delete(c.unsaved, s.ID)
	return true
}

// keep stores a renewed session and returns it, with a note if that fails.
func (c *Client) keep(ctx context.Context, next *Session) *Session {
	if !c.save(ctx, next) {
		next.Notes = append(next.Notes, NoteNotStored)
	}
	return next
}
