package mockidp_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/assay-id/assay/mockidp"
)

// TestClientsChange registers, changes and removes clients of a running
// environment.
func TestClientsChange(t *testing.T) {
	t.Parallel()
	e := only(t, people())
	c := browser(t)
	added := mockidp.Client{ID: "skc_new", Secret: "test_new", RedirectURIs: []string{callback}}
	rp := relyingParty(e, added)
	if r := get(t, c, rp.AuthCodeURL("s")); r.StatusCode != http.StatusUnauthorized && r.StatusCode != http.StatusBadRequest {
		t.Errorf("an unknown client is answered %d", r.StatusCode)
	}
	if err := e.PutClient(added); err != nil {
		t.Fatal(err)
	}
	login(t, c, rp)

	added.RedirectURIs = []string{"https://app.example.com/elsewhere"}
	if err := e.PutClient(added); err != nil {
		t.Fatal(err)
	}
	page := string(get(t, c, rp.AuthCodeURL("s")).body)
	for _, want := range []string{callback, "https://app.example.com/elsewhere", "--redirect-uri"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q: %s", want, page)
		}
	}
	if n := len(e.Clients()); n != 3 {
		t.Errorf("there are %d clients, want 3: a change adds none", n)
	}
	added.RedirectURIs = []string{"no URL"}
	if err := e.PutClient(added); err == nil || !strings.Contains(err.Error(), "no URL") {
		t.Errorf("PutClient() with a wrong URI = %v", err)
	}
	if err := e.RemoveClient("skc_new"); err != nil {
		t.Fatal(err)
	}
	if err := e.RemoveClient("skc_new"); err == nil || !strings.Contains(err.Error(), "skc_new") {
		t.Errorf("RemoveClient() a second time = %v", err)
	}
	for _, client := range e.Clients()[1:] {
		if err := e.RemoveClient(client.ID); err != nil {
			t.Error(err)
		}
	}
	if err := e.RemoveClient(e.Client().ID); err == nil {
		t.Error("the last client can be removed")
	}
}

// TestUsersChange takes access from users who are signed in.
func TestUsersChange(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*mockidp.Environment, mockidp.User) error{
		"inactive": func(e *mockidp.Environment, u mockidp.User) error { u.Inactive = true; return e.PutUser(u) },
		"removed":  func(e *mockidp.Environment, u mockidp.User) error { return e.RemoveUser(u.ID) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := people()
			cfg.LoginPage = true
			e := only(t, cfg)
			ada, c := e.User(), browser(t)
			rp := relyingParty(e, e.Client())
			mine := login(t, c, rp, with("assay_login", "auto"), with("login_hint", "usr_ada"))
			other := login(t, browser(t), rp, with("assay_login", "auto"), with("login_hint", "usr_bob"))
			ada.Name = "Ada Lovelace"
			if err := e.PutUser(ada); err != nil {
				t.Fatal(err)
			}
			if !active(t, c, e, mine.AccessToken) {
				t.Error("a new name ends the session")
			}
			if err := end(e, ada); err != nil {
				t.Fatal(err)
			}
			if active(t, c, e, mine.AccessToken) || !active(t, c, e, other.AccessToken) {
				t.Error("the access token of the user is active, or that of another one is not")
			}
			wantError(t, refresh(t, c, e, mine.RefreshToken), http.StatusBadRequest, "invalid_grant")
			if r := refresh(t, c, e, other.RefreshToken); r.StatusCode != http.StatusOK {
				t.Errorf("another user's refresh is answered %d %s", r.StatusCode, r.body)
			}
		})
	}
}

// TestDefaultClientsAreLocal signs in an application as people develop it.
func TestDefaultClientsAreLocal(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	rp := relyingParty(e, e.Client())
	for _, uri := range []string{"http://localhost:3000/auth/callback", "http://127.0.0.1:5173/", "http://[::1]:8080/x"} {
		rp.RedirectURL = uri
		login(t, browser(t), rp)
	}
	exact := e.Client()
	exact.AnyLocal, exact.ExactPorts = false, true
	exact.RedirectURIs = []string{"http://127.0.0.1:3000/callback"}
	if err := e.PutClient(exact); err != nil {
		t.Fatal(err)
	}
	rp.RedirectURL = "http://127.0.0.1:3000/callback"
	login(t, browser(t), rp)
	rp.RedirectURL = "http://127.0.0.1:3001/callback"
	if r := get(t, browser(t), rp.AuthCodeURL("s")); r.StatusCode != http.StatusBadRequest {
		t.Errorf("another port is answered %d, want 400", r.StatusCode)
	}
}
