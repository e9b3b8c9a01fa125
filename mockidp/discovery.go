package mockidp

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/assay-id/assay/mockidp/keyring"
)

// Document is the provider metadata as an ordered JSON object. OpenID Connect
// Discovery 1.0, 3.
type Document = keyring.Object

// SetDiscovery lets edit change the provider metadata of each answer from now
// on. It works on a copy made for that answer, so it may set, drop and append
// what it likes; it must not keep the document or call back into the
// environment, and may run concurrently. Nil returns to the genuine metadata.
func (e *Environment) SetDiscovery(edit func(*Document)) {
	e.override(func(o *overrides) { o.editDiscovery = edit })
}

// SetDiscoveryBody serves body in the place of the provider metadata from now
// on, whatever it is, and [Environment.SetDiscovery] has no effect. An empty
// contentType means application/json. A nil body returns to the metadata.
func (e *Environment) SetDiscoveryBody(body []byte, contentType string) {
	e.override(func(o *overrides) { o.discovery = newDocument(body, contentType) })
}

// MetadataPlace is where the provider metadata are.
type MetadataPlace string

// The places of [Environment.SetMetadataPlace]. Only the first is that of
// OpenID Connect Discovery 1.0, 4.1.
const (
	MetadataAppended MetadataPlace = ""         // the well-known path behind the issuer
	MetadataInserted MetadataPlace = "inserted" // the well-known path between host and path of the issuer
	MetadataOAuth    MetadataPlace = "oauth"    // /.well-known/oauth-authorization-server, appended and inserted: RFC 8414, 3.1
)

// SetMetadataPlace moves the provider metadata. The other places answer 404.
// It returns an error for an unknown place, and for [MetadataInserted] in the
// environment without a name, whose issuer has no path.
func (e *Environment) SetMetadataPlace(place MetadataPlace) error {
	places := []MetadataPlace{MetadataAppended, MetadataInserted, MetadataOAuth}
	switch {
	case !slices.Contains(places, place):
		return fmt.Errorf("place is %q, want one of %q", place, places)
	case place == MetadataInserted && e.name == "":
		return fmt.Errorf("place is %q, and the issuer %q has no path to insert it before", place, e.issuer)
	}
	e.override(func(o *overrides) { o.metadataAt = place })
	return nil
}

// inserted returns a well-known path with the path of the issuer behind it.
func (e *Environment) inserted(wellKnown string) string {
	return wellKnown + environmentPrefix + e.name
}

// insertedName returns the name of the environment whose path stands behind a
// well-known path.
func insertedName(path string) (name string, ok bool) {
	for _, wellKnown := range []string{discoveryPath, oauthMetadataPath} {
		if name, ok := strings.CutPrefix(path, wellKnown+environmentPrefix); ok {
			return name, true
		}
	}
	return "", false
}

// hasMetadata reports whether the provider metadata are at a path.
func (e *Environment) hasMetadata(path string) bool {
	switch e.overridden().metadataAt {
	case MetadataInserted:
		return path == e.inserted(discoveryPath)
	case MetadataOAuth:
		return path == oauthMetadataPath || path == e.inserted(oauthMetadataPath)
	}
	return path == discoveryPath
}

// metadata returns what the environment can do, and nothing that it cannot.
// The order is that of Discovery 1.0, 3.
func (e *Environment) metadata() Document {
	var scopes []string
	for _, c := range e.cfg.Clients {
		for _, scope := range c.Scopes {
			if !slices.Contains(scopes, scope) {
				scopes = append(scopes, scope)
			}
		}
	}
	var algs []string
	for _, k := range append(e.ring.Published(), e.ring.Signing()) {
		if !slices.Contains(algs, k.Alg()) {
			algs = append(algs, k.Alg())
		}
	}
	return Document{
		{Name: "issuer", Value: e.issuer},
		{Name: "authorization_endpoint", Value: e.issuer + authorizePath},
		{Name: "token_endpoint", Value: e.issuer + tokenPath},
		{Name: "userinfo_endpoint", Value: e.issuer + userInfoPath},
		{Name: "jwks_uri", Value: e.JWKSURI()},
		{Name: "end_session_endpoint", Value: e.issuer + logoutPath},
		{Name: "introspection_endpoint", Value: e.issuer + introspectPath},
		{Name: "revocation_endpoint", Value: e.issuer + revokePath},
		{Name: "scopes_supported", Value: scopes},
		{Name: "response_types_supported", Value: []string{"code"}},
		{Name: "response_modes_supported", Value: []string{"query"}},
		{Name: "grant_types_supported", Value: []string{grantCode, grantRefresh, grantClient}},
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

// serveDiscovery answers with the provider metadata.
func (e *Environment) serveDiscovery(w http.ResponseWriter, _ *http.Request) {
	o := e.overridden()
	d := o.discovery
	if d == nil {
		metadata := e.metadata()
		if o.editDiscovery != nil {
			o.editDiscovery(&metadata)
		}
		made := marshalled(metadata)
		d = &made
	}
	w.Header().Set("Content-Type", d.contentType)
	w.Header().Set("Cache-Control", cacheControl)
	_, _ = w.Write(d.body)
}
