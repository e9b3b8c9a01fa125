package mockidp

import (
	"slices"
	"time"

	"github.com/ory/fosite"
)

// Client is a registered Relying Party.
type Client struct {
	// ID is the client_id, "skc_" and digits at Scalekit. Not empty.
	ID string

	// Name is for the login page. Empty means the ID.
	Name string

	// Secret authenticates the client, in the form body or by HTTP Basic. A
	// client without a secret is public and must use PKCE.
	Secret string

	// RedirectURIs must match exactly, but for the port of http://127.0.0.1
	// and http://[::1] (RFC 8252, 7.3), and for one "*" as the first label
	// of a host, which stands for one label.
	RedirectURIs []string

	// InitiateLoginURI is where users are sent who come to the login page or
	// from their identity provider, and not from the client, which then
	// starts a login of its own. Empty means nowhere.
	InitiateLoginURI string

	// PostLogoutRedirectURIs must match exactly.
	PostLogoutRedirectURIs []string

	// Scopes that the client may ask for. Nil means openid, profile, email
	// and offline_access.
	Scopes []string

	// GrantTypes that the client may use. Nil means authorization_code and
	// refresh_token and, with a secret, client_credentials.
	GrantTypes []string

	// Audiences that the client may ask for with the audience parameter, for
	// its access tokens. Without the parameter the audience of a user's
	// access token is the client itself, and that of a client's has none.
	Audiences []string
}

// Public reports whether the client has no secret.
func (c Client) Public() bool { return c.Secret == "" }

// clone returns a copy that shares nothing.
func (c Client) clone() Client {
	c.RedirectURIs = slices.Clone(c.RedirectURIs)
	c.PostLogoutRedirectURIs = slices.Clone(c.PostLogoutRedirectURIs)
	c.Scopes = slices.Clone(c.Scopes)
	c.GrantTypes = slices.Clone(c.GrantTypes)
	c.Audiences = slices.Clone(c.Audiences)
	return c
}

// identityScopes are those that concern a user, which a client on its own is
// not.
var identityScopes = [...]string{"openid", "profile", "email", "offline_access"}

// relyingParty shows a Client to fosite.
type relyingParty struct {
	Client
	lifetimes *EnvironmentConfig
}

func (p *relyingParty) GetID() string                      { return p.ID }
func (p *relyingParty) GetRedirectURIs() []string          { return p.RedirectURIs }
func (p *relyingParty) GetGrantTypes() fosite.Arguments    { return p.GrantTypes }
func (p *relyingParty) GetResponseTypes() fosite.Arguments { return fosite.Arguments{"code"} }
func (p *relyingParty) GetScopes() fosite.Arguments        { return p.Scopes }
func (p *relyingParty) IsPublic() bool                     { return p.Public() }
func (p *relyingParty) GetAudience() fosite.Arguments      { return p.Audiences }
func (p *relyingParty) GetResponseModes() []fosite.ResponseModeType {
	return []fosite.ResponseModeType{fosite.ResponseModeDefault, fosite.ResponseModeQuery}
}

// GetHashedSecret returns nothing: authenticateClient does not ask for it.
func (p *relyingParty) GetHashedSecret() []byte { return nil }

// GetEffectiveLifespan tells fosite how long a token lives, which depends on
// the grant: clients keep theirs longer than users.
func (p *relyingParty) GetEffectiveLifespan(grant fosite.GrantType, kind fosite.TokenType, otherwise time.Duration) time.Duration {
	if grant == fosite.GrantTypeClientCredentials && kind == fosite.AccessToken {
		return p.lifetimes.ClientCredentialsLifetime
	}
	return otherwise
}
