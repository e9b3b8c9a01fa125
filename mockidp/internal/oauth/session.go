package oauth

import (
	"fmt"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/token/jwt"

	"github.com/assay-id/assay/mockidp/directory"
)

// session shows a [directory.Session] to fosite. A stored one is never changed:
// fosite works on clones.
//
// It deliberately has no expiry times. fosite compares those with the clock of
// the process; here the store does it, with the clock of the environment.
type session struct {
	directory.Session

	// prompt is what fosite checks prompt and max_age against, by the clock
	// of the process. No token is made from it.
	prompt jwt.IDTokenClaims
}

// newSession returns a session for one authorization request.
func newSession(login *directory.Session) *session {
	s := &session{Session: *login}
	// fosite compares these two times with each other, to the nanosecond.
	// Whether somebody has to sign in again was decided before.
	s.prompt.Subject = s.Subject
	s.prompt.AuthTime = time.Now().UTC().Truncate(time.Second)
	s.prompt.RequestedAt = s.prompt.AuthTime
	return s
}

// Clone implements [fosite.Session]. What the pointers lead to never changes.
func (s *session) Clone() fosite.Session {
	clone := *s
	return &clone
}

// GetSubject implements [fosite.Session].
func (s *session) GetSubject() string { return s.Subject }

// GetUsername implements [fosite.Session].
func (s *session) GetUsername() string { return "" }

// SetExpiresAt implements [fosite.Session] and does nothing.
func (s *session) SetExpiresAt(fosite.TokenType, time.Time) {}

// GetExpiresAt implements [fosite.Session]. With the zero time fosite leaves
// the question open and reports the whole lifetime as expires_in.
func (s *session) GetExpiresAt(fosite.TokenType) time.Time { return time.Time{} }

// IDTokenClaims implements openid.Session.
func (s *session) IDTokenClaims() *jwt.IDTokenClaims { return &s.prompt }

// IDTokenHeaders implements openid.Session.
func (s *session) IDTokenHeaders() *jwt.Headers { return jwt.NewHeaders() }

// grantOf returns what a request was granted.
func grantOf(r fosite.Requester) (Grant, error) {
	s, ok := r.GetSession().(*session)
	if !ok {
		return Grant{}, fmt.Errorf("the session is a %T, want a *session", r.GetSession())
	}
	return Grant{
		Session:  &s.Session,
		ClientID: r.GetClient().GetID(),
		Scopes:   r.GetGrantedScopes(),
		Audience: r.GetGrantedAudience(),
	}, nil
}
