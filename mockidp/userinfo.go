package mockidp

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/ory/fosite"

	"github.com/assay-id/assay/mockidp/keyring"
)

// serveUserInfo is the UserInfo endpoint. OIDC Core 1.0, 5.3.
func (e *Environment) serveUserInfo(w http.ResponseWriter, r *http.Request) {
	token := bearer(r)
	if token == "" {
		// RFC 6750, 3.1: no error code if there was nothing to judge.
		e.challenge(w, http.StatusUnauthorized, "", "the request has no access token")
		return
	}
	use, request, err := e.provider().IntrospectToken(r.Context(), token, fosite.AccessToken, new(session))
	if err != nil || use != fosite.AccessToken {
		e.challenge(w, http.StatusUnauthorized, "invalid_token", "the access token is unknown, expired or revoked")
		return
	}
	s, err := sessionOf(request)
	if err != nil || s.user == nil || !request.GetGrantedScopes().Has("openid") {
		e.challenge(w, http.StatusForbidden, "insufficient_scope", "the access token does not have the scope openid")
		return
	}
	info := keyring.Object{{Name: "sub", Value: s.subject}}
	add := func(name string, value any) { info = append(info, keyring.Member{Name: name, Value: value}) }
	addOrganization(add, s)
	addProfile(add, s.user)
	writeJSON(w, info)
}

// bearer returns the access token of the request. RFC 6750, 2.1 and 2.2.
func bearer(r *http.Request) string {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if ok && strings.EqualFold(scheme, "Bearer") {
		return token
	}
	return r.PostForm.Get("access_token")
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
	writeError(w, status, code, description)
}
