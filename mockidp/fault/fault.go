package fault

import (
	"net/http"
	"slices"
	"time"

	"github.com/assay-id/assay/mockidp/forge"
)

// Endpoint names an endpoint of the environment.
type Endpoint string

// The endpoints. Keys is the JWK Set under each of its paths.
const (
	Discovery  Endpoint = "discovery"
	Keys       Endpoint = "keys"
	Authorize  Endpoint = "authorize"
	Token      Endpoint = "token"
	UserInfo   Endpoint = "userinfo"
	Introspect Endpoint = "introspect"
	Revoke     Endpoint = "revoke"
	Logout     Endpoint = "logout"
	Login      Endpoint = "login"    // the pages of a login, and of IdP-initiated ones
	GRPC       Endpoint = "grpc"     // the calls of the SDKs
	Resource   Endpoint = "resource" // MCP servers and APIs, and their metadata and clients
	SCIM       Endpoint = "scim"     // what identity providers tell about their users
	Other      Endpoint = "other"    // a path that belongs to no endpoint
)

// Endpoints returns all endpoints.
func Endpoints() []Endpoint {
	return []Endpoint{
		Discovery, Keys, Authorize, Token, UserInfo, Introspect, Revoke, Logout, Login, GRPC, Resource, SCIM, Other,
	}
}

// Fault is one thing that goes wrong.
type Fault struct {
	// ID names the fault within its Set. It must not be empty.
	ID string

	// Where is the endpoint that the fault strikes. Empty means every one.
	Where Endpoint

	// Match selects requests. The zero value matches all of them.
	Match Match

	// Kind is what happens.
	Kind Kind

	// Skip is how many matching requests pass before one is struck.
	Skip int

	// Probability is the share of matching requests that are struck after
	// those, a ratio from 0 to 1. Zero means all of them.
	Probability float64

	// Count is how many requests are struck before the fault is spent. Zero
	// means any number.
	Count int

	// Attributes say more about the Kind.
	Attributes Attributes
}

// Match selects the requests that a fault strikes. Empty fields match
// anything.
type Match struct {
	ClientID  string // the client that the request names or authenticates
	UserAgent string // a part of the User-Agent header field
	Path      string // the whole path below the issuer, for instance "/keys"
	GrantType string // the grant_type of a token request, such as "refresh_token"

	// The login that a token belongs to, for Forge only.
	UserID         string
	OrganizationID string
}

// Attributes say more about a [Kind]; its documentation names those that it
// uses. All of them may be zero unless it says otherwise.
type Attributes struct {
	// Status is the status code, 200 to 599.
	Status int

	// RetryAfter is the Retry-After header field: seconds or an HTTP date.
	RetryAfter string

	// Header has additional header fields; they replace fields with the same
	// name.
	Header http.Header

	// Body is the content, or what replaces the genuine one.
	Body []byte

	// ContentType of Body. Empty means application/json.
	ContentType string

	// Delay passes before anything else happens, and up to Jitter more,
	// evenly distributed. Every kind takes both.
	Delay, Jitter time.Duration

	// Interval is the time between two bytes or interim answers.
	Interval time.Duration

	// Bytes is the length of the content after decoding, or of a header
	// field.
	Bytes int64

	// Location is the Location header field of a Redirect.
	Location string

	// Edit changes the members of a JSON object.
	Edit forge.Patch

	// Token is the kind of token that a Forge is about: id_token,
	// access_token or idp_initiated_login. Empty means all.
	Token string

	// Change is what a Forge does to a token.
	Change forge.Change
}

// clone returns the fault with a body and header of its own.
func (f Fault) clone() Fault {
	f.Attributes.Body = slices.Clone(f.Attributes.Body)
	f.Attributes.Header = f.Attributes.Header.Clone()
	return f
}
