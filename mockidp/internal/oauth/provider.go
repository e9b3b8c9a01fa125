package oauth

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/keyring"
)

// Provider is the protocol of one environment. The forms of the requests that
// it takes must be parsed. Its errors are of type [*Error].
type Provider interface {
	// RedirectURI returns the registered redirect URI of an authorization
	// request. If it returns an error, the browser must not be redirected
	// (RFC 6749, 4.1.2.1). Its errors have Scalekit's codes.
	RedirectURI(form url.Values) (*url.URL, error)

	// CheckAuthorization checks an authorization request before anybody signs
	// in. RFC 6749, 4.1.1; OIDC Core 1.0, 3.1.2.1.
	CheckAuthorization(r *http.Request, form url.Values) error

	// Authorize returns the parameters of a successful answer to an
	// authorization request: the code, for the tokens of login.
	Authorize(r *http.Request, form url.Values, login *directory.Session) (url.Values, error)

	// PostLogoutURI returns the URI if it is registered for the client.
	PostLogoutURI(clientID, uri string) (*url.URL, error)

	// Hint returns the claims of an id_token_hint that a key of this
	// environment has signed, whether it is still published or not. It does
	// not check the claims, because a hint may have expired (OpenID Connect
	// RP-Initiated Logout 1.0, 4).
	Hint(token string) (map[string]any, error)

	// Token answers a token request, or returns an error and writes nothing.
	// ctx reaches the [Minter]. RFC 6749, 3.2.
	Token(ctx context.Context, w http.ResponseWriter, r *http.Request) error

	// Revoke revokes the token of a revocation request and all others of the
	// same login. RFC 7009, 2.
	Revoke(r *http.Request) error

	// Introspect returns what a token is for, and false if it is unknown,
	// expired or revoked. hint is a token_type_hint, or empty.
	Introspect(ctx context.Context, token, hint string) (Introspection, bool)

	// AuthenticateClient returns the client that a request authenticates.
	// RFC 6749, 2.3.1 and 3.2.1.
	AuthenticateClient(r *http.Request) (*directory.Client, error)

	// Session and EndSession concern the sessions of the tokens. EndSession
	// revokes all tokens of a session, including those that are just being
	// issued.
	directory.Sessions

	// EndUser revokes all tokens of a user.
	EndUser(id string)
}

// Config configures a [Provider]. All fields are required.
type Config struct {
	Client    func(id string) *directory.Client // nil if there is none
	Resources func() []directory.Resource

	// Resource returns the resource that the parameter resource names, or nil.
	Resource func(named string) *directory.Resource

	Lifetimes Lifetimes
	Now       func() time.Time
	Secret    []byte // authenticates codes and refresh tokens
	Minter    Minter
	KeysByID  func(kid string) []*keyring.Key // that may have signed an id_token_hint
	Logger    *slog.Logger

	// Suspect learns that a code or refresh token was used again.
	Suspect func(login *directory.Session, clientID, reason string)
}

// Lifetimes say how long everything that is issued can be used.
type Lifetimes struct {
	Code              time.Duration
	IDToken           time.Duration
	AccessToken       time.Duration
	ClientCredentials time.Duration // access tokens of clients on their own
	RefreshToken      time.Duration

	// RefreshGrace is how long a used refresh token can be used again.
	RefreshGrace time.Duration
}

// Minter makes the tokens of an answer to a token request: first the access
// token, then the ID Token, if there is one.
type Minter interface {
	AccessToken(context.Context, Grant) (string, error)
	IDToken(context.Context, Grant) (string, error)
}

// Grant describes what a client was granted.
type Grant struct {
	Session  *directory.Session
	ClientID string
	Scopes   []string
	Audience []string
}

// Introspection describes a token that the provider has issued.
type Introspection struct {
	Grant
	IsAccessToken bool // otherwise it is a refresh token
}
