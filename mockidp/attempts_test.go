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
	"github.com/assay-id/assay/mockidp/keyring"
)

// TestAttempts reads the log of sign-ins after each kind of entry.
func TestAttempts(t *testing.T) {
	t.Parallel()
	cfg := people()
	cfg.Users[0].Password = "correct-horse"
	cfg.Connections = append(cfg.Connections, mockidp.Connection{ID: "conn_password", Type: mockidp.ConnectionPassword})
	e := only(t, cfg)
	c := browser(t)
	rp := relyingParty(e, e.Client())
	last := func(status, user, reason string) {
		t.Helper()
		all := e.Attempts()
		a := all[len(all)-1]
		if a.Number != uint64(len(all)) || string(a.Status) != status || a.User != user || !strings.Contains(a.Reason, reason) || (reason == "") != (a.Reason == "") {
			t.Errorf("the last entry of %d is %+v, want %s of %q, %q", len(all), a, status, user, reason)
		}
	}
	signedIn := login(t, c, rp, with("login_hint", "usr_ada"))
	last("success", "ada@example.com", "")
	if all := e.Attempts(); len(all) != 2 || all[0].Status != "initiated" || all[1].SessionID == "" || all[1].OrganizationID != "org_1" {
		t.Errorf("a login has the entries %+v", all)
	}
	authorize(t, browser(t), rp, "state", with("login_hint", "usr_kim"))
	last("failure", "usr_kim", "user_not_active")
	wrong := *rp
	wrong.RedirectURL = "https://evil.example/callback"
	get(t, c, wrong.AuthCodeURL("s"))
	last("failure", "", "https://evil.example/callback")

	refresh(t, c, e, signedIn.RefreshToken)
	refresh(t, c, e, signedIn.RefreshToken)
	last("suspicious", "ada@example.com", "a refresh token was used again")
	again := login(t, browser(t), rp)
	post(t, c, e.Issuer()+"/oauth/token", redemption(e, again.code))
	last("suspicious", "ada@example.com", "an authorization code was used again")

	page := get(t, browser(t), rp.AuthCodeURL("s", with("assay_login", "page")))
	pending := page.Header.Get("Location")
	at, err := url.Parse(e.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	at.Path, at.RawQuery, _ = strings.Cut(pending, "?")
	query := at.Query()
	query.Set("email", "ada@example.com")
	if r := post(t, c, at.String(), query); r.StatusCode != http.StatusSeeOther {
		t.Fatalf("the address is answered %d %s", r.StatusCode, r.body)
	}
	query.Set("password", "wrong")
	post(t, c, strings.Replace(at.String(), "/login", "/login/password", 1), query)
	last("failure", "ada@example.com", "the password is wrong")
}

// TestIntrospectionAgreesWithTheToken forges access tokens.
func TestIntrospectionAgreesWithTheToken(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		claims forge.Patch
		active bool
		sub    any
	}{
		"expired":         {forge.Patch{Shift: map[string]time.Duration{"exp": -time.Hour}}, false, nil},
		"another subject": {forge.Patch{Set: keyring.Object{{Name: "sub", Value: "usr_x"}}}, true, "usr_x"},
	} {
		e := only(t, mockidp.EnvironmentConfig{})
		addFault(t, e, fault.Fault{ID: "f", Kind: fault.Forge, Attributes: fault.Attributes{
			Token: "access_token", Change: forge.Change{Claims: want.claims},
		}})
		c := browser(t)
		client := e.Client()
		token := login(t, c, relyingParty(e, client)).AccessToken
		r := post(t, c, e.Issuer()+"/oauth/introspect", url.Values{"client_id": {client.ID}, "client_secret": {client.Secret}, "token": {token}}).object(t)
		if r["active"] != want.active || r["sub"] != want.sub {
			t.Errorf("%s: the token is introspected as %v, want %v", name, r, want)
		}
	}
}
