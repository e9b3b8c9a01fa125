package charmock

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// ticket is one that was issued.
type ticket struct {
	identity Identity
	expiry   time.Time
	used     bool
}

// issued is the documented answer of both exchanges.
type issued struct {
	Ticket    string `json:"ticket"`
	UserID    string `json:"userId"`
	OrgID     string `json:"orgId"`
	ExpiresAt int64  `json:"expiresAt"` // milliseconds since 1970
	ExpiresIn int64  `json:"expiresIn"` // seconds
}

// ticketForBearer is POST /api/auth/ticket: a server sends the ID Token in the
// Authorization header.
func (s *Server) ticketForBearer(r *http.Request) (any, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return nil, &Refusal{
			Code: "INVALID_TOKEN", Message: "no ID Token: want Authorization: Bearer and the token",
		}
	}
	if err := s.checkClientID(r); err != nil {
		return nil, err
	}
	identity, err := s.verify(r.Context(), "ticket", token)
	if err != nil {
		return nil, err
	}
	return s.issue(identity), nil
}

// ticketForKey is POST /api/auth/pk-ticket: a page sends its publishable key,
// and the ID Token if it has one. Whatever is wrong with the key or the origin
// hides what is wrong with the token.
func (s *Server) ticketForKey(r *http.Request) (any, error) {
	var body struct {
		PublishableKey  string  `json:"publishable_key"`
		IDToken         *string `json:"id_token"`
		EmbeddingOrigin string  `json:"embedding_origin"`
	}
	if err := readBody(r, &body); err != nil {
		return nil, err
	}
	if body.PublishableKey == "" {
		return nil, invalidBody("publishable_key is missing")
	}
	i := slices.IndexFunc(s.cfg.Keys, func(k PublishableKey) bool {
		return k.Key == body.PublishableKey && !k.Revoked
	})
	if i < 0 {
		return nil, &failure{
			http.StatusUnauthorized, CodeInvalidKey,
			"the publishable key is malformed, unknown or revoked",
		}
	}
	key := s.cfg.Keys[i]
	origin := r.Header.Get("Origin")
	if origin == "" {
		origin = body.EmbeddingOrigin
	}
	if !key.admits(origin) {
		return nil, &failure{
			http.StatusForbidden, CodeOriginNotAllowed, "the key is not for this origin",
		}
	}
	if body.IDToken == nil {
		return s.issue(Identity{
			UserID: "anonymous_" + rand.Text()[:12], OrganizationID: key.Organization,
		}), nil
	}
	identity, err := s.verify(r.Context(), "publishable key", *body.IDToken)
	if err != nil {
		return nil, err
	}
	identity.OrganizationID = key.Organization
	return s.issue(identity), nil
}

// checkClientID refuses a client ID that connect() was called with and that is
// not among the allowed ones. A server that asks for a ticket sends no body.
func (s *Server) checkClientID(r *http.Request) error {
	if s.settings == nil || r.ContentLength == 0 {
		return nil
	}
	var body struct {
		ClientID string `json:"client_id"`
	}
	if err := readBody(r, &body); err != nil {
		return err
	}
	allowed := s.settings.current().ClientIDs
	if body.ClientID == "" || slices.Contains(allowed, body.ClientID) {
		return nil
	}
	refusal := &Refusal{
		Code:    "INVALID_AUDIENCE",
		Message: fmt.Sprintf("connect() was called with the clientId %q, want one of the allowed client IDs", body.ClientID),
	}
	s.log.add(connection{at: s.cfg.Now(), way: "ticket", err: refusal})
	return refusal
}

// issue makes a ticket.
func (s *Server) issue(identity Identity) issued {
	id, expiry := rand.Text(), s.cfg.Now().Add(s.cfg.TicketLifetime)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.order) == maxTickets {
		delete(s.tickets, s.order[0])
		s.order = slices.Delete(s.order, 0, 1)
	}
	s.tickets[id], s.order = &ticket{identity: identity, expiry: expiry}, append(s.order, id)
	return issued{
		Ticket: id, UserID: identity.UserID, OrgID: identity.OrganizationID,
		ExpiresAt: expiry.UnixMilli(), ExpiresIn: int64(s.cfg.TicketLifetime / time.Second),
	}
}

// connect is POST /api/connect: a ticket opens a session, once and before its
// end. What has become of the ID Token since does not matter.
func (s *Server) connect(r *http.Request) (any, error) {
	var body struct {
		Ticket string `json:"ticket"`
	}
	if err := readBody(r, &body); err != nil {
		return nil, err
	}
	now := s.cfg.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tickets[body.Ticket]
	why := ""
	switch {
	case t == nil:
		why = "the ticket is unknown"
	case t.used:
		why = "the ticket was used before"
	case !now.Before(t.expiry):
		why = "the ticket has expired"
	}
	if why != "" {
		return nil, &failure{http.StatusUnauthorized, CodeInvalidTicket, why}
	}
	t.used = true
	return map[string]string{
		"userId": t.identity.UserID, "orgId": t.identity.OrganizationID,
		"email": t.identity.Email, "name": t.identity.Name,
	}, nil
}

// testConnection is POST /api/identity-providers/test. It is a discovery: it
// takes no token, so that it cannot see a wrong client ID.
func (s *Server) testConnection(r *http.Request) (any, error) {
	var body struct {
		Type   string `json:"idp_type"`
		Issuer string `json:"idp_issuer"`
	}
	if err := readBody(r, &body); err != nil {
		return nil, err
	}
	if body.Type == "" || body.Issuer == "" {
		return nil, invalidBody("idp_type or idp_issuer is missing")
	}
	type answer struct {
		Success bool    `json:"success"`
		Issuer  *string `json:"issuer"`
		JWKSURI *string `json:"jwks_uri"`
		Error   *string `json:"error"`
	}
	found, err := s.probe(r.Context(), body.Issuer)
	if err != nil {
		why := err.Error()
		return answer{Error: &why}, nil
	}
	return answer{Success: true, Issuer: &found.Issuer, JWKSURI: &found.JWKSURI}, nil
}

func (s *Server) probe(ctx context.Context, issuer string) (Connection, error) {
	if s.cfg.Probe == nil {
		return Connection{}, errors.New("there is no probe")
	}
	return s.cfg.Probe(ctx, issuer)
}
