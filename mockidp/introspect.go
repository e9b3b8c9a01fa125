package mockidp

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/ory/fosite"
)

// serveIntrospect is the introspection endpoint, for clients with a secret.
// RFC 7662, 2.
func (e *Environment) serveIntrospect(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	client, err := e.authenticateClient(ctx, r, r.PostForm)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	if client.IsPublic() {
		e.fail(w, r, invalidClient("a client without a secret cannot introspect"))
		return
	}
	token := r.PostForm.Get("token")
	if token == "" {
		e.fail(w, r, refuse("invalid_request", "the form has no token"))
		return
	}
	hint := fosite.TokenUse(r.PostForm.Get("token_type_hint"))
	use, request, err := e.provider().IntrospectToken(ctx, token, hint, new(session))
	if err != nil {
		writeJSON(w, map[string]any{"active": false})
		return
	}
	answer := map[string]any{}
	if use == fosite.AccessToken {
		// Its own claims are the truth about it, forged or not.
		answer = payload(token)
		answer["token_type"] = "Bearer"
	}
	answer["active"] = true
	answer["sub"] = request.GetSession().GetSubject()
	answer["client_id"] = request.GetClient().GetID()
	answer["scope"] = strings.Join(request.GetGrantedScopes(), " ")
	writeJSON(w, answer)
}

// payload returns the claims of a JWT without any check, or none if it is not
// one.
func payload(token string) map[string]any {
	claims := make(map[string]any)
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims
	}
	octets, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return claims
	}
	decoder := json.NewDecoder(strings.NewReader(string(octets)))
	decoder.UseNumber()
	if decoder.Decode(&claims) != nil || claims == nil {
		return make(map[string]any)
	}
	return claims
}
