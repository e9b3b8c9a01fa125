package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"github.com/assay-id/assay/mockidp"
)

// application is a web application that shows the answer it got, as JSON.
type application struct {
	ctx      context.Context
	url      string
	env      *mockidp.Environment
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier

	mu      sync.Mutex
	idToken string            // the latest one, for the logout
	pending map[string]string // PKCE verifiers by state
}

// told is the answer that the application got.
type told struct {
	Subject      string `json:"sub,omitempty"`
	Organization string `json:"oid,omitempty"`
	Connection   string `json:"amr,omitempty"`
	Error        string `json:"error,omitempty"`
	Bye          bool   `json:"bye,omitempty"`
}

func (a *application) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/login":
		a.login(w, r)
	case "/callback":
		a.show(w, a.redeem(r))
	case "/logout":
		a.mu.Lock()
		hint := a.idToken
		a.mu.Unlock()
		query := url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {a.url + "/bye"}}
		http.Redirect(w, r, a.env.Issuer()+"/oidc/logout?"+query.Encode(), http.StatusFound)
	case "/bye":
		a.show(w, told{Bye: true})
	default:
		http.NotFound(w, r)
	}
}

// login passes the query on to the authorization endpoint.
func (a *application) login(w http.ResponseWriter, r *http.Request) {
	verifier, state := oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	a.mu.Lock()
	a.pending[state] = verifier
	a.mu.Unlock()
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier)}
	for name := range r.URL.Query() {
		options = append(options, oauth2.SetAuthURLParam(name, r.URL.Query().Get(name)))
	}
	http.Redirect(w, r, a.oauth.AuthCodeURL(state, options...), http.StatusFound)
}

func (a *application) redeem(r *http.Request) told {
	query := r.URL.Query()
	if code := query.Get("error"); code != "" {
		return told{Error: code}
	}
	a.mu.Lock()
	verifier := a.pending[query.Get("state")]
	delete(a.pending, query.Get("state"))
	a.mu.Unlock()
	token, err := a.oauth.Exchange(a.ctx, query.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		return told{Error: err.Error()}
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := a.verifier.Verify(a.ctx, raw)
	if err != nil {
		return told{Error: err.Error()}
	}
	var claims struct {
		OID string
		AMR []string
	}
	if err := id.Claims(&claims); err != nil {
		return told{Error: err.Error()}
	}
	a.mu.Lock()
	a.idToken = raw
	a.mu.Unlock()
	return told{Subject: id.Subject, Organization: claims.OID, Connection: strings.Join(claims.AMR, " ")}
}

func (a *application) show(w http.ResponseWriter, v told) {
	text, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprintf(w, "<!doctype html><title>app</title><link rel=icon href=data:,><pre>%s</pre>", text)
}

// TestBrowser has headless Chromium walk through every way to sign in, an
// organization switch and a logout, without JavaScript. The pages are looked
// at where a program can: labels, sizes, no scrolling sideways at 320 px, no
// request to anybody else.
func TestBrowser(t *testing.T) {
	t.Parallel()
	a := &application{pending: make(map[string]string)}
	server := httptest.NewUnstartedServer(a)
	a.url = "http://" + server.Listener.Addr().String()
	a.env = newWorld(t).environment(t, "", a.url+"/callback", func(c *mockidp.EnvironmentConfig) {
		c.LoginPage = true
		c.Clients[0].PostLogoutRedirectURIs = []string{a.url + "/bye"}
	})
	a.ctx = oidc.ClientContext(t.Context(), browser(t))
	provider, err := oidc.NewProvider(a.ctx, a.env.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	client := a.env.Client()
	a.oauth = oauth2.Config{
		ClientID: client.ID, ClientSecret: client.Secret, RedirectURL: a.url + "/callback",
		Endpoint: provider.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
	a.verifier = provider.Verifier(&oidc.Config{ClientID: client.ID})

	server.Start()
	t.Cleanup(server.Close)
	out := walk(t, "browser.mjs", map[string]any{"app": a.url, "outbox": a.env.Issuer() + "/outbox"})
	compareWalk(t, out, a.env)
}

// compareWalk compares the answer that the application got with what it must
// be.
func compareWalk(t *testing.T, out []byte, e *mockidp.Environment) {
	t.Helper()
	const acme, globex, initech = "org_10000000000000001", "org_10000000000000002", "org_10000000000000003"
	const john, mary, peter = "usr_10000000000000001", "usr_10000000000000002", "usr_10000000000000003"
	const password, mail, google, okta = "conn_10000000000000001", "conn_10000000000000002", "conn_10000000000000003", "conn_10000000000000031"
	users, organizations := e.Users(), e.Organizations()
	nora, own := users[len(users)-1], organizations[len(organizations)-1]
	type line struct {
		Step string `json:"step"`
		Told told   `json:"told"`
	}
	want := []line{
		{"password", told{Subject: john, Organization: acme, Connection: password}},
		{"again", told{Subject: john, Organization: acme, Connection: password}},
		{"switch", told{Subject: john, Organization: globex, Connection: password}},
		{"logout", told{Bye: true}},
		{"none", told{Error: "login_required"}},
		{"code", told{Subject: mary, Organization: globex, Connection: mail}},
		{"link", told{Subject: mary, Organization: globex, Connection: mail}},
		{"social", told{Subject: mary, Organization: globex, Connection: google}},
		{"enterprise", told{Subject: peter, Organization: initech, Connection: okta}},
		{"cancel", told{Error: "access_denied"}},
		{"signup", told{Subject: nora.ID, Organization: own.ID, Connection: mail}},
		{"inactive", told{Error: "user_not_active"}},
	}
	var got []line
	for text := range bytes.Lines(out) {
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got = append(got, l)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the application got (-want +got):\n%s", diff)
	}
	if nora.Email != "nora@example.org" {
		t.Errorf("who signed up is %q", nora.Email)
	}
}
