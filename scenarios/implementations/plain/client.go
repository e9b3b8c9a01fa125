package plain

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/assay-id/assay/verifier"
)

// Client is a plain OAuth client that keeps sessions alive, the counterpart of
// the package refresh as [Verifier] is of the package verifier: it shares none of
// its code, and a [Liar] bends it. Safe for concurrent use.
type Client struct {
	*Verifier
	id, secret string

	mu       sync.Mutex
	sessions map[string]*session

	endpoint atomic.Pointer[string] // as it was last looked up
}

// NewClient returns a client that verifies ID Tokens with p and authenticates
// with client_secret_post.
func NewClient(p *Verifier, id, secret string) *Client {
	return &Client{Verifier: p, id: id, secret: secret, sessions: make(map[string]*session)}
}

// Tokens are the tokens of one session, as the last answer left them.
type Tokens struct {
	AccessToken, RefreshToken, IDToken, Scope string

	Claims map[string]any // the claims of IDToken
}

// session is one session and its state.
type session struct {
	turn chan struct{} // holds one value while a caller exchanges tokens

	// These belong to the caller who has the turn, and are written under
	// Client.mu.
	first     map[string]any // claims of the login
	tokens    Tokens
	rounds    int             // how many exchanges there were
	refusal   *verifier.Error // why the last exchange failed; nil if it did not
	ended     bool
	sent      int // how often the refresh token was sent without an answer
	failures  int
	failedAt  time.Time // no attempt is made from then until notBefore
	notBefore time.Time
}

// Begin verifies the ID Token of a login and keeps the session under name.
func (c *Client) Begin(ctx context.Context, name string, login Tokens, nonce *string) error {
	claims, err := c.VerifyWith(ctx, login.IDToken, verifier.Inputs{
		Nonce: nonce, AccessToken: login.AccessToken,
	})
	if err != nil {
		return err
	}
	login.Claims = claims
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions[name] = &session{turn: make(chan struct{}, 1), first: claims, tokens: login}
	return nil
}

// Refresh refreshes the session called name, one caller at a time. Callers who
// had to wait get the result of the exchange that they waited for.
func (c *Client) Refresh(ctx context.Context, name string) (Tokens, error) {
	c.mu.Lock()
	s := c.sessions[name]
	c.mu.Unlock()
	if s == nil {
		return Tokens{}, refreshFailed("there is no such session")
	}
	if c.habits.client.pretends {
		return c.state(s).tokens, nil
	}
	if !c.habits.client.stampedes {
		before := c.state(s)
		select {
		case before.turn <- struct{}{}:
		case <-ctx.Done():
			return Tokens{}, refreshFailed("the caller gave up")
		}
		defer func() { <-before.turn }()
		if now := c.state(s); now.rounds != before.rounds {
			return now.result()
		}
	}
	next := c.exchange(ctx, c.state(s))
	next.rounds++
	c.mu.Lock()
	*s = next
	c.mu.Unlock()
	return next.result()
}

// state returns a copy of a session.
func (c *Client) state(s *session) session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *s
}

// pausing reports whether the last attempt failed too recently for another. A
// clock that was set back ends the pause, unless it is trusted.
func (s *session) pausing(now time.Time, trusted bool) bool {
	return now.Before(s.notBefore) && (trusted || !now.Before(s.failedAt))
}

// endsSession reports whether a session cannot continue: its refresh token is no
// good, or belongs to somebody else. RFC 6749, 5.2; OIDC Core 1.0, 12.2.
func endsSession(failure *noTokens, refusal *verifier.Error) bool {
	return failure != nil && failure.code == "invalid_grant" ||
		refusal != nil && refusal.Reason == verifier.ReasonRefreshMismatch
}

func (s *session) result() (Tokens, error) {
	if s.refusal != nil {
		return Tokens{}, s.refusal
	}
	return s.tokens, nil
}

func refreshFailed(detail string) *verifier.Error {
	return &verifier.Error{Reason: verifier.ReasonRefreshFailed, Detail: detail}
}

// exchange returns the session after an attempt to refresh it.
func (c *Client) exchange(ctx context.Context, s session) session {
	now := c.policy.now()
	switch s.refusal = nil; {
	case s.ended:
		s.refusal = refreshFailed("the session has ended: sign in again")
	case s.tokens.RefreshToken == "" && !c.habits.client.asksWithout:
		s.refusal = refreshFailed("there is no refresh token: ask for offline_access at the login")
	case s.pausing(now, c.habits.cache.trustsClock):
		s.refusal = refreshFailed("the last attempt failed a moment ago")
	}
	if s.refusal != nil {
		return s
	}
	sent := s.tokens.RefreshToken
	if c.habits.client.forgetsSends {
		s.sent = 0
	}
	answer, failure := c.send(ctx, &s)
	if answer.RefreshToken != "" && !c.habits.client.keepsFirstToken {
		s.tokens.RefreshToken = answer.RefreshToken // RFC 6749, 6
	}
	if failure != nil {
		s.refusal = failure.error
		s.ended = c.habits.client.ends(failure, nil) || s.sent >= mostSends && !c.habits.client.forgetsSends
		s.failures++
		s.failedAt, s.notBefore = now, now.Add(pauseAfter(c.habits.client.pause, s.failures, failure.retryAfter))
		return s
	}
	s.sent, s.notBefore = 0, time.Time{}
	if !c.habits.client.neverForgives {
		s.failures = 0
	}
	held, refusal := c.adopt(ctx, s, answer)
	if refusal != nil {
		s.refusal = refusal
		s.ended = c.habits.client.ends(nil, refusal)
		if c.habits.client.commitsLate {
			s.tokens.RefreshToken = sent
		}
		return s
	}
	s.tokens = held
	return s
}

// adopt verifies the tokens of an answer and returns those of the session
// afterwards.
func (c *Client) adopt(ctx context.Context, s session, answer Tokens) (Tokens, *verifier.Error) {
	next := s.tokens
	next.AccessToken = answer.AccessToken
	if answer.Scope != "" {
		next.Scope = answer.Scope
	}
	if answer.IDToken == "" {
		return next, nil
	}
	claims, err := c.habits.client.verify(c.Verifier, ctx, answer)
	if refusal, ok := errors.AsType[*verifier.Error](err); ok {
		if refusal.Reason == verifier.ReasonInvalidIssuer {
			return Tokens{}, mismatch("iss")
		}
		return Tokens{}, refusal
	}
	for _, check := range c.habits.client.checks {
		if !check.continues(s, claims) {
			return Tokens{}, mismatch(check.claim)
		}
	}
	next.IDToken, next.Claims = answer.IDToken, claims
	return next, nil
}

func mismatch(claim string) *verifier.Error {
	return &verifier.Error{
		Reason: verifier.ReasonRefreshMismatch, Claim: claim, Verified: true,
		Detail: "differs from the first ID Token",
	}
}
