package mockidp

import (
	"net/http"
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
	case fault.Discovery, fault.Keys, fault.Token, fault.UserInfo, fault.Revoke, fault.Resource:
		return true
	}
	return false
}

// mayRead reports whether scripts of an origin may read answers.
func (e *Environment) mayRead(origin string) bool {
	return slices.ContainsFunc(e.people.Clients(), func(c *Client) bool { return c.MayRead(origin) })
}
