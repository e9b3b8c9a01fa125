package mockidp

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ory/fosite"
)

// maxRows bounds each table of a store. A row takes about a kilobyte.
const maxRows = 1 << 16

// store is the memory of an environment: codes, tokens and what was revoked.
//
// All tokens that follow from one authorization request are a family; fosite
// knows it as the request ID. Revoking is marking the family, which also
// counts for tokens that are stored later by a request that is still running.
// Without that, the winner of a race for one refresh token would bring a
// family back to life after the loser has revoked it.
//
// Times are those of the environment's clock. A store is safe for concurrent
// use. fosite's own example store is not, and never forgets.
type store struct {
	now       func() time.Time
	lifetimes *EnvironmentConfig
	clients   map[string]*relyingParty
	logger    *slog.Logger

	mu       sync.Mutex
	codes    *table[*codeRow]
	identity *table[*fosite.Request] // the OpenID Connect half of a code
	proofs   *table[*fosite.Request] // the PKCE half of a code
	access   *table[*fosite.Request]
	refresh  *table[*refreshRow]
	families *table[*family]
	full     bool // a row was dropped before its time, and the log says so
}

type codeRow struct {
	request *fosite.Request
	used    bool
}

type refreshRow struct {
	request *fosite.Request
	usedAt  time.Time // zero: not used yet
}

type family struct {
	login   *session // nil for clients
	revoked bool
}

// The states of a session, as Scalekit names them.
const (
	sessionActive  = "active"
	sessionRevoked = "revoked"
)

func newStore(c *EnvironmentConfig, logger *slog.Logger) *store {
	s := &store{
		now:       c.Now,
		lifetimes: c,
		clients:   make(map[string]*relyingParty, len(c.Clients)),
		logger:    logger,
	}
	s.codes = newTable[*codeRow](maxRows, s.warnFull)
	s.identity = newTable[*fosite.Request](maxRows, s.warnFull)
	s.proofs = newTable[*fosite.Request](maxRows, s.warnFull)
	s.access = newTable[*fosite.Request](maxRows, s.warnFull)
	s.refresh = newTable[*refreshRow](maxRows, s.warnFull)
	s.families = newTable[*family](maxRows, s.warnFull)
	for _, client := range c.Clients {
		s.clients[client.ID] = &relyingParty{client, c}
	}
	return s
}

// warnFull says once that tokens are forgotten before their time.
func (s *store) warnFull() {
	if !s.full {
		s.full = true
		s.logger.Warn("store is full, the oldest rows are dropped", "rows", maxRows)
	}
}

// kept returns what the store keeps of a request: a copy whose session nobody
// else can change. fosite passes what Sanitize returned, which is this type.
func kept(r fosite.Requester) (*fosite.Request, error) {
	request, ok := r.(*fosite.Request)
	if !ok {
		return nil, fmt.Errorf("storing a %T, want a *fosite.Request", r)
	}
	return lent(request), nil
}

// lent returns a copy of what is kept, for fosite to work on.
func lent(r *fosite.Request) *fosite.Request {
	c := *r
	if r.Session != nil {
		c.Session = r.Session.Clone()
	}
	return &c
}

// join adds a token to the family of its request, or founds one. A family
// lives as long as its youngest token may.
func (s *store) join(r *fosite.Request, now time.Time) {
	id := r.GetID()
	f, ok := s.families.get(id, now)
	if !ok {
		f = &family{}
		if own, ok := r.Session.(*session); ok && own.user != nil {
			f.login = own
		}
	}
	longest := max(s.lifetimes.RefreshTokenLifetime, s.lifetimes.ClientCredentialsLifetime, s.lifetimes.AccessTokenLifetime)
	s.families.put(id, f, now, now.Add(longest+s.lifetimes.CodeLifetime))
}

func (s *store) revoked(r *fosite.Request, now time.Time) bool {
	f, ok := s.families.get(r.GetID(), now)
	return !ok || f.revoked
}

// revoke marks the family of a request ID.
func (s *store) revoke(id string, now time.Time) {
	if f, ok := s.families.get(id, now); ok {
		f.revoked = true
	}
}

// endSession revokes every family of a login.
func (s *store) endSession(sid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.families.all(func(f *family) {
		if f.login != nil && f.login.sid == sid {
			f.revoked = true
		}
	})
}

// session returns the session with the sid and its state, or nil. It is active
// while any of its families is.
func (s *store) session(sid string) (found *session, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	status = sessionRevoked
	s.families.all(func(f *family) {
		if f.login == nil || f.login.sid != sid {
			return
		}
		found = f.login
		if !f.revoked {
			status = sessionActive
		}
	})
	return found, status
}

// GetClient implements [fosite.ClientManager].
func (s *store) GetClient(ctx context.Context, id string) (fosite.Client, error) {
	client, ok := s.clients[id]
	if !ok {
		return nil, fosite.ErrNotFound
	}
	if slices.ContainsFunc(client.RedirectURIs, func(uri string) bool { return strings.Contains(uri, "*") }) {
		client = &relyingParty{client.Client, client.lifetimes}
		client.RedirectURIs = covered(ctx, client.RedirectURIs)
	}
	return client, nil
}

// ClientAssertionJWTValid implements [fosite.ClientManager]. Clients cannot
// authenticate with assertions here.
func (s *store) ClientAssertionJWTValid(context.Context, string) error { return fosite.ErrNotFound }

// SetClientAssertionJWT implements [fosite.ClientManager], like
// ClientAssertionJWTValid.
func (s *store) SetClientAssertionJWT(context.Context, string, time.Time) error {
	return fosite.ErrNotFound
}
