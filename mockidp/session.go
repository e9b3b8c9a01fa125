package mockidp

import (
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/token/jwt"
)

// session is what a login or a client leaves behind for the tokens that
// follow from it. It is the fosite session of every request; a stored one is
// never changed, fosite works on clones.
//
// It deliberately has no expiry times. fosite judges them by the clock of the
// process; here the store does it, by the clock of the environment.
type session struct {
	subject string

	// The rest is zero for a client on its own.
	user       *User
	membership *Membership // nil: a user without an organization
	org        *Organization
	connection string
	sid        string
	nonce      string
	authTime   time.Time // by the clock of the environment
	maxAge     bool      // the request had max_age, so auth_time is required

	// prompt is what fosite checks prompt and max_age against, by the clock
	// of the process. No token is made from it.
	prompt jwt.IDTokenClaims
}

// Clone implements [fosite.Session]. What the pointers lead to never changes.
func (s *session) Clone() fosite.Session {
	clone := *s
	return &clone
}

// GetSubject implements [fosite.Session].
func (s *session) GetSubject() string { return s.subject }

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
