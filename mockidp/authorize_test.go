package mockidp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"github.com/assay-id/assay/mockidp"
)

// challenge is the S256 challenge of the verifier in RFC 7636, appendix B.
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

// people is an environment with more than one of everything.
func people() mockidp.EnvironmentConfig {
	return mockidp.EnvironmentConfig{
		Clients: []mockidp.Client{
			{ID: "skc_1", Secret: "test_1", RedirectURIs: []string{
				"http://127.0.0.1/callback", "http://[::1]/callback", "https://app.example.com/callback?fixed=1",
			}},
			{ID: "skc_public", RedirectURIs: []string{callback}},
		},
		Organizations: []mockidp.Organization{
			{ID: "org_1", ConnectionID: "conn_1"}, {ID: "org_2", ConnectionID: "conn_2"}, {ID: "org_3"}, {ID: "org_4"},
		},
		Connections: []mockidp.Connection{
			{ID: "conn_google", Type: mockidp.ConnectionSocial, Provider: "google"},
			{ID: "conn_3", Type: mockidp.ConnectionEnterprise, OrganizationID: "org_3", Domains: []string{"three.example"}},
			{ID: "conn_off", Type: mockidp.ConnectionEnterprise, OrganizationID: "org_4", Inactive: true},
		},
		Users: []mockidp.User{
			{ID: "usr_ada", Email: "ada@example.com", Memberships: []mockidp.Membership{
				{OrganizationID: "org_1", Roles: []string{"admin"}}, {OrganizationID: "org_2", Roles: []string{"member"}},
			}},
			{ID: "usr_bob", Email: "bob@example.com", Memberships: []mockidp.Membership{{OrganizationID: "org_2"}}},
			{ID: "usr_eve", Email: "eve@example.com"},
			{ID: "usr_kim", Email: "kim@other.example", Inactive: true, Memberships: []mockidp.Membership{{OrganizationID: "org_4"}}},
			{ID: "usr_lee", Email: "lee@other.example", Memberships: []mockidp.Membership{{OrganizationID: "org_3"}}},
		},
	}
}

// TestAuthorizeErrors starts from a good request and changes one thing.
func TestAuthorizeErrors(t *testing.T) {
	t.Parallel()
	e := only(t, people())
	c := browser(t)
	good := url.Values{
		"response_type": {"code"}, "client_id": {"skc_1"}, "redirect_uri": {callback}, "scope": {"openid"}, "state": {"s"},
	}
	tests := []struct {
		name     string
		change   url.Values // a nil value deletes
		redirect bool
		code     string
	}{
		{"unknown client", url.Values{"client_id": {"skc_9"}}, false, "invalid_client"},
		{"no client", url.Values{"client_id": nil}, false, "invalid_client"},
		{"client twice", url.Values{"client_id": {"skc_1", "skc_1"}}, false, "invalid_request"},
		{"no redirect URI", url.Values{"redirect_uri": nil}, false, "invalid_redirect_uri"},
		{"another host", url.Values{"redirect_uri": {"https://evil.example.com/callback"}}, false, "invalid_redirect_uri"},
		{"another path", url.Values{"redirect_uri": {"http://127.0.0.1:8080/callback/x"}}, false, "invalid_redirect_uri"},
		{"a trailing slash", url.Values{"redirect_uri": {"http://127.0.0.1:8080/callback/"}}, false, "invalid_redirect_uri"},
		{"another scheme", url.Values{"redirect_uri": {"https://127.0.0.1:8080/callback"}}, false, "invalid_redirect_uri"},
		{"localhost for 127.0.0.1", url.Values{"redirect_uri": {"http://localhost:8080/callback"}}, false, "invalid_redirect_uri"},
		{"a fragment", url.Values{"redirect_uri": {"http://127.0.0.1:8080/callback#x"}}, false, "invalid_redirect_uri"},
		{"another query", url.Values{"redirect_uri": {"https://app.example.com/callback?fixed=2"}}, false, "invalid_redirect_uri"},
		{"user information", url.Values{"redirect_uri": {"http://127.0.0.1@evil.example.com/callback"}}, false, "invalid_redirect_uri"},
		{"not a URI", url.Values{"redirect_uri": {":"}}, false, "invalid_redirect_uri"},
		{"redirect URI twice", url.Values{"redirect_uri": {callback, "https://evil.example.com"}}, false, "invalid_request"},

		{"implicit flow", url.Values{"response_type": {"id_token"}}, true, "unsupported_response_type"},
		{"hybrid flow", url.Values{"response_type": {"code id_token"}}, true, "unsupported_response_type"},
		{"no response type", url.Values{"response_type": nil}, true, "unsupported_response_type"},
		{"form_post", url.Values{"response_mode": {"form_post"}}, true, "invalid_request"},
		{"unknown scope", url.Values{"scope": {"openid admin"}}, true, "invalid_scope"},
		{"unknown prompt", url.Values{"prompt": {"dance"}}, true, "invalid_request"},
		{"prompt none", url.Values{"prompt": {"none"}}, true, "login_required"},
		{"request object", url.Values{"request": {"e30.e30."}}, true, "request_not_supported"},
		{"request URI", url.Values{"request_uri": {"https://app.example.com/r"}}, true, "request_uri_not_supported"},
		{"plain PKCE", url.Values{"code_challenge": {challenge}, "code_challenge_method": {"plain"}}, true, "invalid_request"},
		{"PKCE without a method", url.Values{"code_challenge": {challenge}}, true, "invalid_request"},
		{"public client without PKCE", url.Values{"client_id": {"skc_public"}}, true, "invalid_request"},
		{"scope twice", url.Values{"scope": {"openid", "openid"}}, true, "invalid_request"},
		{"unknown user", url.Values{"login_hint": {"nobody@example.com"}}, true, "access_denied"},
		{"unknown organization", url.Values{"organization_id": {"org_9"}}, true, "invalid_organization_id"},
		{"organization of others", url.Values{"organization_id": {"org_3"}}, true, "access_denied"},
		{"organization for a user without any", url.Values{"organization_id": {"org_1"}, "login_hint": {"usr_eve"}}, true, "access_denied"},
		{"unknown connection", url.Values{"connection_id": {"conn_9"}}, true, "invalid_connection_id"},
		{"connection that is not active", url.Values{"connection_id": {"conn_off"}}, true, "connection_not_active"},
		{"connection of an organization of others", url.Values{"connection_id": {"conn_2"}, "login_hint": {"usr_eve"}}, true, "access_denied"},
		{"connection for another domain", url.Values{"connection_id": {"conn_3"}, "login_hint": {"usr_lee"}}, true, "invalid_user_domain"},
		{"provider without a connection", url.Values{"provider": {"myspace"}}, true, "invalid_connection_selector"},
		{"user who is not active", url.Values{"login_hint": {"usr_kim"}, "organization_id": {"org_4"}}, true, "user_not_active"},
		{"hint that is not a token", url.Values{"id_token_hint": {"x"}}, true, "invalid_request"},
		{"audience of others", url.Values{"audience": {"https://api.example.com"}}, true, "invalid_request"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			form := url.Values{}
			for _, from := range []url.Values{good, tt.change} {
				for name, values := range from {
					form[name] = values
				}
			}
			r := get(t, c, e.Issuer()+"/oauth/authorize?"+form.Encode())
			if !tt.redirect {
				wantError(t, r, http.StatusBadRequest, tt.code)
				if to := r.Header.Get("Location"); to != "" {
					t.Errorf("Location is %q, want none", to)
				}
				return
			}
			to, err := r.Location()
			if err != nil || r.StatusCode != http.StatusFound {
				t.Fatalf("the answer is %d %s, %v", r.StatusCode, r.body, err)
			}
			got := to.Query()
			if got.Get("error") != tt.code {
				t.Errorf("error is %q (%s), want %q",
					got.Get("error"), got.Get("error_description"), tt.code)
			}
			if got.Get("error_description") == "" || got.Has("code") {
				t.Errorf("the parameters are %v", got)
			}
			if state := got["state"]; len(state) != 1 || state[0] != "s" {
				t.Errorf("state is %q, want it back", state)
			}
		})
	}
}

// TestAuthorizeAnswers checks what a good request gets.
func TestAuthorizeAnswers(t *testing.T) {
	t.Parallel()
	e := only(t, people())
	c := browser(t)
	tests := []struct {
		name   string
		change url.Values
		names  []string // of the parameters that come back
	}{
		{"with a state", url.Values{"state": {"s"}}, []string{"code", "state"}},
		{"without a state", nil, []string{"code"}},
		{"a state of one character", url.Values{"state": {"1"}}, []string{"code", "state"}},
		{"an explicit response mode", url.Values{"response_mode": {"query"}}, []string{"code"}},
		{"prompt login", url.Values{"prompt": {"login"}}, []string{"code"}},
		{"prompt create", url.Values{"prompt": {"create"}}, []string{"code"}},
		{"prompt select_account", url.Values{"prompt": {"select_account"}, "organization_id": {"org_2"}}, []string{"code"}},
		{"what SDKs send besides", url.Values{"domain_hint": {"example.com"}, "domain": {"example.com"}, "provider": {"google"}, "max_age": {"0"}}, []string{"code"}},
		{"a port of its own", url.Values{"redirect_uri": {"http://127.0.0.1:65001/callback"}}, []string{"code"}},
		{"IPv6", url.Values{"redirect_uri": {"http://[::1]:9/callback"}}, []string{"code"}},
		{"a query of its own", url.Values{"redirect_uri": {"https://app.example.com/callback?fixed=1"}}, []string{"code", "fixed"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			form := url.Values{"response_type": {"code"}, "client_id": {"skc_1"}, "redirect_uri": {callback}, "scope": {"openid"}}
			for name, values := range tt.change {
				form[name] = values
			}
			r := get(t, c, e.Issuer()+"/oauth/authorize?"+form.Encode())
			byPost := post(t, c, e.Issuer()+"/oauth/authorize", form)
			for method, r := range map[string]reply{"GET": r, "POST": byPost} {
				to, err := r.Location()
				if err != nil || r.StatusCode != http.StatusFound {
					t.Fatalf("%s: the answer is %d %s, %v", method, r.StatusCode, r.body, err)
				}
				if wanted, _, _ := strings.Cut(form.Get("redirect_uri"), "?"); !strings.HasPrefix(to.String(), wanted+"?") {
					t.Errorf("%s: Location is %q, want %s", method, to, wanted)
				}
				want := url.Values{}
				for _, name := range tt.names {
					want[name] = to.Query()[name]
				}
				if diff := cmp.Diff(want, to.Query()); diff != "" || to.Query().Get("code") == "" {
					t.Errorf("%s: parameters (-want +got):\n%s", method, diff)
				}
				if r.Header.Get("Cache-Control") != "no-store" {
					t.Errorf("%s: Cache-Control is %q", method, r.Header.Get("Cache-Control"))
				}
			}
		})
	}
}

func TestWhoSignsIn(t *testing.T) {
	t.Parallel()
	e := only(t, people())
	c := browser(t)
	rp := relyingParty(e, e.Client())
	tests := []struct {
		name    string
		options []oauth2.AuthCodeOption
		want    map[string]any // of the ID Token
		roles   any            // of the access token
	}{
		{"the first user", nil, map[string]any{"sub": "usr_ada", "oid": "org_1", "amr": []any{"conn_1"}}, []any{"admin"}},
		{"by e-mail", []oauth2.AuthCodeOption{with("login_hint", "bob@example.com")}, map[string]any{"sub": "usr_bob", "oid": "org_2", "amr": []any{"conn_2"}}, nil},
		{"by ID", []oauth2.AuthCodeOption{with("login_hint", "usr_eve")}, map[string]any{"sub": "usr_eve", "oid": nil}, nil},
		{
			"in another organization", []oauth2.AuthCodeOption{with("organization_id", "org_2")},
			map[string]any{"sub": "usr_ada", "oid": "org_2", "amr": []any{"conn_2"}}, []any{"member"},
		},
		{
			"through the connection of another organization", []oauth2.AuthCodeOption{with("connection_id", "conn_2")},
			map[string]any{"sub": "usr_ada", "oid": "org_2", "amr": []any{"conn_2"}}, []any{"member"},
		},
		{"through a provider", []oauth2.AuthCodeOption{with("provider", "google"), with("connection_id", "conn_2")}, map[string]any{"sub": "usr_ada", "oid": "org_1", "amr": []any{"conn_google"}}, []any{"admin"}},
		{"through a connection", []oauth2.AuthCodeOption{with("connection_id", "conn_1")}, map[string]any{"sub": "usr_ada", "amr": []any{"conn_1"}}, []any{"admin"}},
	}
	sids := make(map[any]bool)
	for _, tt := range tests {
		got := login(t, c, rp, tt.options...)
		_, claims := verify(t, c, e, got.idToken())
		for name, want := range tt.want {
			if diff := cmp.Diff(want, claims[name]); diff != "" {
				t.Errorf("%s: %s (-want +got):\n%s", tt.name, name, diff)
			}
		}
		_, access := verify(t, c, e, got.AccessToken)
		if diff := cmp.Diff(tt.roles, access["roles"]); diff != "" {
			t.Errorf("%s: roles of the access token (-want +got):\n%s", tt.name, diff)
		}
		if claims["roles"] != nil {
			t.Errorf("%s: the ID Token has roles", tt.name)
		}
		if sids[claims["sid"]] || claims["sid"] != access["sid"] {
			t.Errorf("%s: sid is %v and %v, want a new one in both",
				tt.name, claims["sid"], access["sid"])
		}
		sids[claims["sid"]] = true
	}
}

// TestIDTokenHint sends an ID Token whose key has left the JWK Set and that
// has expired, which is still a hint.
func TestIDTokenHint(t *testing.T) {
	t.Parallel()
	e := only(t, people())
	c := browser(t)
	rp := relyingParty(e, e.Client())
	ada := login(t, c, rp).idToken()
	rotate(t, e)
	if got := authorize(t, c, rp, "s", with("id_token_hint", ada)); got.Get("code") == "" {
		t.Errorf("the hint is refused: %v", got)
	}
	if got := authorize(t, c, rp, "s", with("id_token_hint", ada), with("login_hint", "usr_bob")); got.Get("error") != "login_required" {
		t.Errorf("the hint of another user gives %v, want login_required", got)
	}
	forged := ada[:len(ada)-4] + "AAAA"
	if got := authorize(t, c, rp, "s", with("id_token_hint", forged)); got.Get("error") != "invalid_request" {
		t.Errorf("a forged hint gives %v, want invalid_request", got)
	}
}

// FuzzRedirectsOnlyToRegisteredURIs sends any redirect URI. Whatever the
// answer, it redirects to the registered host and path or not at all.
func FuzzRedirectsOnlyToRegisteredURIs(f *testing.F) {
	for _, seed := range []string{
		callback, "http://127.0.0.1:1/callback", "https://app.example.com/callback?fixed=1",
		"http://127.0.0.1@evil.example.com/callback", "http://127.0.0.1:80@evil.example.com/callback",
		"//evil.example.com/callback", "http://127.0.0.1/callback/../x", "http://127.0.0.1\\@evil.example.com/callback",
		"javascript:alert(1)", "http://[::1]:1/callback", "http://127.0.0.1/callback?x=1#y", "http://evil@127.0.0.1/callback",
	} {
		f.Add(seed, "code")
	}
	s := startServer(f, mockidp.Config{})
	e := newEnvironment(f, s, "fuzz", people())
	c := browser(f)
	f.Fuzz(func(t *testing.T, redirectURI, responseType string) {
		form := url.Values{"response_type": {responseType}, "client_id": {"skc_1"}, "redirect_uri": {redirectURI}, "scope": {"openid"}}
		r := post(t, c, e.Issuer()+"/oauth/authorize", form)
		raw := r.Header.Get("Location")
		if raw == "" {
			if r.StatusCode != http.StatusBadRequest {
				t.Fatalf("status is %d without a redirect: %s", r.StatusCode, r.body)
			}
			return
		}
		to, err := url.Parse(raw)
		if err != nil {
			t.Fatalf("Location is %q: %v", raw, err)
		}
		loopback := to.Scheme == "http" && (to.Hostname() == "127.0.0.1" || to.Hostname() == "::1")
		app := to.Scheme == "https" && to.Host == "app.example.com"
		if !loopback && !app || to.Path != "/callback" || to.Fragment != "" {
			t.Fatalf("redirect_uri %q leads to %q", redirectURI, raw)
		}
	})
}
