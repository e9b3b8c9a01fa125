package mockidp

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"

	"github.com/ory/fosite"
)

// Sample returns the token of a login that has not happened: what the
// environment would issue now for an authorization request with these
// parameters. It knows client_id, scope, login_hint, organization_id,
// connection_id, nonce and max_age; what is missing has the default, and nil
// means the first user at the first client. The request is not logged, the
// MintFunc is not asked, and the endpoints do not know the token.
//
// It returns an error if the kind or the client is unknown and where the
// authorization endpoint would refuse the request.
func (e *Environment) Sample(kind TokenKind, request url.Values) (Minting, error) {
	if kind != IDToken && kind != AccessToken {
		return Minting{}, fmt.Errorf("token kind is %q, want %q or %q", kind, IDToken, AccessToken)
	}
	clientID := request.Get("client_id")
	if clientID == "" {
		clientID = e.cfg.Clients[0].ID
	}
	client, ok := e.store().clients[clientID]
	if !ok {
		return Minting{}, fmt.Errorf("client_id is %q, which is not a client of %s", clientID, e.issuer)
	}
	login, err := e.signIn(request)
	if err != nil {
		return Minting{}, err
	}
	granted := fosite.NewRequest()
	granted.Client = client
	granted.GrantedScope = strings.Fields(request.Get("scope"))
	if len(granted.GrantedScope) == 0 {
		granted.GrantedScope = client.Scopes
	}
	code := e.ids.sum("sample code " + login.sid)
	i := &issue{
		grantType: grantCode,
		code:      hex.EncodeToString(code[:]),
		key:       e.ring.Signing(),
		now:       e.cfg.Now(),
	}
	access, err := genuine(i, AccessToken, clientID, e.accessTokenClaims(i, login, granted))
	if err != nil || kind == AccessToken {
		return access, err
	}
	i.accessToken = access.Compact
	return genuine(i, IDToken, clientID, e.idTokenClaims(i, login, clientID))
}
