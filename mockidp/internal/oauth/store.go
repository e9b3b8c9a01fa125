package oauth

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ory/fosite"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/internal/bounded"
)

// maxRows bounds each table of a store. A row takes about a kilobyte.
const maxRows = 1 << 16

// store is the memory of an environment: codes, tokens and what was revoked.
//
// All tokens that follow from one authorization request are a family; fosite
// knows it as the request ID. Revoking is marking the family, which also
// counts for tokens that are stored later by a request that is still running.
// Without that, the winner of a race for one refresh token would revive a
// family after the loser has revoked it.
//
// Times are taken from the environment's clock. A store is safe for
// concurrent use. fosite's own example store is not, and never forgets.
type store struct {
	now       func() time.Time
	lifetimes *Lifetimes
	client    func(id string) *directory.Client
	resources func() []directory.Resource
	resource  func(named string) *directory.Resource
	logger    *slog.Logger
	suspect   func(login *directory.Session, clientID, reason string)

	mu       sync.Mutex
	codes    *bounded.Map[*row]
	identity *bounded.Map[*row] // the OpenID Connect half of a code
	proofs   *bounded.Map[*row] // the PKCE half of a code
	access   *bounded.Map[*row]
	refresh  *bounded.Map[*row]
	families *bounded.Map[*family]
	full     bool // a row was dropped before it expired, and the log says so
}

// row is a code or token, or half of one.
type row struct {
	request *fosite.Request
	usedAt  time.Time // of a code or a refresh token; zero: not used yet
}

type family struct {
	login   *directory.Session // nil for clients
	revoked bool
}

func newStore(cfg Config) *store {
	s := &store{
		now:       cfg.Now,
		lifetimes: &cfg.Lifetimes,
		client:    cfg.Client,
		resources: cfg.Resources,
		resource:  cfg.Resource,
		logger:    cfg.Logger,
		suspect:   cfg.Suspect,
	}
	for _, table := range []**bounded.Map[*row]{
		&s.codes, &s.identity, &s.proofs, &s.access, &s.refresh,
	} {
		*table = bounded.New[*row](maxRows, s.warnFull)
	}
	s.families = bounded.New[*family](maxRows, s.warnFull)
	return s
}

// warnFull logs once that tokens are dropped before they expire.
func (s *store) warnFull() {
	if !s.full {
		s.full = true
		s.logger.Warn("store is full, the oldest rows are dropped", "rows", maxRows)
	}
}

// keep adds a row to a table: a copy of the request, whose session nobody else
// can change. fosite passes what Sanitize returned, which is a *fosite.Request.
func (s *store) keep(
	table *bounded.Map[*row], name string, r fosite.Requester, lifetime time.Duration,
) error {
	request, ok := r.(*fosite.Request)
	if !ok {
		return fmt.Errorf("storing a %T, want a *fosite.Request", r)
	}
	request = lent(request)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	s.join(request, now)
	table.Put(name, &row{request: request}, now, now.Add(lifetime))
	return nil
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
	f, ok := s.families.Get(id, now)
	if !ok {
		f = &family{}
		if own, ok := r.Session.(*session); ok && own.User != nil {
			f.login = &own.Session
		}
	}
	longest := max(s.lifetimes.RefreshToken, s.lifetimes.ClientCredentials, s.lifetimes.AccessToken)
	s.families.Put(id, f, now, now.Add(longest+s.lifetimes.Code))
}

func (s *store) revoked(r *fosite.Request, now time.Time) bool {
	f, ok := s.families.Get(r.GetID(), now)
	return !ok || f.revoked
}

// replayed revokes the family of a code or refresh token that was used again.
func (s *store) replayed(r *fosite.Request, what string, now time.Time) {
	f, ok := s.families.Get(r.GetID(), now)
	if !ok {
		return
	}
	f.revoked = true
	s.suspect(f.login, r.GetClient().GetID(), what+" was used again")
}

// revoke marks the family of a request ID.
func (s *store) revoke(id string, now time.Time) {
	if f, ok := s.families.Get(id, now); ok {
		f.revoked = true
	}
}

// EndSession implements [Provider].
func (s *store) EndSession(sid string) {
	s.revokeLogins(func(login *directory.Session) bool { return login.ID == sid })
}

// EndUser implements [Provider].
func (s *store) EndUser(id string) {
	s.revokeLogins(func(login *directory.Session) bool { return login.User.ID == id })
}

// revokeLogins revokes the families of the logins that fit.
func (s *store) revokeLogins(fits func(*directory.Session) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.families.All(func(f *family) {
		if f.login != nil && fits(f.login) {
			f.revoked = true
		}
	})
}

// Session implements [Provider]. A session is active while any of its families
// is.
func (s *store) Session(sid string) (found *directory.Session, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state = directory.SessionRevoked
	s.families.All(func(f *family) {
		if f.login == nil || f.login.ID != sid {
			return
		}
		found = f.login
		if !f.revoked {
			state = directory.SessionActive
		}
	})
	return found, state
}

// GetClient implements [fosite.ClientManager].
func (s *store) GetClient(ctx context.Context, id string) (fosite.Client, error) {
	client := s.client(id)
	if client == nil {
		return nil, fosite.ErrNotFound
	}
	party := &relyingParty{*client, s.lifetimes, s.resources()}
	party.RedirectURIs = client.Redirects(asked(ctx))
	return party, nil
}

// ClientAssertionJWTValid implements [fosite.ClientManager]. Clients cannot
// authenticate with assertions here.
func (s *store) ClientAssertionJWTValid(context.Context, string) error { return fosite.ErrNotFound }

// SetClientAssertionJWT implements [fosite.ClientManager], like
// ClientAssertionJWTValid.
func (s *store) SetClientAssertionJWT(context.Context, string, time.Time) error {
	return fosite.ErrNotFound
}
