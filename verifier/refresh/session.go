package refresh

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/verifier"
)

// Session is a user's session with the tokens that keep it alive. The tokens
// are credentials: neither printing nor logging a Session shows them, but
// encoding it as JSON does, which is for stores.
type Session struct {
	// ID names the session in the store. The caller chooses it, preferably at
	// random.
	ID string `json:"id"`

	// First holds claims of the ID Token of the login. Every later ID Token is
	// compared with it.
	First Identity `json:"first"`

	// The current tokens. IDToken stays the old one if a refresh brings none.
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	IDToken      string `json:"id_token"`

	// Scope is the scope of the access token, which a refresh may narrow.
	Scope string `json:"scope"`

	// AccessExpiry and IDExpiry are when those tokens expire. Zero means
	// unknown.
	AccessExpiry time.Time `json:"access_expiry,omitzero"`
	IDExpiry     time.Time `json:"id_expiry,omitzero"`

	// RefreshAt is when the session should be refreshed: a margin before the
	// earlier expiry. Zero means that it cannot be refreshed.
	RefreshAt time.Time `json:"refresh_at,omitzero"`

	// Generation counts the refresh tokens that answers have brought. The
	// higher it is, the newer is the state of the session.
	Generation uint64 `json:"generation"`

	// IssuedAt is the iat of the last ID Token that was accepted.
	IssuedAt time.Time `json:"issued_at,omitzero"`

	// Failures counts the exchanges that failed since the last success, and
	// NotBefore is when the next may be made.
	Failures  int       `json:"failures,omitempty"`
	NotBefore time.Time `json:"not_before,omitzero"`

	// Sent counts how often RefreshToken was sent without an answer.
	Sent int `json:"sent,omitempty"`

	// Token is the ID Token that the last refresh brought, verified. Nil if it
	// brought none, and in a session from a store.
	Token *verifier.Token `json:"-"`

	// Notes are what is noteworthy about the last refresh, although it
	// succeeded.
	Notes []Note `json:"-"`
}

// Note is something noteworthy about a refresh that succeeded.
type Note string

// The notes.
const (
	// NoteNoIDToken: the answer had no id_token. The session keeps the old one.
	// Once that has expired, it is refused with TOKEN_EXPIRED wherever an ID
	// Token is needed.
	NoteNoIDToken Note = "no id_token"
	// NoteNoExpiry: the answer had no expires_in.
	NoteNoExpiry Note = "no expires_in"
	// NoteSameIssuedAt: the new ID Token has the same iat as the last one.
	NoteSameIssuedAt Note = "iat unchanged"
	// NoteScopeNarrowed: the scope is smaller than before.
	NoteScopeNarrowed Note = "scope narrowed"
	// NoteNotStored: the store failed, and the session is kept in memory until
	// it can be stored.
	NoteNotStored Note = "not stored"
	// NoteSessionChanged: sid has changed, so single logout by the old sid does
	// not reach this session.
	NoteSessionChanged Note = "sid changed"
)

// Identity holds the claims that a session keeps of the ID Token of its login.
type Identity struct {
	Issuer         string    `json:"iss"`
	Subject        string    `json:"sub"`
	Audience       []string  `json:"aud"`
	Nonce          string    `json:"nonce,omitempty"`
	Party          string    `json:"azp,omitempty"`
	OrganizationID string    `json:"oid,omitempty"`
	SessionID      string    `json:"sid,omitempty"`
	IssuedAt       time.Time `json:"iat,omitzero"`
	AuthTime       time.Time `json:"auth_time,omitzero"`
}

// identityOf returns the claims that a session keeps of a verified token.
func identityOf(t *verifier.Token) Identity {
	return Identity{
		Issuer: t.Issuer, Subject: t.Subject, Audience: slices.Clone(t.Audience), Nonce: t.Nonce,
		Party: t.AuthorizedParty, OrganizationID: t.OrganizationID, SessionID: t.SessionID,
		IssuedAt: t.IssuedAt, AuthTime: t.AuthTime,
	}
}

// clone returns a copy that shares nothing mutable with s.
func (s *Session) clone() *Session {
	c := *s
	c.First.Audience = slices.Clone(s.First.Audience)
	c.Notes = slices.Clone(s.Notes)
	return &c
}

// bare returns a copy without what belongs to the last refresh alone, and what
// no store keeps.
func (s *Session) bare() *Session {
	c := s.clone()
	c.Token, c.Notes = nil, nil
	return c
}

// rotate replaces the refresh token if an answer has brought one.
func (s *Session) rotate(token string) {
	if token != "" {
		s.RefreshToken = token
		s.Generation++
	}
}

// lastIssuedAt returns the iat of the last ID Token, or else of the first one.
func (s *Session) lastIssuedAt() time.Time {
	if s.IssuedAt.IsZero() {
		return s.First.IssuedAt
	}
	return s.IssuedAt
}

// notes returns what is noteworthy about a refresh that made next of s.
func notes(s, next *Session) (list []Note) {
	for _, n := range []struct {
		note    Note
		applies bool
	}{
		{NoteNoIDToken, next.Token == nil},
		{NoteSameIssuedAt, next.Token != nil && next.IssuedAt.Equal(s.lastIssuedAt())},
		{NoteSessionChanged, next.Token != nil && s.First.SessionID != "" && next.Token.SessionID != s.First.SessionID},
		{NoteNoExpiry, next.AccessExpiry.IsZero()},
		{NoteScopeNarrowed, narrowed(s.Scope, next.Scope)},
	} {
		if n.applies {
			list = append(list, n.note)
		}
	}
	return list
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

// expiry returns the earlier of the known expiries, or zero.
func (s *Session) expiry() time.Time {
	if s.AccessExpiry.IsZero() || !s.IDExpiry.IsZero() && s.IDExpiry.Before(s.AccessExpiry) {
		return s.IDExpiry
	}
	return s.AccessExpiry
}

// Alive reports whether no token of s with a known expiry has expired at now.
func (s *Session) Alive(now time.Time) bool {
	end := s.expiry()
	return end.IsZero() || now.Before(end)
}

// Due reports whether s should have been refreshed by now.
func (s *Session) Due(now time.Time) bool {
	return !s.RefreshAt.IsZero() && !now.Before(s.RefreshAt)
}

// LogValue implements slog.LogValuer. It shows no token.
func (s Session) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("iss", s.First.Issuer), slog.String("sub", s.First.Subject),
		slog.Uint64("generation", s.Generation), slog.Bool("refreshable", s.RefreshToken != ""),
	}
	if !s.RefreshAt.IsZero() {
		attrs = append(attrs, slog.Time("refresh_at", s.RefreshAt))
	}
	if s.Failures > 0 {
		attrs = append(attrs, slog.Int("failures", s.Failures))
	}
	if len(s.Notes) > 0 {
		attrs = append(attrs, slog.Any("notes", s.Notes))
	}
	return slog.GroupValue(attrs...)
}

// Format implements fmt.Formatter, so that no verb prints a token. The ID is
// not shown either: it may be what the browser holds.
func (s Session) Format(f fmt.State, _ rune) {
	io.WriteString(f, "session of "+s.First.Subject+" at "+s.First.Issuer)
}
