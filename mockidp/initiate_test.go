package mockidp_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
)

// idpLogin returns the address and the JWT of an IdP-initiated login.
func idpLogin(
	t testing.TB, e *mockidp.Environment, asked mockidp.IdPLogin,
) (address, token string) {
	t.Helper()
	address, err := e.IdPInitiatedLogin(t.Context(), asked)
	if err != nil {
		t.Fatalf("IdPInitiatedLogin(%+v) = %v", asked, err)
	}
	return address, parse(t, address).Query().Get("idp_initiated_login")
}

func TestIdPInitiatedLogin(t *testing.T) {
	t.Parallel()
	e := office(t)
	address, token := idpLogin(t, e, mockidp.IdPLogin{UserID: "usr_sam", RelayState: "/reports"})
	if !strings.HasPrefix(address, "https://app.example.com/login?from=idp&idp_initiated_login=") {
		t.Errorf("the login goes to %q", address)
	}
	_, claims := verify(t, browser(t), e, token)
	for name, want := range map[string]any{
		"iss": e.Issuer(), "organization_id": "org_sso", "connection_id": "conn_sso",
		"login_hint": "sam@sso.example", "relay_state": "/reports", "sub": nil, "aud": nil,
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	if _, token := idpLogin(t, e, mockidp.IdPLogin{UserID: "usr_bob"}); token == "" {
		t.Errorf("a user of another organization has no token")
	} else if _, claims := decode(t, token); claims["organization_id"] != "org_1" || claims["relay_state"] != nil {
		t.Errorf("the token of bob has %v", claims)
	}
	for _, wrong := range []mockidp.IdPLogin{{UserID: "usr_x"}, {ClientID: "skc_x"}, {ConnectionID: "conn_google"}} {
		if address, err := e.IdPInitiatedLogin(t.Context(), wrong); err == nil {
			t.Errorf("IdPInitiatedLogin(%+v) = %s", wrong, address)
		}
	}
	// The application continues with a login of its own.
	p := newPerson(t).open(authorization(e, "connection_id", claims["connection_id"].(string), "login_hint", claims["login_hint"].(string)))
	if got := p.submit("/login/provider", nil).claims(e); got["sub"] != "usr_sam" {
		t.Errorf("the login that follows gives %v", got)
	}
}

func TestForgedIdPInitiatedLogin(t *testing.T) {
	t.Parallel()
	e := office(t)
	addFault(t, e, fault.Fault{ID: "f", Where: fault.Login, Kind: fault.Forge, Attributes: fault.Attributes{
		Token: "idp_initiated_login", Change: forge.Change{Claims: forge.Patch{Shift: map[string]time.Duration{"exp": -time.Hour}}},
	}})
	_, token := idpLogin(t, e, mockidp.IdPLogin{})
	_, claims := decode(t, token)
	if exp, _ := claims["exp"].(interface{ Int64() (int64, error) }).Int64(); time.Since(time.Unix(exp, 0)) < 50*time.Minute {
		t.Errorf("exp is %d, want one that has passed", exp)
	}
}

// TestPortal opens an application from the page that plays an identity
// provider.
func TestPortal(t *testing.T) {
	t.Parallel()
	e := office(t)
	p := newPerson(t).open(e.Issuer()+"/idp").submit("/idp", form("connection", "conn_sso", "user", "usr_sam", "client", "skc_1"))
	to := p.page.Header.Get("Location")
	if p.page.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "https://app.example.com/login?") {
		t.Errorf("the portal leads to %q (%d)", to, p.page.StatusCode)
	}
	bad := newPerson(t).open(e.Issuer()+"/idp").submit("/idp", form("connection", "conn_pw", "user", "usr_sam", "client", "skc_1"))
	if got := bad.problems(); len(got) != 1 || !strings.Contains(got[0], "There is no enterprise connection") {
		t.Errorf("the problems are %q", got)
	}
}

// TestOpenByLink opens an application without a form.
func TestOpenByLink(t *testing.T) {
	t.Parallel()
	e := office(t)
	c := browser(t)
	r := get(t, c, e.Issuer()+"/idp/open?user=usr_sam&relay_state=/reports")
	to := parse(t, r.Header.Get("Location"))
	_, claims := verify(t, c, e, to.Query().Get("idp_initiated_login"))
	if r.StatusCode != http.StatusSeeOther || to.Host != "app.example.com" || claims["login_hint"] != "sam@sso.example" || claims["relay_state"] != "/reports" {
		t.Errorf("the link leads to %s (%d) with %v", to, r.StatusCode, claims)
	}
	for parameters, want := range map[string]string{
		"user=usr_x":       `there is no user`,
		"client=skc_x":     `there is no client`,
		"connection=conn_": `there is no enterprise connection 'conn_', only: conn_sso`,
		"user=usr_off":     `user 'usr_off' is in no organization, so the connection must be named, one of: conn_sso`,
	} {
		if r := get(t, c, e.Issuer()+"/idp/open?"+parameters); r.StatusCode != http.StatusBadRequest || !strings.Contains(string(r.body), want) {
			t.Errorf("%s is answered %d %s, want %s", parameters, r.StatusCode, r.body, want)
		}
	}
}

// TestBookmark opens the login page without having been sent there.
func TestBookmark(t *testing.T) {
	t.Parallel()
	r := get(t, browser(t), office(t).Issuer()+"/login?client_id=skc_1&theme=dark")
	if to := r.Header.Get("Location"); to != "https://app.example.com/login?from=idp&theme=dark" {
		t.Errorf("Location is %q", to)
	}
	e := only(t, mockidp.EnvironmentConfig{})
	if p := newPerson(t).open(e.Issuer() + "/login"); p.page.StatusCode != http.StatusNotFound || p.heading() != "Nothing to sign in to" {
		t.Errorf("without an application the browser is at %q", p.heading())
	}
	if _, err := e.IdPInitiatedLogin(t.Context(), mockidp.IdPLogin{}); err == nil {
		t.Errorf("IdPInitiatedLogin() has somewhere to go")
	}
}

// TestModularSSO has the subjects and the selectors of Modular SSO.
func TestModularSSO(t *testing.T) {
	t.Parallel()
	cfg := people()
	cfg.ModularSSO = true
	cfg.Users[0].ExternalID = "google-oauth2|104630259163176101050"
	e := only(t, cfg)
	c := browser(t)
	rp := relyingParty(e, e.Client())
	for parameters, want := range map[string]string{
		"organization_id=org_2":                    "conn_2;google-oauth2|104630259163176101050",
		"provider=google":                          "conn_google;google-oauth2|104630259163176101050",
		"connection_id=conn_2&login_hint=usr_bob":  "conn_2;usr_bob",
		"domain=three.example&login_hint=usr_lee":  "error=invalid_user_domain",
		"domain_hint=nowhere.example":              "error=domain_not_found",
		"organization_id=org_4&login_hint=usr_kim": "error=no_active_connections",
		"login_hint=usr_bob":                       "error=invalid_connection_selector",
		"":                                         "error=invalid_connection_selector",
	} {
		query, err := url.ParseQuery(parameters)
		if err != nil {
			t.Fatal(err)
		}
		address := rp.AuthCodeURL("s") + "&" + query.Encode()
		to, err := get(t, c, address).Location()
		if err != nil {
			t.Fatal(err)
		}
		if code, ok := strings.CutPrefix(want, "error="); ok {
			if got := to.Query().Get("error"); got != code {
				t.Errorf("%s: error is %q, want %q", parameters, got, code)
			}
			continue
		}
		answer := post(t, c, e.Issuer()+"/oauth/token", redemption(e, to.Query().Get("code"))).object(t)
		_, claims := verify(t, c, e, answer["id_token"].(string))
		if claims["sub"] != want {
			t.Errorf("%s: sub is %v, want %q", parameters, claims["sub"], want)
		}
	}
}

func TestRedirectURIsWithAWildcard(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{Clients: []mockidp.Client{{
		ID: "skc_1", Secret: "test_1", RedirectURIs: []string{"https://*.example.com/cb?a=1", "https://fixed.example.com/cb"},
	}}})
	c := browser(t)
	for uri, want := range map[string]bool{
		"https://acme.example.com/cb?a=1":         true,
		"https://fixed.example.com/cb":            true,
		"https://a-b-1.example.com/cb?a=1":        true,
		"https://example.com/cb?a=1":              false,
		"https://.example.com/cb?a=1":             false,
		"https://a.b.example.com/cb?a=1":          false,
		"https://*.example.com/cb?a=1":            false,
		"https://acme.example.com/cb?a=2":         false,
		"https://acme.example.com/cb?a=1#f":       false,
		"http://acme.example.com/cb?a=1":          false,
		"https://acme.example.com.evil.test/cb":   false,
		"https://evil@acme.example.com/cb?a=1":    false,
		"https://acme.example.com:444/cb?a=1":     false,
		"https://evil.test/.example.com/cb?a=1":   false,
		"https://evil.test%2f.example.com/cb?a=1": false,
	} {
		query := url.Values{"response_type": {"code"}, "client_id": {"skc_1"}, "redirect_uri": {uri}, "scope": {"openid"}}
		r := get(t, c, e.Issuer()+"/oauth/authorize?"+query.Encode())
		if got := r.StatusCode == http.StatusFound; got != want {
			t.Errorf("%s: the answer is %d %s", uri, r.StatusCode, r.body)
		}
		if to := r.Header.Get("Location"); want && !strings.HasPrefix(to, uri) {
			t.Errorf("%s leads to %q", uri, to)
		}
	}
	for _, uri := range []string{"https://*.com/cb", "https://a.*.example.com/cb", "https://*/cb", "/cb", "https://a.example.com/*", "https://a.example.com/cb#x", "https://a.example.com/" + strings.Repeat("x", 250)} {
		s := startServer(t, mockidp.Config{})
		if _, err := s.NewEnvironment("x", mockidp.EnvironmentConfig{Clients: []mockidp.Client{{ID: "c", RedirectURIs: []string{uri}}}}); err == nil {
			t.Errorf("%q can be registered", uri)
		}
	}
}
