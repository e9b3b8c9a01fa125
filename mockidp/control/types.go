package control

import (
	"net/http"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/internal/strict"
	"github.com/assay-id/assay/mockidp/keyring"
)

// Duration is a time.Duration written like 1m30s in JSON.
type Duration = strict.Duration

// Spec is the JSON form of the configuration of a new environment. The zero
// value is the environment at the root with every default.
type Spec struct {
	// Name is the segment after /t/ in the issuer. Empty means the
	// environment at the URL of the server.
	Name string `json:"name,omitempty"`

	// Origin is the origin of the issuer. Empty means the first listener.
	Origin string `json:"origin,omitempty"`

	// Alg is the algorithm of the signing key. Empty means RS256.
	Alg string `json:"alg,omitempty"`

	// KeyName is the key name of the configuration: environments with the
	// same one share the material of their first keys.
	KeyName string `json:"key_name,omitempty"`

	// People is the content of a file of package people. Empty means its
	// default.
	People string `json:"people,omitempty"`

	// NoDecoys leaves the keys that never sign out of the JWK Set.
	NoDecoys bool `json:"no_decoys,omitempty"`

	// LoginPage and ModularSSO are the switches of the configuration.
	LoginPage  bool `json:"login_page,omitempty"`
	ModularSSO bool `json:"modular_sso,omitempty"`

	// LinkSameBrowser is another one, for links by mail.
	LinkSameBrowser bool `json:"link_same_browser,omitempty"`

	// Rotation rotates the keys as time passes. Nil rotates nothing.
	Rotation *Rotation `json:"rotation,omitempty"`

	// Serving says how the keys are served.
	Serving

	// The lifetimes and the grace of the configuration. Zero means its
	// defaults.
	IDTokenLifetime           Duration `json:"id_token_lifetime,omitzero"`
	AccessTokenLifetime       Duration `json:"access_token_lifetime,omitzero"`
	ClientCredentialsLifetime Duration `json:"client_credentials_lifetime,omitzero"`
	RefreshTokenLifetime      Duration `json:"refresh_token_lifetime,omitzero"`
	CodeLifetime              Duration `json:"code_lifetime,omitzero"`
	RefreshGrace              Duration `json:"refresh_grace,omitzero"`
}

// Serving says how the keys of an environment are served.
type Serving struct {
	// WellKnownJWKS is what /.well-known/jwks.json answers: alias, not-found
	// or stale. Empty means alias.
	WellKnownJWKS mockidp.WellKnownMode `json:"well_known_jwks,omitempty"`

	// KeysHeader has the header fields that are sent with the JWK Set instead
	// of Cache-Control and ETag. Nil means those two.
	KeysHeader http.Header `json:"keys_header,omitempty"`
}

// Rotation is the JSON form of a [keyring.Schedule] without its keys.
type Rotation struct {
	Every   Duration     `json:"every"`
	Overlap Duration     `json:"overlap,omitzero"`
	Mode    keyring.Mode `json:"mode,omitempty"`
}

// Environment describes an environment.
type Environment struct {
	Name        string      `json:"name"`
	Issuer      string      `json:"issuer"`
	Discovery   string      `json:"discovery"`
	JWKSURI     string      `json:"jwks_uri"`
	Clients     []Party     `json:"clients"`
	Resources   []Resource  `json:"resources"`
	Directories []Directory `json:"directories"`
}

// Directory is where the identity provider of an organization says who its users
// and groups are; see [mockidp.SyncDirectory].
type Directory struct {
	ID             string `json:"id"`
	OrganizationID string `json:"organization_id"`
	URL            string `json:"url"`    // of the SCIM service
	Secret         string `json:"secret"` // the Bearer token for it
}

// Resource is an MCP server or an API with access tokens of its own; see
// [mockidp.Resource].
type Resource struct {
	ID     string   `json:"id"`
	Name   string   `json:"name,omitempty"`
	URL    string   `json:"url"`    // where it is, or where the environment plays it
	Issuer string   `json:"issuer"` // of its authorization server
	Scopes []string `json:"scopes"`
}

// Party is a registered client of an environment; see [mockidp.Client]. The secret is included
// because the creator of the environment needs it.
type Party struct {
	ID                     string   `json:"id"`
	Name                   string   `json:"name,omitempty"`
	Secret                 string   `json:"secret,omitempty"`
	RedirectURIs           []string `json:"redirect_uris"`
	PostLogoutRedirectURIs []string `json:"post_logout_redirect_uris"`
	AnyLocal               bool     `json:"any_local,omitempty"`
	ExactPorts             bool     `json:"exact_ports,omitempty"`
	InitiateLoginURI       string   `json:"initiate_login_uri,omitempty"`
	Scopes                 []string `json:"scopes,omitempty"`
	GrantTypes             []string `json:"grant_types,omitempty"`
	Audiences              []string `json:"audiences,omitempty"`
}

// Keys are the keys with which an environment signs and which it publishes.
type Keys struct {
	Generation uint64    `json:"generation"`
	Signing    Key       `json:"signing"`
	Published  []Key     `json:"published"` // without decoys, in the order of the JWK Set
	Decoys     []Decoy   `json:"decoys"`    // published, too
	Rotation   *Rotation `json:"rotation,omitempty"`
	Changes    []Change  `json:"changes"` // oldest first
}

// Key is a signing key.
type Key struct {
	ID  string `json:"kid"`
	Alg string `json:"alg"`
}

// Decoy is a published key that never signs. It is in the JWK Set so that a
// verifier that picks a key by anything but its kid is found out.
type Decoy struct {
	ID  string `json:"kid"`
	Alg string `json:"alg"`
}

// Attempt is an entry in the log of sign-ins; see [mockidp.Attempt].
type Attempt struct {
	Number         uint64    `json:"number"`
	At             time.Time `json:"at"`
	Status         string    `json:"status"`
	ClientID       string    `json:"client_id,omitempty"`
	User           string    `json:"user,omitempty"`
	OrganizationID string    `json:"organization_id,omitempty"`
	ConnectionID   string    `json:"connection_id,omitempty"`
	SessionID      string    `json:"session_id,omitempty"`
	Reason         string    `json:"reason,omitempty"`
}

// Change is one entry of the timeline of the keys.
type Change struct {
	Generation uint64    `json:"generation"`
	At         time.Time `json:"at"`
	Cause      string    `json:"cause"`
	Signing    string    `json:"signing"`
	Published  []string  `json:"published"`
}

// Turn asks for a rotation.
type Turn struct {
	Mode keyring.Mode `json:"mode"`

	// Alg of the new key. Empty means the alg of the current signing key.
	Alg string `json:"alg,omitempty"`
}

// Named names a published key.
type Named struct {
	// ID is the key ID. Empty means the key that was published last.
	ID string `json:"kid,omitempty"`
}

// Application is one request or token that a fault has struck.
type Application struct {
	Number         uint64         `json:"number"`
	At             time.Time      `json:"at"`
	FaultID        string         `json:"fault_id"`
	Kind           fault.Kind     `json:"kind"`
	Endpoint       fault.Endpoint `json:"endpoint"`
	Path           string         `json:"path"`
	ClientID       string         `json:"client_id,omitempty"`
	UserAgent      string         `json:"user_agent,omitempty"`
	Token          string         `json:"token,omitempty"`
	UserID         string         `json:"user_id,omitempty"`
	OrganizationID string         `json:"organization_id,omitempty"`
	Before         string         `json:"before,omitempty"`
	After          string         `json:"after,omitempty"`
	Problem        string         `json:"problem,omitempty"`
}

// Request is one request that an environment has received.
type Request struct {
	Number    uint64         `json:"number"`
	At        time.Time      `json:"at"`
	Method    string         `json:"method"`
	Path      string         `json:"path"`
	Endpoint  fault.Endpoint `json:"endpoint"`
	ClientID  string         `json:"client_id,omitempty"`
	UserAgent string         `json:"user_agent,omitempty"`
	FaultID   string         `json:"fault_id,omitempty"`
	Status    int            `json:"status"` // 0: no answer yet, or one that is not HTTP
	Bytes     int64          `json:"bytes"`
	Took      Duration       `json:"took,omitzero"`

	// Header fields of the request.
	Accept       string `json:"accept,omitempty"`
	CacheControl string `json:"cache_control,omitempty"`
	IfNoneMatch  string `json:"if_none_match,omitempty"`
	Origin       string `json:"origin,omitempty"`
}

// Order asks for a token without a login.
type Order struct {
	// Kind is id_token or access_token. Empty means id_token.
	Kind mockidp.TokenKind `json:"kind,omitempty"`

	// Request has parameters of the authorization request that the token would
	// answer, such as client_id and login_hint; see [mockidp.Environment.Sample].
	Request map[string]string `json:"request,omitempty"`

	// Change is what is changed in the genuine token. The zero value changes
	// nothing.
	Change forge.Change `json:"change"`
}

// Forged is a token that was ordered.
type Forged struct {
	// Token may be anything: a change can make it something else than the
	// compact serialization of a JWS.
	Token string `json:"token"`
}

// User is a person who can sign in.
type User struct {
	ID            string       `json:"id"`
	Email         string       `json:"email,omitempty"`
	Name          string       `json:"name,omitempty"`
	Active        bool         `json:"active"`
	HasPassword   bool         `json:"has_password"`
	HasTOTP       bool         `json:"has_totp"` // an authenticator app is enrolled
	Organizations []Membership `json:"organizations"`

	// Password is for changes: the API does not show it. Empty keeps the one
	// that there is, unless HasPassword is false.
	Password string `json:"password,omitempty"`

	// TOTPSecret is the same for the secret of an authenticator app, in base32.
	TOTPSecret string `json:"totp_secret,omitempty"`
}

// Organization is a customer of an application.
type Organization struct {
	ID           string `json:"id"`
	Name         string `json:"name,omitempty"`
	ExternalID   string `json:"external_id,omitempty"`
	ConnectionID string `json:"connection_id"`

	// MFA are the second factors of which members must use one; empty: only
	// those who have enrolled an authenticator app are asked for it.
	MFA []mockidp.Factor `json:"mfa"`
}

// LoginStart asks for the URL at which a login starts that no application has asked
// for: the initiate-login URI of a client, with the parameters that the
// environment sends.
type LoginStart struct {
	// ClientID is the application. Empty means the first one that has such a URI.
	ClientID string `json:"client_id,omitempty"`

	// Query is what a bookmark had.
	Query map[string]string `json:"query,omitempty"`

	// IdP starts the login at an identity provider, so that the URL has a JWT
	// in idp_initiated_login. Nil is a bookmark.
	IdP *IdPStart `json:"idp,omitempty"`
}

// IdPStart is a login that starts at an identity provider; see
// [mockidp.IdPLogin].
type IdPStart struct {
	UserID       string `json:"user_id,omitempty"`
	ConnectionID string `json:"connection_id,omitempty"`
	RelayState   string `json:"relay_state,omitempty"`
}

// Started is where the browser is sent.
type Started struct {
	URL string `json:"url"`
}

// TOTP is the code that the authenticator app of a user shows.
type TOTP struct {
	Code string `json:"code"`
}

// Membership makes a user a member of an organization.
type Membership struct {
	OrganizationID string   `json:"organization_id"`
	Roles          []string `json:"roles"`
	Permissions    []string `json:"permissions,omitempty"`
}

// Mail is a message that an environment would have sent.
type Mail struct {
	At      time.Time `json:"at"`
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Code    string    `json:"code,omitempty"`
	Link    string    `json:"link,omitempty"`
}

// Listener is a port of the server.
type Listener struct {
	URL         string `json:"url"`
	TLS         string `json:"tls"` // a TLS profile; empty: plain HTTP
	Connections int    `json:"connections"`
	Hellos      int    `json:"hellos"`
	Requests    int    `json:"requests"`
}

// Opening asks for an additional listener.
type Opening struct {
	// TLS is the TLS profile. Empty means plain HTTP.
	TLS string `json:"tls,omitempty"`

	// Host is the host of the URL. Empty means 127.0.0.1.
	Host string `json:"host,omitempty"`
}

// Certificate asks for another certificate of a listener.
type Certificate struct {
	// URL is that of the listener. Empty means the first one.
	URL string `json:"url,omitempty"`

	// TLS is the TLS profile of the certificate.
	TLS string `json:"tls"`
}

// Problem says why a request was refused. RFC 9457, 3.
type Problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }
