package mockidp_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v3"
	"go.uber.org/goleak"
	"golang.org/x/oauth2"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is far longer than any request takes, so that a test that would
// hang fails instead.
const patience = 30 * time.Second

// callback is a redirect URI that every default client has.
const callback = "http://127.0.0.1:8080/callback"

func startServer(t testing.TB, cfg mockidp.Config) *mockidp.Server {
	t.Helper()
	if cfg.Seed == 0 {
		cfg.Seed = 1
	}
	s, err := mockidp.Start(t.Context(), cfg)
	if err != nil {
		t.Fatalf("Start() = %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return s
}

func newEnvironment(
	t testing.TB, s *mockidp.Server, name string, cfg mockidp.EnvironmentConfig,
) *mockidp.Environment {
	t.Helper()
	e, err := s.NewEnvironment(name, cfg)
	if err != nil {
		t.Fatalf("NewEnvironment(%q) = %v", name, err)
	}
	return e
}

// only returns an environment on a server of its own, with a cheap key.
func only(t testing.TB, cfg mockidp.EnvironmentConfig) *mockidp.Environment {
	t.Helper()
	if cfg.Signing == nil {
		cfg.Signing = []*keyring.Key{keyring.NewSource(1).Key("test", "ES256")}
	}
	cfg.NoDecoys = true
	return newEnvironment(t, startServer(t, mockidp.Config{}), "env", cfg)
}

// publish changes what an environment publishes about itself.
func publish(t testing.TB, e *mockidp.Environment, change func(*mockidp.Publication)) {
	t.Helper()
	if err := e.Publish(change); err != nil {
		t.Errorf("Publish() = %v", err)
	}
}

// browser returns a client that does not follow redirects and closes its
// connections with the test.
func browser(t testing.TB) *http.Client {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 32}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		Timeout:       patience,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// reply is an answer that was read to its end.
type reply struct {
	*http.Response
	body []byte
}

func (r reply) object(t testing.TB) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal(r.body, &out); err != nil {
		t.Fatalf("%s %s answers %d %q, want a JSON object: %v",
			r.Request.Method, r.Request.URL, r.StatusCode, r.body, err)
	}
	return out
}

func do(t testing.TB, c *http.Client, r *http.Request) reply {
	t.Helper()
	response, err := c.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	return reply{response, body}
}

func get(t testing.TB, c *http.Client, url string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, c, r)
}

func post(t testing.TB, c *http.Client, url string, form url.Values) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return do(t, c, r)
}

// relyingParty returns a client of golang.org/x/oauth2 for a registered
// client.
func relyingParty(e *mockidp.Environment, client mockidp.Client, scopes ...string) *oauth2.Config {
	if len(scopes) == 0 {
		scopes = []string{"openid", "profile", "email", "offline_access"}
	}
	return &oauth2.Config{
		ClientID:     client.ID,
		ClientSecret: client.Secret,
		RedirectURL:  callback,
		Scopes:       scopes,
		Endpoint: oauth2.Endpoint{
			AuthURL:   e.Issuer() + "/oauth/authorize",
			TokenURL:  e.Issuer() + "/oauth/token",
			AuthStyle: oauth2.AuthStyleInParams,
		},
	}
}

// authorize sends the authorization request and returns the parameters of the
// redirect.
func authorize(
	t testing.TB, c *http.Client, rp *oauth2.Config, state string, options ...oauth2.AuthCodeOption,
) url.Values {
	t.Helper()
	r := get(t, c, rp.AuthCodeURL(state, options...))
	if r.StatusCode != http.StatusFound {
		t.Fatalf("the authorization endpoint answers %d %s, want 302", r.StatusCode, r.body)
	}
	location, err := r.Location()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(location.String(), rp.RedirectURL+"?") {
		t.Fatalf("Location is %q, want %q", location, rp.RedirectURL)
	}
	return location.Query()
}

func with(name, value string) oauth2.AuthCodeOption { return oauth2.SetAuthURLParam(name, value) }

// tokens is the answer of the token endpoint after a login.
type tokens struct {
	*oauth2.Token
	code string
}

func (t tokens) idToken() string {
	raw, _ := t.Extra("id_token").(string)
	return raw
}

// login goes through the whole code flow with PKCE.
func login(
	t testing.TB, c *http.Client, rp *oauth2.Config, options ...oauth2.AuthCodeOption,
) tokens {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	options = append(options, oauth2.S256ChallengeOption(verifier))
	answer := authorize(t, c, rp, "state", options...)
	code := answer.Get("code")
	if code == "" {
		t.Fatalf("the redirect has no code: %v", answer)
	}
	token, err := rp.Exchange(clientContext(t, c), code, oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatalf("redeeming the code: %v", err)
	}
	return tokens{token, code}
}

// clientContext makes golang.org/x/oauth2 use c.
func clientContext(t testing.TB, c *http.Client) context.Context {
	return context.WithValue(t.Context(), oauth2.HTTPClient, c)
}

// redemption is the form that redeems a code without PKCE.
func redemption(e *mockidp.Environment, code string) url.Values {
	client := e.Client()
	return url.Values{
		"grant_type":    {"authorization_code"},
		"client_id":     {client.ID},
		"client_secret": {client.Secret},
		"code":          {code},
		"redirect_uri":  {callback},
	}
}

// refresh sends a refresh request of a confidential client.
func refresh(t testing.TB, c *http.Client, e *mockidp.Environment, refreshToken string) reply {
	t.Helper()
	client := e.Client()
	return post(t, c, e.Issuer()+"/oauth/token", url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {refreshToken},
		"client_id":     {client.ID},
		"client_secret": {client.Secret},
	})
}

// meet returns a MintFunc that holds the first n access tokens until all of
// them are about to be minted. That is after fosite has looked up the code or
// refresh token and before the store marks it as used: the widest race there
// is.
func meet(n int) mockidp.MintFunc {
	var arrived atomic.Int64
	all := make(chan struct{})
	return func(ctx context.Context, m mockidp.Minting) (string, error) {
		if m.Kind == mockidp.AccessToken {
			if arrived.Add(1) == int64(n) {
				close(all)
			}
			select {
			case <-all:
			case <-ctx.Done():
			}
		}
		return m.Compact, nil
	}
}

// wantError checks an error answer of RFC 6749.
func wantError(t testing.TB, r reply, status int, code string) {
	t.Helper()
	if r.StatusCode != status {
		t.Errorf("status is %d, want %d: %s", r.StatusCode, status, r.body)
	}
	if got := r.object(t)["error"]; got != code {
		t.Errorf("error is %v, want %q: %s", got, code, r.body)
	}
	if got, _ := r.object(t)["error_description"].(string); got == "" {
		t.Errorf("there is no error_description: %s", r.body)
	}
	if got := r.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type is %q, want application/json", got)
	}
	if got := r.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q, want no-store", got)
	}
}

// jwks fetches the JWK Set and returns its keys by kid, undecoded, and their
// kids in order.
func jwks(
	t testing.TB, c *http.Client, url string,
) (keys map[string]json.RawMessage, kids []string) {
	t.Helper()
	r := get(t, c, url)
	if r.StatusCode != http.StatusOK {
		t.Fatalf("GET %s answers %d %s", url, r.StatusCode, r.body)
	}
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(r.body, &set); err != nil {
		t.Fatalf("GET %s answers no JWK Set: %v", url, err)
	}
	keys = make(map[string]json.RawMessage)
	for _, raw := range set.Keys {
		var key struct{ Kid string }
		if err := json.Unmarshal(raw, &key); err != nil {
			t.Fatalf("key %s: %v", raw, err)
		}
		keys[key.Kid] = raw
		kids = append(kids, key.Kid)
	}
	return keys, kids
}

// verify checks the signature of a token with the published key and returns
// the header and the claims. It uses another JOSE library than the
// environment signs with.
func verify(
	t testing.TB, c *http.Client, e *mockidp.Environment, raw string,
) (header, claims map[string]any) {
	t.Helper()
	header, claims = decode(t, raw)
	keys, kids := jwks(t, c, e.Issuer()+"/keys")
	kid, _ := header["kid"].(string)
	if keys[kid] == nil {
		t.Fatalf("kid is %q, want a published one: %q", kid, kids)
	}
	var key jose.JSONWebKey
	if err := json.Unmarshal(keys[kid], &key); err != nil {
		t.Fatalf("key %s: %v", keys[kid], err)
	}
	jws, err := jose.ParseSigned(raw)
	if err != nil {
		t.Fatalf("parsing the token: %v", err)
	}
	if _, err := jws.Verify(key); err != nil {
		t.Fatalf("verifying the token with the published key %s: %v", kid, err)
	}
	return header, claims
}

// decode splits a token without checking anything.
func decode(t testing.TB, raw string) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(raw, ".")
	if len(parts) != 3 {
		t.Fatalf("the token has %d parts, want 3: %q", len(parts), raw)
	}
	for i, out := range []*map[string]any{&header, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatalf("part %d of the token: %v", i, err)
		}
		decoder := json.NewDecoder(strings.NewReader(string(raw)))
		decoder.UseNumber()
		if err := decoder.Decode(out); err != nil {
			t.Fatalf("part %d of the token: %v", i, err)
		}
	}
	return header, claims
}

// clock is a clock that moves only when it is set.
type clock struct{ times chan time.Time }

func newClock(at time.Time) *clock {
	c := &clock{make(chan time.Time, 1)}
	c.times <- at
	return c
}

func (c *clock) now() time.Time {
	at := <-c.times
	c.times <- at
	return at
}

func (c *clock) advance(d time.Duration) {
	at := <-c.times
	c.times <- at.Add(d)
}

// waitFor returns when the condition holds. It polls a state that has no
// channel to wait on.
func waitFor(t testing.TB, condition func() bool) {
	t.Helper()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	timeout := time.After(patience)
	for !condition() {
		select {
		case <-ticker.C:
		case <-timeout:
			t.Fatal("the condition does not come true")
		}
	}
}
