package directory

import "time"

// Session is one login of a user, which Scalekit calls a session and names by
// the sid: what the tokens, the browser and the SDKs know of it. A client that
// acts on its own has one with nothing but a Subject.
//
// A Session that others can see is never changed; changes are made to copies.
type Session struct {
	// Subject is the sub of the tokens.
	Subject string

	// The rest is zero for a client that acts on its own.
	User         *User
	Membership   *Membership // nil: signed in to no organization
	Organization *Organization
	ConnectionID string
	Confirmed    []string  // what amr says about the second factor; nil: there was none
	ID           string    // the sid
	AuthTime     time.Time // on the clock of the environment

	// Nonce and MaxAge belong to the authorization request that the session
	// answers: its nonce, and whether it had max_age, so that auth_time is
	// required.
	Nonce  string
	MaxAge bool
}

// Join moves the session to an organization of its user, or to none.
func (s *Session) Join(o *Organization) {
	s.Organization, s.Membership = nil, nil
	if o != nil {
		s.Organization, s.Membership = o, s.User.Membership(o.ID)
	}
}

// The states of a session, as Scalekit names them.
const (
	SessionActive  = "active"
	SessionRevoked = "revoked"
)
