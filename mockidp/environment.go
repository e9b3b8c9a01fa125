package mockidp

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	"github.com/ory/fosite"

	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/internal/page"
	"github.com/assay-id/assay/mockidp/keyring"
)

// Environment is one mock Scalekit environment: an OpenID Provider with an
// issuer, keys, clients and users of its own. [Server.NewEnvironment] makes
// it. It is safe for concurrent use; changes count for requests that arrive
// later.
type Environment struct {
	name   string
	issuer string
	cfg    EnvironmentConfig // complete, never changed
	ids    *identifiers
	people *directory
	logins *logins
	pages  *page.Renderer
	keys   *keyring.Source
	ring   *keyring.Ring
	faults *fault.Set
	log    requestLog
	decoys decoys
	logger *slog.Logger

	mu        sync.Mutex
	overrides overrides

	// provider is the protocol and store its memory. Both are made for the
	// first request that needs them.
	provider func() fosite.OAuth2Provider
	store    func() *store
}

// overrides is everything about the documents and tokens that a test has
// changed.
type overrides struct {
	jwksPath      string
	jwks          *document // nil: from the ring
	keysHeaders   http.Header
	wellKnown     WellKnownMode
	stale         document // WellKnownStale only
	metadataAt    MetadataPlace
	discovery     *document
	editDiscovery func(*Document)
	mint          MintFunc
}

// document is a body with its type.
type document struct {
	body        []byte
	contentType string
}

func (s *Server) newEnvironment(name string, c EnvironmentConfig) *Environment {
	e := &Environment{
		name:   name,
		ids:    &identifiers{seed: s.seed, scope: name},
		pages:  &s.pages,
		keys:   s.keys,
		logger: s.logger,
	}
	e.cfg = c.complete(s, e.ids)
	e.people = newDirectory(&e.cfg, e.ids)
	e.logins = newLogins(e.cfg.Now)
	e.issuer = e.cfg.Origin
	if name != "" {
		e.issuer += environmentPrefix + name
	}
	e.ring = keyring.NewRing(e.cfg.Now, e.cfg.Signing[0], e.cfg.Signing[1:]...)
	if err := e.ring.Follow(e.cfg.Rotation); err != nil {
		panic(fmt.Sprintf("mockidp: internal error: a rotation that was validated: %v", err))
	}
	faultSeed := e.ids.sum("faults")
	e.faults = fault.NewSet(binary.BigEndian.Uint64(faultSeed[:]), e.cfg.Now)
	e.overrides.jwksPath = e.cfg.JWKSPath
	if !e.cfg.NoDecoys {
		e.decoys = newDecoys(s.keys, e.ids)
	}
	e.store = sync.OnceValue(func() *store { return newStore(&e.cfg, s.logger) })
	e.provider = sync.OnceValue(e.newProvider)
	return e
}

// Name returns the name that the environment was made with, empty for the one
// at the URL of the server.
func (e *Environment) Name() string { return e.name }

// Issuer returns the Issuer Identifier, without a trailing slash.
func (e *Environment) Issuer() string { return e.issuer }

// Client returns the first client. Unless configured otherwise it is
// confidential.
func (e *Environment) Client() Client { return e.cfg.Clients[0].clone() }

// Clients returns all clients in the order of the configuration.
func (e *Environment) Clients() []Client {
	out := make([]Client, len(e.cfg.Clients))
	for i, c := range e.cfg.Clients {
		out[i] = c.clone()
	}
	return out
}

// User returns the first user, who signs in unless a request asks for
// another.
func (e *Environment) User() User { return e.cfg.Users[0].clone() }

// Users returns all users, in the order of the configuration and then in that
// in which they have signed up.
func (e *Environment) Users() []User {
	var out []User
	for _, u := range e.people.allUsers() {
		out = append(out, u.clone())
	}
	return out
}

// Organizations returns all organizations, in the order of the configuration
// and then those of users who have signed up.
func (e *Environment) Organizations() []Organization {
	var out []Organization
	for _, o := range e.people.allOrganizations() {
		out = append(out, *o)
	}
	return out
}

// Connections returns all connections in the order of the configuration, and
// then those that organizations got of their own.
func (e *Environment) Connections() []Connection {
	var out []Connection
	for _, c := range e.cfg.Connections {
		out = append(out, c.clone())
	}
	return out
}

// Ring returns the signing keys and their timeline. Rotating it is seen by
// the next request.
func (e *Environment) Ring() *keyring.Ring { return e.ring }

// Faults returns what goes wrong in this environment, nothing at first.
func (e *Environment) Faults() *fault.Set { return e.faults }

// overridden returns what a test has changed, as of now.
func (e *Environment) overridden() overrides {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.overrides
}

// override changes it.
func (e *Environment) override(change func(*overrides)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(&e.overrides)
}
