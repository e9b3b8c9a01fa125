package mockidp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/assay-id/assay/mockidp"
)

// withToken asks the UserInfo endpoint.
func withToken(t *testing.T, c *http.Client, e *mockidp.Environment, token string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.Issuer()+"/userinfo", nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return do(t, c, r)
}

func TestUserInfo(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	rp := relyingParty(e, e.Client())
	got := login(t, c, rp)
	want := map[string]any{
		"sub": e.User().ID, "oid": e.Organizations()[0].ID,
		"email": "john.doe@example.com", "email_verified": true,
		"name": "John Doe", "given_name": "John", "family_name": "Doe",
	}
	diff(t, "UserInfo", want, withToken(t, c, e, got.AccessToken).object(t))
	diff(t, "UserInfo by POST", want, post(t, c, e.Issuer()+"/userinfo", url.Values{"access_token": {got.AccessToken}}).object(t))

	rotate(t, e)
	diff(t, "UserInfo after a rotation", want, withToken(t, c, e, got.AccessToken).object(t))

	machine := post(t, c, e.Issuer()+"/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {e.Client().ID}, "client_secret": {e.Client().Secret},
	}).object(t)["access_token"].(string)
	tests := []struct {
		name, token string
		status      int
		code        string // in the challenge
	}{
		{"no token", "", http.StatusUnauthorized, ""},
		{"unknown token", "x", http.StatusUnauthorized, `error="invalid_token"`},
		{"ID Token", got.idToken(), http.StatusUnauthorized, `error="invalid_token"`},
		{"refresh token", got.RefreshToken, http.StatusUnauthorized, `error="invalid_token"`},
		{"token of a client", machine, http.StatusForbidden, `error="insufficient_scope"`},
		{"token without openid", login(t, c, relyingParty(e, e.Client(), "email")).AccessToken, http.StatusForbidden, `error="insufficient_scope"`},
		{"changed token", got.AccessToken + "x", http.StatusUnauthorized, `error="invalid_token"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := withToken(t, c, e, tt.token)
			if r.StatusCode != tt.status {
				t.Errorf("status is %d, want %d: %s", r.StatusCode, tt.status, r.body)
			}
			challenge := r.Header.Get("WWW-Authenticate")
			if !strings.HasPrefix(challenge, `Bearer realm="`+e.Issuer()+`"`) || !strings.Contains(challenge, tt.code) {
				t.Errorf("WWW-Authenticate is %q, want %s", challenge, tt.code)
			}
			if tt.code == "" && strings.Contains(challenge, "error") {
				t.Errorf("WWW-Authenticate is %q, want no error", challenge)
			}
		})
	}
}

func TestIntrospection(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	client := e.Client()
	got := login(t, c, relyingParty(e, client))
	_, claims := decode(t, got.AccessToken)
	ask := func(form url.Values) reply {
		full := url.Values{"client_id": {client.ID}, "client_secret": {client.Secret}}
		for name, values := range form {
			full[name] = values
		}
		return post(t, c, e.Issuer()+"/oauth/introspect", full)
	}
	answer := ask(url.Values{"token": {got.AccessToken}}).object(t)
	for _, name := range []string{"iss", "sub", "oid", "sid", "jti", "scope", "client_id"} {
		if answer[name] != claims[name] {
			t.Errorf("%s is %v, want %v", name, answer[name], claims[name])
		}
	}
	if answer["active"] != true || answer["token_type"] != "Bearer" {
		t.Errorf("active is %v, token_type %v", answer["active"], answer["token_type"])
	}
	rotate(t, e)
	if !active(t, c, e, got.AccessToken) {
		t.Errorf("the access token is not active after its key has left")
	}
	diff(t, "refresh token", map[string]any{
		"active": true, "sub": e.User().ID, "client_id": client.ID, "scope": "openid profile email offline_access",
	}, ask(url.Values{"token": {got.RefreshToken}, "token_type_hint": {"refresh_token"}}).object(t))
	for _, token := range []string{"x", got.idToken(), got.AccessToken + "x"} {
		diff(t, "inactive token", map[string]any{"active": false}, ask(url.Values{"token": {token}}).object(t))
	}
	if r := refresh(t, c, e, got.RefreshToken); r.StatusCode != http.StatusOK {
		t.Errorf("asking has used up the refresh token: %s", r.body)
	}

	wantError(t, ask(nil), http.StatusBadRequest, "invalid_request")
	wantError(t, ask(url.Values{"token": {"x"}, "client_secret": {"wrong"}}), http.StatusUnauthorized, "invalid_client")
	public := url.Values{"token": {"x"}, "client_id": {e.Clients()[1].ID}, "client_secret": nil}
	wantError(t, ask(public), http.StatusUnauthorized, "invalid_client")
}

func TestRevocation(t *testing.T) {
	t.Parallel()
	e := only(t, people())
	c := browser(t)
	revoke := func(form url.Values) reply {
		full := url.Values{"client_id": {"skc_1"}, "client_secret": {"test_1"}}
		for name, values := range form {
			full[name] = values
		}
		return post(t, c, e.Issuer()+"/revoke", full)
	}
	rp := relyingParty(e, e.Client())
	for _, tt := range []struct {
		name string
		form func(tokens) url.Values
	}{
		{"access token", func(got tokens) url.Values { return url.Values{"token": {got.AccessToken}} }},
		{"refresh token", func(got tokens) url.Values { return url.Values{"token": {got.RefreshToken}} }},
		{"access token with the wrong hint", func(got tokens) url.Values {
			return url.Values{"token": {got.AccessToken}, "token_type_hint": {"refresh_token"}}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, other := login(t, c, rp), login(t, c, rp)
			for range 2 { // Revoking twice is as good as once.
				if r := revoke(tt.form(got)); r.StatusCode != http.StatusOK || len(r.body) != 0 {
					t.Errorf("the answer is %d %q", r.StatusCode, r.body)
				}
			}
			if active(t, c, e, got.AccessToken) {
				t.Errorf("the access token is still active")
			}
			wantError(t, refresh(t, c, e, got.RefreshToken), http.StatusBadRequest, "invalid_grant")
			if !active(t, c, e, other.AccessToken) {
				t.Errorf("another login is revoked as well")
			}
		})
	}
	if r := revoke(url.Values{"token": {"unknown"}}); r.StatusCode != http.StatusOK {
		t.Errorf("an unknown token answers %d, want 200", r.StatusCode)
	}
	wantError(t, revoke(nil), http.StatusBadRequest, "invalid_request")
	wantError(t, revoke(url.Values{"token": {"x"}, "client_secret": {"wrong"}}), http.StatusUnauthorized, "invalid_client")
	got := login(t, c, rp)
	wantError(t, revoke(url.Values{"token": {got.AccessToken}, "client_id": {"skc_public"}, "client_secret": nil}), http.StatusBadRequest, "unauthorized_client")
	if !active(t, c, e, got.AccessToken) {
		t.Errorf("another client has revoked the token")
	}
}

func TestLogout(t *testing.T) {
	t.Parallel()
	cfg := people()
	cfg.Clients[0].PostLogoutRedirectURIs = []string{"https://app.example.com/bye"}
	e := only(t, cfg)
	c := browser(t)
	rp := relyingParty(e, e.Client())
	logout := func(parameters url.Values) reply {
		return get(t, c, e.Issuer()+"/oidc/logout?"+parameters.Encode())
	}
	got, other := login(t, c, rp), login(t, c, rp)
	rotate(t, e)
	r := logout(url.Values{"id_token_hint": {got.idToken()}, "post_logout_redirect_uri": {"https://app.example.com/bye"}, "state": {"s"}})
	if to := r.Header.Get("Location"); r.StatusCode != http.StatusFound || to != "https://app.example.com/bye?state=s" {
		t.Errorf("the answer is %d to %q", r.StatusCode, to)
	}
	if active(t, c, e, got.AccessToken) || !active(t, c, e, other.AccessToken) {
		t.Errorf("active are %v and %v, want only the other login",
			active(t, c, e, got.AccessToken), active(t, c, e, other.AccessToken))
	}
	wantError(t, refresh(t, c, e, got.RefreshToken), http.StatusBadRequest, "invalid_grant")

	if r := logout(nil); r.StatusCode != http.StatusOK || r.Header.Get("Location") != "" {
		t.Errorf("without parameters the answer is %d to %q",
			r.StatusCode, r.Header.Get("Location"))
	}
	r = logout(url.Values{"client_id": {"skc_1"}, "post_logout_redirect_uri": {"https://app.example.com/bye"}})
	if to := r.Header.Get("Location"); to != "https://app.example.com/bye" {
		t.Errorf("with a client_id alone the answer is %d to %q", r.StatusCode, to)
	}
	for name, parameters := range map[string]url.Values{
		"URI that is not registered": {"id_token_hint": {other.idToken()}, "post_logout_redirect_uri": {"https://evil.example.com/bye"}},
		"URI of a login":             {"id_token_hint": {other.idToken()}, "post_logout_redirect_uri": {callback}},
		"URI without a client":       {"post_logout_redirect_uri": {"https://app.example.com/bye"}},
		"hint of others":             {"id_token_hint": {"e30.e30.e30"}},
		"two clients":                {"id_token_hint": {other.idToken()}, "client_id": {"skc_public"}},
	} {
		r := logout(parameters)
		wantError(t, r, http.StatusBadRequest, "invalid_request")
		if to := r.Header.Get("Location"); to != "" {
			t.Errorf("%s leads to %q", name, to)
		}
	}
}
