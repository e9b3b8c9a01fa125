package mockidp

import (
	"net/http"
	"slices"
	"strings"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/keyring"
)

// Document is the provider metadata as an ordered JSON object. OpenID Connect
// Discovery 1.0, 3.
type Document = keyring.Object

// MetadataPlace says where the provider metadata is.
type MetadataPlace string

// The places of the provider metadata. Only the first is the one of OpenID
// Connect Discovery 1.0, 4.1.
const (
	MetadataAppended MetadataPlace = ""         // the well-known path after the issuer
	MetadataInserted MetadataPlace = "inserted" // the well-known path between host and path of the issuer
	MetadataOAuth    MetadataPlace = "oauth"    // /.well-known/oauth-authorization-server, appended and inserted: RFC 8414, 3.1
)

// inserted returns a well-known path followed by the path of the issuer.
func (p *publisher) inserted(wellKnown string) string {
	return wellKnown + environmentPrefix + p.name
}

// insertedName returns the name of the environment whose path follows a
// well-known path.
func insertedName(path string) (name string, ok bool) {
	for _, wellKnown := range []string{discoveryPath, oauthMetadataPath, resourceMetadataPath} {
		if name, ok := strings.CutPrefix(path, wellKnown+environmentPrefix); ok {
			name, _, _ = strings.Cut(name, resourcesPath)
			return name, true
		}
	}
	return "", false
}

// hasMetadata reports whether the provider metadata is at a path.
func (p *publisher) hasMetadata(path string) bool {
	switch p.current().MetadataPlace {
	case MetadataInserted:
		return path == p.inserted(discoveryPath)
	case MetadataOAuth:
		return path == oauthMetadataPath || path == p.inserted(oauthMetadataPath)
	}
	return path == discoveryPath
}

// metadata returns what the environment can do, and nothing that it cannot,
// in the order of Discovery 1.0, 3.
func (p *publisher) metadata() Document {
	var algs []string
	for _, k := range append(p.ring.Published(), p.ring.Signing()) {
		if !slices.Contains(algs, k.Alg()) {
			algs = append(algs, k.Alg())
		}
	}
	return Document{
		{Name: "issuer", Value: p.issuer},
		{Name: "authorization_endpoint", Value: p.issuer + authorizePath},
		{Name: "token_endpoint", Value: p.issuer + tokenPath},
		{Name: "userinfo_endpoint", Value: p.issuer + userInfoPath},
		{Name: "jwks_uri", Value: p.jwksURI()},
		{Name: "end_session_endpoint", Value: p.issuer + logoutPath},
		{Name: "introspection_endpoint", Value: p.issuer + introspectPath},
		{Name: "revocation_endpoint", Value: p.issuer + revokePath},
		{Name: "scopes_supported", Value: p.scopes()},
		{Name: "response_types_supported", Value: []string{"code"}},
		{Name: "response_modes_supported", Value: []string{"query"}},
		{Name: "grant_types_supported", Value: []string{directory.GrantCode, directory.GrantRefresh, directory.GrantClient}},
		{Name: "subject_types_supported", Value: []string{"public"}},
		{Name: "id_token_signing_alg_values_supported", Value: algs},
		{Name: "token_endpoint_auth_methods_supported", Value: []string{"client_secret_post", "client_secret_basic", "none"}},
		{Name: "introspection_endpoint_auth_methods_supported", Value: []string{"client_secret_post", "client_secret_basic"}},
		{Name: "revocation_endpoint_auth_methods_supported", Value: []string{"client_secret_post", "client_secret_basic", "none"}},
		{Name: "code_challenge_methods_supported", Value: []string{"S256"}},
		{Name: "claims_supported", Value: []string{
			"iss", "aud", "azp", "client_id", "sub", "oid", "xoid", "sid", "amr", "nonce", "at_hash", "c_hash", "auth_time",
			"email", "email_verified", "name", "given_name", "family_name", "iat", "exp",
		}},
		{Name: "claims_parameter_supported", Value: false},
		{Name: "request_parameter_supported", Value: false},
		{Name: "request_uri_parameter_supported", Value: false}, // true if left out
	}
}

// serveMetadata answers with the provider metadata.
func (p *publisher) serveMetadata(w http.ResponseWriter, _ *http.Request) {
	o := p.current()
	d := o.Metadata
	if d == nil {
		metadata := p.metadata()
		if o.EditMetadata != nil {
			o.EditMetadata(&metadata)
		}
		made := marshalled(metadata)
		d = &made
	}
	w.Header().Set("Content-Type", d.Type)
	w.Header().Set("Cache-Control", cacheControl)
	_, _ = w.Write(d.Content)
}
