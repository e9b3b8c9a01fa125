package mockidp

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net/url"
	"sync"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/internal/ids"
	"github.com/assay-id/assay/mockidp/internal/oauth"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/mockidp/signin"
)

// Environment is one mock Scalekit environment: an OpenID Provider with an
// issuer, keys, clients and users of its own. [Server.NewEnvironment] makes
// it. It is safe for concurrent use; changes apply to requests that arrive
// later.
type Environment struct {
	name   string
	issuer string
	cfg    EnvironmentConfig // complete, never changed
	people *directory.Directory
	ring   *keyring.Ring
	faults *fault.Set
	logger *slog.Logger
	log    requestLog

	published *publisher
	tokens    *minter
	signin    *signin.Service
	sdk       *directory.SDK
	syncing   syncing
	portals   *portals
	errors    *oauth.Reporter

	// provider returns the protocol, which is made for the first request that
	// needs it.
	provider func() oauth.Provider
}

func (s *Server) newEnvironment(name string, c EnvironmentConfig) *Environment {
	names := ids.New(s.seed, name)
	e := &Environment{name: name, cfg: c.complete(s, names), logger: s.logger}
	e.people = directory.New(e.cfg.directory(), names)
	e.issuer = e.cfg.Origin
	if name != "" {
		e.issuer += environmentPrefix + name
	}
	e.ring = keyring.NewRing(e.cfg.Now, e.cfg.Signing[0], e.cfg.Signing[1:]...)
	if err := e.ring.Follow(e.cfg.Rotation); err != nil {
		panic(fmt.Sprintf("mockidp: internal error: a rotation that was validated: %v", err))
	}
	faultSeed := names.Sum("faults")
	e.faults = fault.NewSet(binary.BigEndian.Uint64(faultSeed[:]), e.cfg.Now)
	e.errors = &oauth.Reporter{Issuer: e.issuer, Logger: s.logger}
	e.published = e.newPublisher(s, names)
	e.tokens = &minter{
		issuer: e.issuer,
		cfg:    &e.cfg,
		ids:    names,
		ring:   e.ring,
		others: s.keys,
		faults: e.faults,
		people: e.people,
	}
	e.provider = sync.OnceValue(func() oauth.Provider { return e.newProvider(names) })
	e.signin = signin.New(signin.Config{
		Issuer:       e.issuer,
		Base:         pathOf(e.issuer),
		Now:          e.cfg.Now,
		People:       e.people,
		IDs:          names,
		Provider:     e.provider,
		MintIdPLogin: e.tokens.idpLogin,
		Pages:        &s.pages,
		Errors:       e.errors,
		LoginPage:    e.cfg.LoginPage,
		ModularSSO:   e.cfg.ModularSSO,

		LinkSameBrowser: e.cfg.LinkSameBrowser,
	})
	e.portals = newPortals()
	e.sdk = &directory.SDK{
		People:       e.people,
		Sessions:     e.signin,
		IDs:          names,
		Logger:       s.logger.With("issuer", e.issuer),
		Authenticate: e.authenticateSDK,
		Directory:    e.synced,
		Portal:       e.newPortalLink,
	}
	return e
}

func (e *Environment) newPublisher(s *Server, names *ids.Source) *publisher {
	p := &publisher{name: e.name, issuer: e.issuer, ring: e.ring, scopes: e.people.Scopes}
	if !e.cfg.NoDecoys {
		p.decoys = newDecoys(s.keys, names)
	}
	p.now.JWKSPath = e.cfg.JWKSPath
	return p
}

// newProvider makes the protocol of the environment.
func (e *Environment) newProvider(names *ids.Source) oauth.Provider {
	secret := names.Sum("codes and refresh tokens")
	return oauth.New(oauth.Config{
		Client:    e.people.Client,
		Resources: e.people.Resources,
		Resource:  e.namedResource,
		Lifetimes: oauth.Lifetimes{
			Code:              e.cfg.CodeLifetime,
			IDToken:           e.cfg.IDTokenLifetime,
			AccessToken:       e.cfg.AccessTokenLifetime,
			ClientCredentials: e.cfg.ClientCredentialsLifetime,
			RefreshToken:      e.cfg.RefreshTokenLifetime,
			RefreshGrace:      e.cfg.RefreshGrace,
		},
		Now:      e.cfg.Now,
		Secret:   secret[:],
		Minter:   e.tokens,
		KeysByID: e.ring.AllByID,
		Suspect:  e.signin.Suspect,
		Logger:   e.logger,
	})
}

// Name returns the name that the environment was made with, empty for the one
// at the URL of the server.
func (e *Environment) Name() string { return e.name }

// Issuer returns the Issuer Identifier, without a trailing slash.
func (e *Environment) Issuer() string { return e.issuer }

// pathOf returns the path of an issuer.
func pathOf(issuer string) string {
	u, err := url.Parse(issuer)
	if err != nil {
		panic(fmt.Sprintf("mockidp: internal error: an issuer that was validated: %v", err))
	}
	return u.Path
}

// Client returns the first client. Unless configured otherwise it is
// confidential.
func (e *Environment) Client() Client { return e.people.Clients()[0].Clone() }

// Clients returns all clients in the order of the configuration.
func (e *Environment) Clients() []Client {
	return copies(e.people.Clients(), func(c *Client) Client { return c.Clone() })
}

// User returns the first user, who signs in unless a request asks for
// another.
func (e *Environment) User() User { return e.people.Users()[0].Clone() }

// Users returns all users: first those in the configuration, then those who
// have signed up.
func (e *Environment) Users() []User {
	return copies(e.people.Users(), func(u *User) User { return u.Clone() })
}

// Organizations returns all organizations: first those in the configuration,
// then those of users who have signed up.
func (e *Environment) Organizations() []Organization {
	return copies(e.people.Organizations(), func(o *Organization) Organization { return o.Clone() })
}

// Connections returns all connections: first those in the configuration, then
// those that were made for organizations.
func (e *Environment) Connections() []Connection {
	return copies(e.people.Connections(), Connection.Clone)
}

// copies returns what a caller may change.
func copies[From, To any](all []From, clone func(From) To) []To {
	var out []To
	for _, x := range all {
		out = append(out, clone(x))
	}
	return out
}

// Ring returns the signing keys and their timeline. The next request sees a
// rotation.
func (e *Environment) Ring() *keyring.Ring { return e.ring }

// Faults returns what goes wrong in this environment, nothing at first.
func (e *Environment) Faults() *fault.Set { return e.faults }

// Outbox returns what the environment has mailed, oldest first: the last 200
// messages.
func (e *Environment) Outbox() []Mail { return e.signin.Outbox() }

// Attempts returns the log of sign-ins, as Scalekit's dashboard shows it, oldest
// first: the last 1,536 entries at least.
func (e *Environment) Attempts() []Attempt { return e.signin.Attempts() }

// InitiateLogin returns the URL to which the browser is sent when somebody opens
// the login page from a bookmark; see [signin.Service.InitiateLogin].
func (e *Environment) InitiateLogin(clientID string, query url.Values) (string, error) {
	return e.signin.InitiateLogin(clientID, query)
}

// IdPInitiatedLogin returns the URL to which the browser is sent when a user
// opens an application from the identity provider; see
// [signin.Service.IdPInitiatedLogin].
func (e *Environment) IdPInitiatedLogin(ctx context.Context, login IdPLogin) (string, error) {
	return e.signin.IdPInitiatedLogin(ctx, login)
}
