package mockidp

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/assay-id/assay/mockidp/fault"
)

// allowOrigin lets scripts of the applications read the answer, errors
// included: scripts from the origin of a redirect URI, as at Scalekit. It
// reports whether the request was a preflight request, which is then
// answered.
func (e *Environment) allowOrigin(
	w http.ResponseWriter, r *http.Request, to route,
) (answered bool) {
	if !to.scripted() {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if origin == "" || !e.mayRead(origin) {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h.Set("Access-Control-Allow-Methods", strings.Join(to.methods, ", "))
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// scripted reports whether scripts may use the endpoint. They may not where
// browsers are sent.
func (to route) scripted() bool {
	switch to.endpoint {
	case fault.Discovery, fault.Keys, fault.Token, fault.UserInfo, fault.Revoke:
		return true
	}
	return false
}

// mayRead reports whether an origin is the origin of a redirect URI. Loopback
// addresses may have any port, as in redirect URIs.
func (e *Environment) mayRead(origin string) bool {
	o, err := url.Parse(origin)
	if err != nil || o.Host == "" {
		return false
	}
	return slices.ContainsFunc(e.people.Clients(), func(c Client) bool {
		return slices.ContainsFunc(c.RedirectURIs, func(raw string) bool {
			u, err := url.Parse(raw)
			if err != nil || u.Scheme != o.Scheme {
				return false
			}
			ip := net.ParseIP(u.Hostname())
			return u.Host == o.Host || ip.IsLoopback() && u.Hostname() == o.Hostname()
		})
	})
}
