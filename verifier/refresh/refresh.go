package refresh

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/verifier"
)

// maxSends bounds how often one refresh token is sent without an answer: once,
// and once more because the first may never have arrived. A third time could
// only tell the provider that somebody holds a spent token.
const maxSends = 2

// The pauses after failed exchanges, doubled from the first to the last. A
// provider that asks for a longer one gets it, up to maxRetryAfter.
const (
	firstPause    = time.Second
	lastPause     = time.Minute
	maxRetryAfter = 10 * time.Minute
)

// refresh carries out one refresh, or adopts what another client has stored.
func (c *Client) refresh(ctx context.Context, given *Session) (*Session, *verifier.Error) {
	unlock, err := c.lock(ctx, given.ID)
	if err != nil {
		return nil, err
	}
	defer unlock()
	s, current, err := c.latest(ctx, given)
	if err != nil || current {
		return s, err
	}
	return c.renew(ctx, s)
}

// renew exchanges the refresh token of s, which it changes. The caller has the
// lock of the session.
func (c *Client) renew(ctx context.Context, s *Session) (*Session, *verifier.Error) {
	if err := c.mayRefresh(ctx, s); err != nil {
		return nil, err
	}
	endpoint, err := c.tokenEndpoint(ctx)
	if err != nil {
		return nil, c.postpone(ctx, s, failed("the token endpoint is not known", "", err))
	}
	a, failure := c.send(ctx, s, endpoint)
	if newer := c.overtaken(ctx, s, failure); newer != nil {
		return newer, nil
	}
	s.rotate(a.RefreshToken)
	if failure != nil {
		return nil, c.unsuccessful(ctx, s, failure)
	}
	// The token that was sent is spent now. Its successor is stored before
	// anything can go wrong, and before it is used.
	c.save(ctx, s)
	next, refused := c.adopt(ctx, s, a)
	switch {
	case refused == nil:
		return c.keep(ctx, next), nil
	case refused.Reason == verifier.ReasonRefreshMismatch:
		return nil, c.end(ctx, s, refused)
	}
	return nil, c.postpone(ctx, s, refused)
}

// lock takes the lock of a session in the store. It waits as long as an exchange
// of another client can take, sent again and verified.
func (c *Client) lock(ctx context.Context, id string) (unlock func(), refused *verifier.Error) {
	wait := (maxSends + 1) * c.cfg.timeout()
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	unlock, err := c.cfg.Store.Lock(ctx, id)
	if err != nil {
		return nil, failed("the session cannot be locked", "", err)
	}
	return unlock, nil
}

// overtaken returns what another client has stored meanwhile, if the refresh
// token was refused because that client had sent it too. With a lock that holds
// this does not happen; one that was lost must not sign the user out.
func (c *Client) overtaken(ctx context.Context, s *Session, failure error) *Session {
	if !isInvalidGrant(failure) {
		return nil
	}
	stored, err := c.cfg.Store.Load(ctx, s.ID)
	if err != nil || stored.Generation <= s.Generation {
		return nil
	}
	return stored
}

// latest returns the newest state of a session. It reports current if that is
// newer than the caller's and does not need a refresh.
func (c *Client) latest(
	ctx context.Context, given *Session,
) (s *Session, current bool, err *verifier.Error) {
	stored, loadErr := c.load(ctx, given.ID)
	switch {
	case errors.Is(loadErr, ErrNotFound):
		return given, false, nil
	case loadErr != nil:
		return nil, false, failed("the session cannot be loaded", "", loadErr)
	case stored.Generation < given.Generation:
		return given, false, nil
	}
	return stored, stored.Generation > given.Generation && !stored.Due(c.cfg.Now()), nil
}

// mayRefresh returns why the refresh token must not be sent now.
func (c *Client) mayRefresh(ctx context.Context, s *Session) *verifier.Error {
	now := c.cfg.Now()
	switch {
	case s.RefreshToken == "":
		return failed("the session has no refresh token", withoutToken(s.Scope), ErrSignInRequired)
	case now.Before(s.NotBefore) && s.NotBefore.Sub(now) <= maxRetryAfter:
		err := failed("the last attempt failed, and it is too early for the next", "", nil)
		err.RetryAfter = s.NotBefore.Sub(now)
		return err
	case s.Sent >= maxSends:
		return c.end(ctx, s,
			failed("the refresh token was sent twice without an answer, so it may be spent", "",
				nil))
	}
	return nil
}

// withoutToken says why a session has no refresh token.
func withoutToken(scope string) string {
	if slices.Contains(strings.Fields(scope), "offline_access") {
		return "offline_access was granted, but no refresh token was issued or the application did not keep it"
	}
	return "request the scope offline_access at the login, and make sure that the client may use it"
}

// send exchanges the refresh token of s, and sends it again if the connection
// broke before an answer came. The attempt is stored first, so that it is known
// even if the process dies meanwhile. The answer is as in exchange.
func (c *Client) send(ctx context.Context, s *Session, endpoint string) (answer, error) {
	for {
		s.Sent++
		c.save(ctx, s)
		a, err := c.exchange(ctx, endpoint, s.RefreshToken)
		u, silent := errors.AsType[*unanswered](err)
		switch {
		case !silent:
			s.Sent = 0
			return a, err
		case !u.sent:
			s.Sent--
			return answer{}, err
		case !u.broke || s.Sent >= maxSends || ctx.Err() != nil:
			return answer{}, err
		}
	}
}

// unsuccessful handles an exchange that has brought no tokens.
func (c *Client) unsuccessful(ctx context.Context, s *Session, failure error) *verifier.Error {
	r, answered := errors.AsType[*refusal](failure)
	if !answered {
		return c.postpone(ctx, s, failed("the token endpoint did not answer", "", failure))
	}
	detail, hint := meaning(r.cause)
	err := failed(detail, hint, r.cause)
	if isInvalidGrant(failure) {
		return c.end(ctx, s, err)
	}
	err.RetryAfter = r.retryAfter
	return c.postpone(ctx, s, err)
}

// isInvalidGrant reports whether the refresh token was refused. RFC 6749, 5.2.
func isInvalidGrant(failure error) bool {
	e, ok := errors.AsType[*OAuthError](failure)
	return ok && e.Code == "invalid_grant"
}

// postpone stores when the next attempt may be made: not before err.RetryAfter,
// which it sets to that.
func (c *Client) postpone(ctx context.Context, s *Session, err *verifier.Error) *verifier.Error {
	pause := min(lastPause, firstPause<<min(s.Failures, 6))
	pause -= time.Duration(c.cfg.Random() * float64(pause) / 5)
	err.RetryAfter = max(pause, min(err.RetryAfter, maxRetryAfter))
	s.Failures++
	s.NotBefore = c.cfg.Now().Add(err.RetryAfter)
	c.save(ctx, s)
	return err
}

// end deletes a session that can no longer be renewed.
func (c *Client) end(ctx context.Context, s *Session, err *verifier.Error) *verifier.Error {
	err.Err = errors.Join(err.Err, c.delete(context.WithoutCancel(ctx), s.ID))
	return ended(err)
}

// adopt verifies the tokens of an answer and returns the session with them. An
// ID Token that is refused does not extend s.
func (c *Client) adopt(ctx context.Context, s *Session, a answer) (*Session, *verifier.Error) {
	now := c.cfg.Now()
	next := s.bare()
	if a.IDToken != "" {
		t, err := c.cfg.Verifier.VerifyWith(ctx, a.IDToken, verifier.Inputs{
			AccessToken: a.AccessToken,
		})
		if err != nil {
			return nil, explain(s, a.IDToken, err)
		}
		if refused := compare(s, t); refused != nil {
			return nil, refused
		}
		next.Token, next.IDToken, next.IDExpiry, next.IssuedAt = t, a.IDToken, t.Expiry, t.IssuedAt
	}
	next.AccessToken = a.AccessToken
	if a.Scope != "" {
		next.Scope = a.Scope
	}
	next.Failures, next.NotBefore = 0, time.Time{}
	life, known := a.life()
	c.schedule(next, now, life, known)
	next.Notes = notes(s, next)
	return next, nil
}

// unknownLife is the assumed life of an access token whose life is unknown:
// Scalekit's default.
const unknownLife = 5 * time.Minute

// schedule sets when the access token of s expires, which lives that long if
// that is known, and when s should be refreshed: a margin before the first of its
// tokens expires, and no later than after three quarters of its life. An ID
// Token that a refresh did not renew is no reason to refresh again.
func (c *Client) schedule(s *Session, now time.Time, life time.Duration, known bool) {
	s.AccessExpiry, s.RefreshAt = time.Time{}, time.Time{}
	if known {
		s.AccessExpiry = now.Add(life)
	} else {
		life = unknownLife
	}
	if s.RefreshToken == "" {
		return
	}
	if s.Token != nil {
		life = min(life, s.Token.Expiry.Sub(now))
	}
	margin := c.cfg.margin()
	margin += time.Duration(c.cfg.Random() * float64(margin) / 4)
	wait := life - margin
	if life < 4*c.cfg.margin() {
		wait = life * 3 / 4
	}
	s.RefreshAt = now.Add(max(wait, time.Second))
}

// discoveredFor is how long a discovered token endpoint is used before it is
// looked up again.
const discoveredFor = 24 * time.Hour

// tokenEndpoint returns where to send refresh requests. An endpoint that cannot
// be looked up again stays in use.
func (c *Client) tokenEndpoint(ctx context.Context) (string, error) {
	if c.cfg.TokenEndpoint != "" {
		return c.cfg.TokenEndpoint, nil
	}
	c.endpointMu.Lock()
	defer c.endpointMu.Unlock()
	now := c.cfg.Now()
	if c.endpoint != "" && now.Sub(c.foundAt).Abs() < discoveredFor {
		return c.endpoint, nil
	}
	found, err := c.discover(ctx)
	if err == nil {
		c.endpoint, c.foundAt = found, now
	}
	if c.endpoint == "" {
		return "", err
	}
	return c.endpoint, nil
}

// discover looks up the token endpoint in the metadata of the provider.
func (c *Client) discover(ctx context.Context) (string, error) {
	m, err := verifier.Discover(ctx, c.cfg.Issuer, verifier.RemoteConfig{
		Transport: c.transport, LoopbackHTTP: c.cfg.LoopbackHTTP, FetchTimeout: c.cfg.timeout(),
	})
	if err == nil && m.TokenEndpoint == "" {
		err = errors.New("the provider metadata has no usable token_endpoint")
	}
	return m.TokenEndpoint, err
}

// KeepAlive refreshes a session whenever that is due, until ctx ends or the user
// has to sign in again, and returns why it ended. changed, if not nil, is called
// after every attempt with the renewed session or the error of Refresh.
// KeepAlive is for processes that hold few sessions for a long time; a server
// that calls Current for each request does not need it.
func (c *Client) KeepAlive(ctx context.Context, id string, changed func(*Session, error)) error {
	pause := time.Duration(0)
	for {
		s, err := c.load(ctx, id)
		if err != nil {
			return err
		}
		if s.RefreshToken == "" {
			return c.mayRefresh(ctx, s)
		}
		now := c.cfg.Now()
		select {
		case <-time.After(max(s.RefreshAt.Sub(now), s.NotBefore.Sub(now), pause)):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		renewed, err := c.Refresh(ctx, s)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if changed != nil {
			changed(renewed, err)
		}
		if errors.Is(err, ErrSignInRequired) || errors.Is(err, errClosed) {
			return err
		}
		pause = firstPause // at least, even if the session in the store is due
	}
}
