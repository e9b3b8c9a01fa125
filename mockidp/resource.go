package mockidp

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/internal/request"
	"github.com/assay-id/assay/mockidp/keyring"
)

// The paths below an authorization server, which is the issuer followed by
// /resources/ and the ID of the resource.
const (
	registerPath = "/oauth/register"
	playedPath   = "/mcp" // the resource itself, if it has no URL of its own
)

// Resources returns the MCP servers and APIs in the order of the configuration.
func (e *Environment) Resources() []Resource {
	all := slices.Clone(e.people.Resources())
	for i, r := range all {
		all[i] = r.Clone()
	}
	return all
}

// ResourceIssuer returns the issuer of the authorization server of a resource.
func (e *Environment) ResourceIssuer(id string) string { return e.issuer + resourcesPath + id }

// ResourceURL returns where a resource is: its URL or, without one, where the
// environment plays it.
func (e *Environment) ResourceURL(r Resource) string {
	return cmp.Or(r.URL, e.ResourceIssuer(r.ID)+playedPath)
}

// namedResource returns the resource that a parameter names by its ID, its URL
// or its authorization server, or nil.
func (e *Environment) namedResource(named string) *directory.Resource {
	named = strings.TrimSuffix(named, "/")
	for _, r := range e.people.Resources() {
		names := []string{r.ID, strings.TrimSuffix(e.ResourceURL(r), "/"), e.ResourceIssuer(r.ID)}
		if slices.Contains(names, named) {
			return &r
		}
	}
	return nil
}

// resourceRoute finds what belongs to a resource: RFC 8414, 3.1 and RFC 9728,
// 3.1 insert their well-known paths before the path of the identifier. Scalekit
// also has the former after it, and the latter is there to be copied.
func (e *Environment) resourceRoute(path string) (to route, ok bool) {
	read := []string{http.MethodGet, http.MethodHead}
	prefix := ""
	for _, wellKnown := range []string{oauthMetadataPath, resourceMetadataPath} {
		if rest, found := strings.CutPrefix(path, wellKnown); found {
			prefix, path = wellKnown, strings.TrimPrefix(rest, strings.TrimSuffix(environmentPrefix+e.name, "/"))
		}
	}
	below, found := strings.CutPrefix(path, resourcesPath)
	if !found {
		return route{}, false
	}
	id, rest, _ := strings.Cut(below, "/")
	resource := e.people.Resource(id)
	if resource == nil {
		return route{}, false
	}
	switch r := *resource; prefix + "/" + rest {
	case oauthMetadataPath + "/", oauthMetadataPath:
		return route{fault.Resource, read, document(e.authorizationServer(r))}, true
	case resourceMetadataPath + playedPath, resourceMetadataPath:
		return route{fault.Resource, read, document(e.resourceMetadata(r))}, true
	case registerPath:
		return route{fault.Resource, []string{http.MethodPost}, e.serveRegistration}, true
	case playedPath:
		if r.URL != "" {
			return route{}, false
		}
		play := func(w http.ResponseWriter, q *http.Request) { e.playResource(w, q, r) }
		return route{fault.Resource, []string{http.MethodGet, http.MethodPost}, play}, true
	}
	return route{}, false
}

// document serves a JSON object.
func document(d Document) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { answer.JSON(w, d) }
}

// authorizationServer returns the metadata of the authorization server of a
// resource. RFC 8414, 2. Only there, clients can register.
func (e *Environment) authorizationServer(r Resource) Document {
	issuer := e.ResourceIssuer(r.ID)
	return Document{
		{Name: "issuer", Value: issuer},
		{Name: "authorization_endpoint", Value: e.issuer + authorizePath},
		{Name: "token_endpoint", Value: e.issuer + tokenPath},
		{Name: "jwks_uri", Value: e.published.jwksURI()},
		{Name: "registration_endpoint", Value: issuer + registerPath},
		{Name: "introspection_endpoint", Value: e.issuer + introspectPath},
		{Name: "revocation_endpoint", Value: e.issuer + revokePath},
		{Name: "scopes_supported", Value: append([]string{}, r.Scopes...)},
		{Name: "response_types_supported", Value: []string{"code"}},
		{Name: "grant_types_supported", Value: []string{directory.GrantCode, directory.GrantRefresh, directory.GrantClient}},
		{Name: "token_endpoint_auth_methods_supported", Value: []string{"client_secret_post", "client_secret_basic", "none"}},
		{Name: "code_challenge_methods_supported", Value: []string{"S256"}},
	}
}

// resourceMetadata returns what a resource has to publish about itself, at
// /.well-known/oauth-protected-resource followed by its path. RFC 9728, 2.
func (e *Environment) resourceMetadata(r Resource) Document {
	return Document{
		{Name: "resource", Value: e.ResourceURL(r)},
		{Name: "authorization_servers", Value: []string{e.ResourceIssuer(r.ID)}},
		{Name: "bearer_methods_supported", Value: []string{"header"}},
		{Name: "scopes_supported", Value: append([]string{}, r.Scopes...)},
		{Name: "resource_name", Value: cmp.Or(r.Name, r.ID)},
	}
}

// playResource answers as a resource must: RFC 9728, 5.1 and RFC 6750, 3.1. It
// says what it would accept, and who a good token is about.
func (e *Environment) playResource(w http.ResponseWriter, r *http.Request, resource Resource) {
	refuse := func(status int, code, scope, description string) {
		value := fmt.Sprintf("Bearer realm=%q, resource_metadata=%q", "OAuth", e.resourceMetadataURL(resource))
		if code != "" {
			value += fmt.Sprintf(", error=%q, error_description=%q", code, answer.Printable(description))
		}
		if scope != "" {
			value += fmt.Sprintf(", scope=%q", scope)
		}
		w.Header().Set("WWW-Authenticate", value)
		answer.Error(w, status, cmp.Or(code, "invalid_request"), description)
	}
	token := request.Bearer(r)
	if token == "" {
		refuse(http.StatusUnauthorized, "", "", "the request has no access token: a token request with resource="+e.ResourceURL(resource)+" gives one")
		return
	}
	found, ok := e.provider().Introspect(r.Context(), token, "access_token")
	switch {
	case !ok || !found.IsAccessToken:
		refuse(http.StatusUnauthorized, "invalid_token", "", "the access token is unknown, expired or revoked")
		return
	case !slices.Contains(found.Audience, resource.ID):
		refuse(http.StatusUnauthorized, "invalid_token", "",
			fmt.Sprintf("the aud of the access token is %s, and %s is missing: the request for it had to name the resource",
				strings.Join(found.Audience, ", "), resource.ID))
		return
	}
	if len(resource.Scopes) > 0 && !slices.ContainsFunc(found.Scopes, func(s string) bool { return slices.Contains(resource.Scopes, s) }) {
		scopes := strings.Join(resource.Scopes, " ")
		refuse(http.StatusForbidden, "insufficient_scope", scopes, "the access token has none of the scopes "+scopes)
		return
	}
	answer.JSON(w, keyring.Object{
		{Name: "sub", Value: found.Session.Subject},
		{Name: "client_id", Value: found.ClientID},
		{Name: "scope", Value: strings.Join(found.Scopes, " ")},
	})
}

// resourceMetadataURL returns where the metadata of a resource is. RFC 9728,
// 3.1.
func (e *Environment) resourceMetadataURL(r Resource) string {
	at := e.ResourceURL(r)
	scheme, rest, _ := strings.Cut(at, "://")
	host, path, _ := strings.Cut(rest, "/")
	path, _, _ = strings.Cut(path, "?")
	if path = strings.TrimSuffix(path, "/"); path != "" {
		path = "/" + path
	}
	return scheme + "://" + host + resourceMetadataPath + path
}
