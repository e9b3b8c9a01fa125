package directory

import (
	"slices"
)

// The grant types. RFC 6749, 4.1.3, 6 and 4.4.2.
const (
	GrantCode    = "authorization_code"
	GrantRefresh = "refresh_token"
	GrantClient  = "client_credentials"
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

	// RedirectURIs must match exactly, except for the port of
	// http://127.0.0.1 and http://[::1] (RFC 8252, 7.3), and for "*" as the
	// first label of a host, which matches any one label.
	RedirectURIs []string

	// InitiateLoginURI is where users are sent who open the login page or
	// come from their identity provider instead of from the client, which
	// then starts its own login. Empty means nowhere.
	InitiateLoginURI string

	// PostLogoutRedirectURIs match like RedirectURIs.
	PostLogoutRedirectURIs []string

	// AnyLocal accepts, in addition to both lists, every http URI of this
	// machine: localhost, 127.0.0.1 and [::1] with any port and path. Scalekit
	// does not; it is for applications that are being developed.
	AnyLocal bool

	// ExactPorts compares the ports of http://127.0.0.1 and http://[::1], too,
	// as Scalekit does.
	ExactPorts bool

	// Scopes that the client may ask for. Nil means openid, profile, email
	// and offline_access.
	Scopes []string

	// GrantTypes that the client may use. Nil means authorization_code and
	// refresh_token and, with a secret, client_credentials.
	GrantTypes []string

	// Audiences that the client may ask for with the audience parameter, for
	// its access tokens. Without the parameter the audience of a user's
	// access token is the client itself, and a client's own access token has
	// none.
	Audiences []string
}

// Public reports whether the client has no secret.
func (c Client) Public() bool { return c.Secret == "" }

// Clone returns a deep copy.
func (c Client) Clone() Client {
	c.RedirectURIs = slices.Clone(c.RedirectURIs)
	c.PostLogoutRedirectURIs = slices.Clone(c.PostLogoutRedirectURIs)
	c.Scopes = slices.Clone(c.Scopes)
	c.GrantTypes = slices.Clone(c.GrantTypes)
	c.Audiences = slices.Clone(c.Audiences)
	return c
}

// identityScopes are the scopes that concern a user. A client that acts on its
// own is never granted them.
var identityScopes = [...]string{"openid", "profile", "email", "offline_access"}

// OwnScopes returns the scopes that the client has on its own, without a user.
func (c Client) OwnScopes() []string {
	return slices.DeleteFunc(slices.Clone(c.Scopes), func(scope string) bool {
		return slices.Contains(identityScopes[:], scope)
	})
}
