package mockidp

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/internal/request"
)

// The paths below the issuer, which are Scalekit's.
const (
	discoveryPath        = "/.well-known/openid-configuration"
	oauthMetadataPath    = "/.well-known/oauth-authorization-server"
	resourceMetadataPath = "/.well-known/oauth-protected-resource"
	resourcesPath        = "/resources/"
	defaultJWKSPath      = "/keys"
	wellKnownJWKSPath    = "/.well-known/jwks.json"
	authorizePath        = "/oauth/authorize"
	tokenPath            = "/oauth/token"
	userInfoPath         = "/userinfo"
	introspectPath       = "/oauth/introspect"
	revokePath           = "/revoke"
	logoutPath           = "/oidc/logout"
)

// environmentPrefix begins the paths of the environments that have a name.
const environmentPrefix = "/t/"

// route is an endpoint with the methods that it takes.
type route struct {
	endpoint fault.Endpoint
	methods  []string
	serve    http.HandlerFunc
}

// route finds the endpoint of a path below the issuer.
func (e *Environment) route(path string) route {
	read := []string{http.MethodGet, http.MethodHead}
	form := []string{http.MethodGet, http.MethodPost}
	post := []string{http.MethodPost}
	if path == e.published.current().JWKSPath {
		return route{fault.Keys, read, e.published.serveKeys}
	}
	switch path {
	case discoveryPath, oauthMetadataPath, e.published.inserted(discoveryPath), e.published.inserted(oauthMetadataPath):
		if e.published.hasMetadata(path) {
			return route{fault.Discovery, read, e.published.serveMetadata}
		}
		if path == discoveryPath {
			return route{fault.Discovery, read, answer.NotFound}
		}
		return route{fault.Other, nil, answer.NotFound}
	case wellKnownJWKSPath:
		return route{fault.Keys, read, e.published.serveWellKnownKeys}
	case authorizePath:
		return route{fault.Authorize, form, e.signin.Authorize}
	case tokenPath:
		return route{fault.Token, post, e.serveToken}
	case userInfoPath:
		return route{fault.UserInfo, form, e.serveUserInfo}
	case introspectPath:
		return route{fault.Introspect, post, e.serveIntrospect}
	case revokePath:
		return route{fault.Revoke, post, e.serveRevoke}
	case logoutPath:
		return route{fault.Logout, form, e.signin.Logout}
	}
	if to, ok := e.resourceRoute(path); ok {
		return to
	}
	if to, ok := e.syncRoute(path); ok {
		return to
	}
	if id, ok := strings.CutPrefix(path, portalPath); ok {
		return route{fault.Login, read, func(w http.ResponseWriter, _ *http.Request) { e.servePortal(w, id) }}
	}
	if methods, serve := e.signin.Page(path); serve != nil {
		return route{fault.Login, methods, serve}
	}
	if method, ok := strings.CutPrefix(path, directory.GRPCPrefix); ok {
		return route{
			fault.GRPC, post,
			func(w http.ResponseWriter, r *http.Request) { e.sdk.Serve(w, r, method) },
		}
	}
	return route{fault.Other, nil, answer.NotFound}
}

// serve answers a request for a path below the issuer. It logs the request
// before it answers, because a fault may never end.
func (e *Environment) serve(w http.ResponseWriter, r *http.Request, path string) {
	arrived, to := time.Now(), e.route(path)
	malformed := request.ParseForm(w, r)
	entry := e.describe(r, path, to.endpoint)
	died, dead := fault.Died(r)
	struck := e.strike(r, entry)
	switch {
	case dead:
		entry.FaultID = died
	case struck != nil:
		entry.FaultID = struck.FaultID()
	}
	e.log.add(entry)
	e.logger.Debug("request",
		"issuer", e.issuer, "method", r.Method, "path", path, "client", entry.ClientID, "fault", entry.FaultID)

	if dead {
		fault.Abort(w)
		return
	}
	w = &recorder{w, &e.log, entry, arrived}
	if e.allowOrigin(w, r, to) {
		return
	}
	handler := to.handler(malformed)
	if struck != nil {
		struck.Serve(w, r, handler)
		return
	}
	handler.ServeHTTP(w, r)
}

// faultsHeader is a request header field that, with the value "off", spares a
// request all faults. It is for people who look at an environment while
// others are tested against it.
const faultsHeader = "Assay-Faults"

// strike picks the fault for a request, if there is one.
func (e *Environment) strike(r *http.Request, entry *Request) *fault.Injection {
	if _, dead := fault.Died(r); dead || r.Method == http.MethodOptions ||
		r.Header.Get(faultsHeader) == "off" {
		return nil
	}
	return e.faults.Pick(e.faultRequest(r, entry.Path, entry.Endpoint))
}

// faultRequest returns what faults have to know about a request.
func (e *Environment) faultRequest(
	r *http.Request, path string, endpoint fault.Endpoint,
) fault.Request {
	return fault.Request{
		Endpoint:  endpoint,
		ClientID:  request.ClientID(r),
		UserAgent: r.UserAgent(),
		Path:      path,
		GrantType: r.PostForm.Get("grant_type"),
	}
}

// handler returns the endpoint preceded by the checks that all endpoints
// need.
func (to route) handler(malformed bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case to.methods != nil && !slices.Contains(to.methods, r.Method):
			w.Header().Set("Allow", strings.Join(to.methods, ", "))
			answer.Error(w, http.StatusMethodNotAllowed, "invalid_request",
				"the method is "+r.Method)
		case malformed:
			answer.Error(w, http.StatusBadRequest, "invalid_request", "the form cannot be read")
		default:
			to.serve(w, r)
		}
	})
}

// collapse turns runs of slashes into one. SDKs that are given an issuer with
// a trailing slash send "//oauth/token"; a redirect, the answer of
// http.ServeMux, would turn their POST into a GET.
func collapse(path string) string {
	if !strings.Contains(path, "//") {
		return path
	}
	var b strings.Builder
	for i := range len(path) {
		if i > 0 && path[i] == '/' && path[i-1] == '/' {
			continue
		}
		b.WriteByte(path[i])
	}
	return b.String()
}

// withoutBase removes base, the path of a listener's URL, from the beginning
// of path, or from where it follows a well-known path. A path without it is
// what it is: a proxy has removed base, or there is none.
func withoutBase(path, base string) string {
	if base == "" {
		return path
	}
	for _, before := range []string{"", discoveryPath, oauthMetadataPath, resourceMetadataPath} {
		rest, ok := strings.CutPrefix(path, before+base)
		switch {
		case !ok:
		case strings.HasPrefix(rest, "/"):
			return before + rest
		case rest == "" && before != "":
			return before + environmentPrefix // of the environment that has no name
		case rest == "":
			return "/"
		}
	}
	return path
}
