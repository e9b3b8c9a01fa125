package refresh

import (
	"context"
	"errors"
	"net/http"
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

// refresh carries out one refresh. It changes s only by replacing it.
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
	if err := c.mayRefresh(ctx, s); err != nil {
		return nil, err
	}
	endpoint, found := c.tokenEndpoint(ctx)
	if found != nil {
		return nil, c.postpone(ctx, s, 0, failed("the token endpoint is not known", "", found))
	}
	a, failure := c.send(ctx, s, endpoint)
	if newer := c.overtaken(ctx, s, failure); newer != nil {
		return newer, nil
	}
	if failure != nil && a.refreshToken == "" {
		return nil, c.unsuccessful(ctx, s, failure)
	}
	// The token that was sent is spent now. Its successor is stored before
	// anything can go wrong, and before it is used.
	s.Sent = 0
	if a.refreshToken != "" && a.refreshToken != s.RefreshToken {
		s.RefreshToken = a.refreshToken
		s.Generation++
	}
	stored := c.save(ctx, s)
	if failure != nil {
		return nil, c.unsuccessful(ctx, s, failure)
	}
	next, err := c.adopt(ctx, s, a)
	if err != nil {
		if err.Reason == verifier.ReasonRefreshMismatch {
			return nil, c.end(ctx, s, err)
		}
		return nil, c.postpone(ctx, s, 0, err)
	}
	if !c.save(ctx, next) || !stored {
		next.Notes = append(next.Notes, NoteNotStored)
	}
	return next, nil
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
	if e, ok := errors.AsType[*OAuthError](failure); !ok || e.Code != "invalid_grant" {
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
	if s.RefreshToken == "" {
		hint := "request the scope offline_access at the login, and make sure that the client may use it"
		if slices.Contains(strings.Fields(s.Scope), "offline_access") {
			hint = "offline_access was granted, but no refresh token was issued or the application did not keep it"
		}
		return failed("the session has no refresh token", hint, ErrSignInRequired)
	}
	if wait := s.NotBefore.Sub(c.cfg.Now()); wait > 0 && wait <= maxRetryAfter {
		return failedUntil(wait, "the last attempt failed, and it is too early for the next", nil)
	}
	if s.Sent >= maxSends {
		return c.end(ctx, s,
			failed("the refresh token was sent twice without an answer, so it may be spent", "",
				nil))
	}
	return nil
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
		if !silent {
			return a, err
		}
		if !u.sent {
			s.Sent--
		}
		if !u.sent || !u.broke || s.Sent >= maxSends || ctx.Err() != nil {
			return answer{}, err
		}
	}
}

// unsuccessful handles an exchange that has brought no tokens.
func (c *Client) unsuccessful(ctx context.Context, s *Session, err error) *verifier.Error {
	if u, silent := errors.AsType[*unanswered](err); silent {
		return c.postpone(ctx, s, 0, failed("the token endpoint did not answer", "", u))
	}
	s.Sent = 0
	r, _ := errors.AsType[*refusal](err)
	e, isOAuth := errors.AsType[*OAuthError](err)
	if !isOAuth {
		return c.postpone(ctx, s, 0,
			failed("the token endpoint answered with something other than tokens", "", r.cause))
	}
	switch {
	case e.Code == "invalid_grant":
		return c.end(ctx, s, failed("the refresh token was refused",
			"it has expired, was revoked with the session, or was used before", e))
	case e.Code == "invalid_client":
		return c.postpone(ctx, s, r.retryAfter, failed("the client was refused",
			"the client secret is wrong or belongs to another environment; a value that begins with sks_ is the ID of a secret", e))
	case e.Code == "unauthorized_client":
		return c.postpone(ctx, s, r.retryAfter, failed("the client was refused",
			"it is not allowed to use refresh tokens", e))
	case e.Status == http.StatusTooManyRequests:
		return c.postpone(ctx, s, r.retryAfter, failed("the token endpoint asks to wait", "", e))
	}
	return c.postpone(ctx, s, r.retryAfter, failed("the token endpoint failed", "", e))
}

// postpone stores when the next attempt may be made, and sets err.RetryAfter.
func (c *Client) postpone(
	ctx context.Context, s *Session, retryAfter time.Duration, err *verifier.Error,
) *verifier.Error {
	pause := lastPause
	if s.Failures < 6 {
		pause = min(lastPause, firstPause<<s.Failures)
	}
	pause -= time.Duration(c.cfg.Random() * float64(pause) / 5)
	pause = max(pause, min(retryAfter, maxRetryAfter))
	s.Failures++
	s.NotBefore = c.cfg.Now().Add(pause)
	c.save(ctx, s)
	err.RetryAfter = pause
	return err
}

// end deletes a session that can no longer be renewed.
func (c *Client) end(ctx context.Context, s *Session, err *verifier.Error) *verifier.Error {
	if deleteErr := c.delete(context.WithoutCancel(ctx), s.ID); deleteErr != nil {
		err.Err = errors.Join(err.Err, deleteErr)
	}
	return ended(err)
}

// adopt verifies the tokens of an answer and returns the session with them. An
// ID Token that is refused does not extend s.
func (c *Client) adopt(ctx context.Context, s *Session, a answer) (*Session, *verifier.Error) {
	now := c.cfg.Now()
	next := s.clone()
	next.Token, next.Notes = nil, nil
	if a.idToken == "" {
		next.Notes = append(next.Notes, NoteNoIDToken)
	} else {
		t, err := c.cfg.Verifier.VerifyWith(ctx, a.idToken, verifier.Inputs{
			AccessToken: a.accessToken,
		})
		if err != nil {
			return nil, explain(s, a.idToken, err)
		}
		notes, refused := compare(s, t)
		if refused != nil {
			return nil, refused
		}
		next.Notes = append(next.Notes, notes...)
		next.Token, next.IDToken, next.IDExpiry, next.IssuedAt = t, a.idToken, t.Expiry, t.IssuedAt
	}
	next.AccessToken, next.AccessExpiry = a.accessToken, time.Time{}
	if a.hasExpiry {
		next.AccessExpiry = now.Add(a.expiresIn)
	} else {
		next.Notes = append(next.Notes, NoteNoExpiry)
	}
	if a.scope != "" {
		if narrowed(s.Scope, a.scope) {
			next.Notes = append(next.Notes, NoteScopeNarrowed)
		}
		next.Scope = a.scope
	}
	next.Failures, next.NotBefore = 0, time.Time{}
	c.schedule(next, now)
	return next, nil
}

// narrowed reports whether a scope lacks a word of an earlier one.
func narrowed(before, after string) bool {
	words := strings.Fields(after)
	for _, w := range strings.Fields(before) {
		if !slices.Contains(words, w) {
			return true
		}
	}
	return false
}

// unknownLife is the assumed life of an access token whose life is unknown:
// Scalekit's default.
const unknownLife = 5 * time.Minute

// schedule sets when s should be refreshed: a margin before the first of its
// tokens expires, and no later than after three quarters of its life. An ID
// Token that a refresh did not renew is no reason to refresh again.
func (c *Client) schedule(s *Session, now time.Time) {
	if s.RefreshToken == "" {
		s.RefreshAt = time.Time{}
		return
	}
	life := unknownLife
	if !s.AccessExpiry.IsZero() {
		life = s.AccessExpiry.Sub(now)
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

// tokenEndpoint returns where to send refresh requests.
func (c *Client) tokenEndpoint(ctx context.Context) (string, error) {
	if c.cfg.TokenEndpoint != "" {
		return c.cfg.TokenEndpoint, nil
	}
	c.endpointMu.Lock()
	defer c.endpointMu.Unlock()
	now := c.cfg.Now()
	if age := now.Sub(c.foundAt); c.endpoint != "" && age >= 0 && age < discoveredFor {
		return c.endpoint, nil
	}
	m, err := verifier.Discover(ctx, c.cfg.Issuer, verifier.RemoteConfig{
		Transport: c.cfg.Transport, LoopbackHTTP: c.cfg.LoopbackHTTP, FetchTimeout: c.cfg.timeout(), Now: c.cfg.Now,
	})
	switch {
	case err == nil && m.TokenEndpoint == "":
		err = errors.New("the provider metadata has no usable token_endpoint")
	case err == nil:
		c.endpoint, c.foundAt = m.TokenEndpoint, now
	}
	if c.endpoint == "" {
		return "", err
	}
	return c.endpoint, nil
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
		timer := time.NewTimer(max(s.RefreshAt.Sub(now), s.NotBefore.Sub(now), pause))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
		renewed, err := c.Refresh(ctx, s)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if changed != nil {
			changed(renewed, err)
		}
		switch {
		case err == nil:
			pause = 0
		case errors.Is(err, ErrSignInRequired), errors.Is(err, errClosed):
			return err
		default:
			pause = firstPause // even if the session in the store says otherwise
		}
	}
}
