package mockidp

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/internal/answer"
	"github.com/assay-id/assay/mockidp/internal/oauth"
)

// serveToken is the token endpoint. RFC 6749, 3.2.
func (e *Environment) serveToken(w http.ResponseWriter, r *http.Request) {
	i := e.tokens.newIssue(e.faultRequest(r, tokenPath, fault.Token))
	i.grantType = r.PostForm.Get("grant_type")
	if i.grantType == directory.GrantCode {
		i.code = r.PostForm.Get("code")
	}
	if err := e.provider().Token(withIssue(r.Context(), i), w, r); err != nil {
		e.errors.Fail(w, r, err)
	}
}

// serveRevoke is the revocation endpoint. Revoking any token revokes all that
// follow from the same login. RFC 7009, 2.
func (e *Environment) serveRevoke(w http.ResponseWriter, r *http.Request) {
	if err := e.provider().Revoke(r); err != nil {
		e.errors.Fail(w, r, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
}

// serveIntrospect is the introspection endpoint, for clients with a secret.
// RFC 7662, 2.
func (e *Environment) serveIntrospect(w http.ResponseWriter, r *http.Request) {
	client, err := e.provider().AuthenticateClient(r)
	if err != nil {
		e.errors.Fail(w, r, err)
		return
	}
	if client.Public() {
		e.errors.Fail(w, r, oauth.InvalidClient("a client without a secret cannot introspect"))
		return
	}
	token := r.PostForm.Get("token")
	if token == "" {
		e.errors.Fail(w, r, oauth.Refuse("invalid_request", "the form has no token"))
		return
	}
	found, ok := e.provider().Introspect(r.Context(), token, r.PostForm.Get("token_type_hint"))
	if !ok {
		answer.JSON(w, map[string]any{"active": false})
		return
	}
	claims := map[string]any{
		"sub":       found.Session.Subject,
		"client_id": found.ClientID,
		"scope":     strings.Join(found.Scopes, " "),
	}
	if found.IsAccessToken {
		// Its own claims are the truth about it, forged or not.
		maps.Copy(claims, payload(token))
		claims["token_type"] = "Bearer"
		if e.isPast(claims["exp"]) {
			answer.JSON(w, map[string]any{"active": false})
			return
		}
	}
	claims["active"] = true
	answer.JSON(w, claims)
}

// isPast reports whether a claim is a time that has come.
func (e *Environment) isPast(claim any) bool {
	number, ok := claim.(json.Number)
	if !ok {
		return false
	}
	seconds, err := number.Float64()
	return err == nil && seconds <= float64(e.cfg.Now().Unix())
}

// payload returns the claims of a JWT without any check, or none if it is not
// one.
func payload(token string) map[string]any {
	claims := make(map[string]any)
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return claims
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if decoder.Decode(&claims) != nil || claims == nil {
		return make(map[string]any)
	}
	return claims
}
