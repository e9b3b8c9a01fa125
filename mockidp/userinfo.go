package mockidp

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/internal/request"
	"github.com/assay-id/assay/mockidp/keyring"
)

// serveUserInfo is the UserInfo endpoint. OIDC Core 1.0, 5.3.
func (e *Environment) serveUserInfo(w http.ResponseWriter, r *http.Request) {
	token := request.Bearer(r)
	if token == "" {
		// RFC 6750, 3.1: no error code if the request has no token.
		e.challenge(w, http.StatusUnauthorized, "", "the request has no access token")
		return
	}
	found, ok := e.provider().Introspect(r.Context(), token, "access_token")
	if !ok || !found.IsAccessToken {
		e.challenge(w, http.StatusUnauthorized, "invalid_token",
			"the access token is unknown, expired or revoked")
		return
	}
	s := found.Session
	if s.User == nil || !slices.Contains(found.Scopes, "openid") {
		e.challenge(w, http.StatusForbidden, "insufficient_scope",
			"the access token does not have the scope openid")
		return
	}
	info := keyring.Object{{Name: "sub", Value: s.Subject}}
	add := func(name string, value any) {
		info = append(info, keyring.Member{Name: name, Value: value})
	}
	addOrganization(add, s)
	addProfile(add, s.User)
	answer.JSON(w, info)
}

// authenticateSDK tells for [directory.SDK] whether an access token is valid,
// and whether it is a client's own.
func (e *Environment) authenticateSDK(r *http.Request, token string) (own, valid bool) {
	found, ok := e.provider().Introspect(r.Context(), token, "access_token")
	if !ok || !found.IsAccessToken {
		return false, false
	}
	return found.Session.User == nil, true
}

// challenge answers as RFC 6750, 3 says.
func (e *Environment) challenge(w http.ResponseWriter, status int, code, description string) {
	value := fmt.Sprintf("Bearer realm=%q", e.issuer)
	if code != "" {
		value += fmt.Sprintf(", error=%q, error_description=%q", code, description)
	} else {
		code = "invalid_request"
	}
	w.Header().Set("WWW-Authenticate", value)
	answer.Error(w, status, code, description)
}
