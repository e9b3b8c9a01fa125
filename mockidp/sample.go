package mockidp

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/internal/oauth"
	"github.com/assay-id/assay/mockidp/keyring"
)

// Sample returns a token without a login: what the environment would issue now
// for an authorization request with these parameters. It knows client_id, scope,
// login_hint, organization_id, connection_id, nonce and max_age; missing
// parameters have their defaults, and nil means the first user at the first
// client. The request is not logged, the MintFunc is not called, and the
// endpoints do not know the token.
//
// It returns an error if the kind or the client is unknown, and if the
// authorization endpoint would refuse the request.
func (e *Environment) Sample(kind TokenKind, request url.Values) (Minting, error) {
	if kind != IDToken && kind != AccessToken {
		return Minting{}, fmt.Errorf("token kind is %q, want %q or %q", kind, IDToken, AccessToken)
	}
	client := e.people.Clients()[0]
	if id := request.Get("client_id"); id != "" {
		client = e.people.Client(id)
		if client == nil {
			return Minting{}, fmt.Errorf("client_id is %q, which is not a client of %s",
				id, e.issuer)
		}
	}
	login, err := e.signin.SignIn(request)
	if err != nil {
		return Minting{}, err
	}
	granted := oauth.Grant{
		Session: login, ClientID: client.ID, Scopes: strings.Fields(request.Get("scope")),
	}
	if len(granted.Scopes) == 0 {
		granted.Scopes = client.Scopes
	}
	return e.tokens.sample(kind, granted)
}

// Forge returns what [Environment.Sample] does, changed. A key that the change
// names is a key of the ring, past or present, with that key ID, otherwise one
// that is made for the name and published nowhere. Members to be dropped may be
// missing: a caller wants a token without them.
//
// It returns the errors of Sample, and one if the change cannot be applied.
func (e *Environment) Forge(
	kind TokenKind, request url.Values, change forge.Change,
) (forge.Token, error) {
	made, err := e.Sample(kind, request)
	if err != nil {
		return forge.Token{}, err
	}
	return e.Change(made, change)
}

// Change returns a token that Sample has made, changed as Forge does.
func (e *Environment) Change(made Minting, change forge.Change) (forge.Token, error) {
	var err error
	if change, err = change.Resolve(e.tokens.findKey(made.Key.Alg())); err != nil {
		return forge.Token{}, err
	}
	change.Header.Drop = occurring(change.Header.Drop, made.Header)
	change.Claims.Drop = occurring(change.Claims.Drop, made.Claims)
	return forge.Draft{Header: made.Header, Claims: made.Claims, Key: made.Key}.Forge(change)
}

// occurring returns the names of members that o has.
func occurring(names []string, o keyring.Object) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		_, ok := o.Get(name)
		return !ok
	})
}

// sample makes a token that no request has asked for.
func (m *minter) sample(kind TokenKind, g oauth.Grant) (Minting, error) {
	code := m.ids.Sum("sample code " + g.Session.ID)
	i := m.newIssue(fault.Request{})
	i.grantType, i.code = directory.GrantCode, hex.EncodeToString(code[:])
	access, err := genuine(i, AccessToken, g.ClientID, m.accessTokenClaims(i, g))
	if err != nil || kind == AccessToken {
		return access, err
	}
	i.accessToken = access.Compact
	return genuine(i, IDToken, g.ClientID, m.idTokenClaims(i, g))
}
