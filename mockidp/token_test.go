package mockidp_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
)

// rotate signs with a new key and drops the old one.
func rotate(t *testing.T, e *mockidp.Environment) {
	t.Helper()
	next := keyring.NewSource(2).Key("next", "ES256")
	if err := e.Ring().Rotate(keyring.DropOld, next); err != nil {
		t.Fatal(err)
	}
}

// TestTokenErrors starts from a good request to redeem a code and changes one
// thing.
func TestTokenErrors(t *testing.T) {
	t.Parallel()
	cfg := people()
	cfg.Clients = append(cfg.Clients,
		mockidp.Client{ID: "skc_2", Secret: "test_2", RedirectURIs: []string{callback}},
		mockidp.Client{ID: "skc_code_only", Secret: "test_3", RedirectURIs: []string{callback}, GrantTypes: []string{"authorization_code"}},
	)
	e := only(t, cfg)
	c := browser(t)
	verifier := oauth2.GenerateVerifier()
	tests := []struct {
		name   string
		change url.Values // a nil value deletes
		basic  string     // user:password
		status int
		code   string
	}{
		{"no grant type", url.Values{"grant_type": nil}, "", 400, "invalid_request"},
		{"unknown grant type", url.Values{"grant_type": {"password"}}, "", 400, "unsupported_grant_type"},
		{"grant type twice", url.Values{"grant_type": {"authorization_code", "authorization_code"}}, "", 400, "invalid_request"},
		{"wrong secret", url.Values{"client_secret": {"test_2"}}, "", 401, "invalid_client"},
		{"secret identifier for the secret", url.Values{"client_secret": {"sks_1"}}, "", 401, "invalid_client"},
		{"no secret", url.Values{"client_secret": nil}, "", 401, "invalid_client"},
		{"no client", url.Values{"client_id": nil, "client_secret": nil}, "", 401, "invalid_client"},
		{"unknown client", url.Values{"client_id": {"prd_skc_1"}}, "", 401, "invalid_client"},
		{"wrong secret in the header", url.Values{"client_id": nil, "client_secret": nil}, "skc_1:test_2", 401, "invalid_client"},
		{"two ways at once", nil, "skc_1:test_1", 400, "invalid_request"},
		{"two clients at once", url.Values{"client_secret": nil}, "skc_2:test_2", 400, "invalid_request"},
		{"header that is not form-urlencoded", url.Values{"client_id": nil, "client_secret": nil}, "skc_1:%zz", 400, "invalid_request"},
		{"public client with a secret", url.Values{"client_id": {"skc_public"}}, "", 401, "invalid_client"},
		{"another client", url.Values{"client_id": {"skc_2"}, "client_secret": {"test_2"}}, "", 400, "invalid_grant"},
		{"no code", url.Values{"code": nil}, "", 400, "invalid_request"},
		{"unknown code", url.Values{"code": {"x.y"}}, "", 400, "invalid_grant"},
		{"no redirect URI", url.Values{"redirect_uri": nil}, "", 400, "invalid_grant"},
		{"another redirect URI", url.Values{"redirect_uri": {"http://127.0.0.1:8081/callback"}}, "", 400, "invalid_grant"},
		{"wrong verifier", url.Values{"code_verifier": {oauth2.GenerateVerifier()}}, "", 400, "invalid_grant"},
		{"short verifier", url.Values{"code_verifier": {"short"}}, "", 400, "invalid_grant"},
		{"no verifier", url.Values{"code_verifier": nil}, "", 400, "invalid_grant"},
		{"challenge for the verifier", url.Values{"code_verifier": {oauth2.S256ChallengeFromVerifier(verifier)}}, "", 400, "invalid_grant"},
		{"refresh without the grant type", url.Values{
			"grant_type": {"refresh_token"}, "client_id": {"skc_code_only"}, "client_secret": {"test_3"}, "refresh_token": {"x"},
		}, "", 400, "unauthorized_client"},
		{"client_credentials without the grant type", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"skc_code_only"}, "client_secret": {"test_3"},
		}, "", 400, "unauthorized_client"},
		{"client_credentials of a public client", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"skc_public"}, "client_secret": nil,
		}, "", 400, "unauthorized_client"},
		{"client_credentials with an unknown scope", url.Values{"grant_type": {"client_credentials"}, "scope": {"admin"}}, "", 400, "invalid_scope"},
		{"unknown refresh token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"rt_x.y"}}, "", 400, "invalid_grant"},
		{"no refresh token", url.Values{"grant_type": {"refresh_token"}}, "", 400, "invalid_request"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code := authorize(t, c, relyingParty(e, e.Client()), "s", oauth2.S256ChallengeOption(verifier)).Get("code")
			good := url.Values{
				"grant_type": {"authorization_code"}, "client_id": {"skc_1"}, "client_secret": {"test_1"},
				"code": {code}, "redirect_uri": {callback}, "code_verifier": {verifier},
			}
			form := url.Values{}
			for _, from := range []url.Values{good, tt.change} {
				for name, values := range from {
					form[name] = values
				}
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.Issuer()+"/oauth/token", strings.NewReader(form.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if user, password, ok := strings.Cut(tt.basic, ":"); ok {
				r.SetBasicAuth(user, password)
			}
			answer := do(t, c, r)
			wantError(t, answer, tt.status, tt.code)
			if challenged := answer.Header.Get("WWW-Authenticate") != ""; challenged != (tt.basic != "" && tt.status == 401) {
				t.Errorf("WWW-Authenticate is %q", answer.Header.Get("WWW-Authenticate"))
			}
			// Nothing of that has used up the code.
			if again := post(t, c, e.Issuer()+"/oauth/token", good); again.StatusCode != http.StatusOK {
				t.Errorf("the good request answers %d %s afterwards", again.StatusCode, again.body)
			}
		})
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	e := only(t, people())
	c := browser(t)
	tests := []struct {
		name, contentType, body string
	}{
		{"empty", "application/x-www-form-urlencoded", ""},
		{"JSON", "application/json", `{"grant_type":"client_credentials"}`},
		{"no type", "", "grant_type=client_credentials&client_id=skc_1&client_secret=test_1"},
		{"broken escape", "application/x-www-form-urlencoded", "grant_type=%zz"},
		{"multipart", "multipart/form-data; boundary=x", multipart(
			"grant_type", "client_credentials", "client_id", "skc_1", "client_secret", "test_1", "token", "x")},
		{"too large", "application/x-www-form-urlencoded", "grant_type=client_credentials&x=" + strings.Repeat("x", 2<<20)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, path := range []string{"/oauth/token", "/revoke"} {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.Issuer()+path, strings.NewReader(tt.body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", tt.contentType)
				wantError(t, do(t, c, r), http.StatusBadRequest, "invalid_request")
			}
		})
	}
}

// multipart returns a form in the encoding for files.
func multipart(namesAndValues ...string) string {
	var b strings.Builder
	for i := 0; i < len(namesAndValues); i += 2 {
		fmt.Fprintf(&b, "--x\r\nContent-Disposition: form-data; name=%q\r\n\r\n%s\r\n", namesAndValues[i], namesAndValues[i+1])
	}
	return b.String() + "--x--\r\n"
}

// TestCodeReplay uses a code twice: the second use is refused and revokes
// what the first has got. RFC 6749, 4.1.2.
func TestCodeReplay(t *testing.T) {
	t.Parallel()
	e := only(t, people())
	c := browser(t)
	rp := relyingParty(e, e.Client())
	code := authorize(t, c, rp, "s").Get("code")
	form := redemption(e, code)
	first := post(t, c, e.Issuer()+"/oauth/token", form).object(t)
	if !active(t, c, e, first["access_token"]) {
		t.Errorf("the access token is not active before the replay")
	}
	wantError(t, post(t, c, e.Issuer()+"/oauth/token", form), http.StatusBadRequest, "invalid_grant")
	if active(t, c, e, first["access_token"]) {
		t.Errorf("the access token is active after the replay")
	}
	wantError(t, refresh(t, c, e, first["refresh_token"].(string)), http.StatusBadRequest, "invalid_grant")
	wantError(t, post(t, c, e.Issuer()+"/oauth/token", form), http.StatusBadRequest, "invalid_grant")
}

// TestParallelCodes redeems one code many times at once. Exactly one request
// wins, and because the others are replays its tokens are revoked.
func TestParallelCodes(t *testing.T) {
	t.Parallel()
	const requests = 20
	e := only(t, people())
	c := browser(t)
	code := authorize(t, c, relyingParty(e, e.Client()), "s").Get("code")
	form := redemption(e, code)
	e.SetMint(meet(requests))
	won := parallel(requests, func() reply { return post(t, c, e.Issuer()+"/oauth/token", form) })
	var winner map[string]any
	for _, r := range won {
		if r.StatusCode != http.StatusOK {
			wantError(t, r, http.StatusBadRequest, "invalid_grant")
			continue
		}
		if winner != nil {
			t.Errorf("more than one request redeemed the code")
		}
		winner = r.object(t)
	}
	if winner == nil {
		t.Fatal("no request redeemed the code")
	}
	if active(t, c, e, winner["access_token"]) {
		t.Errorf("the access token is active although the code was replayed")
	}
}

// TestWrongVerifierIsNoWayAround tries without PKCE after a wrong verifier.
func TestWrongVerifierIsNoWayAround(t *testing.T) {
	t.Parallel()
	e := only(t, people())
	c := browser(t)
	verifier := oauth2.GenerateVerifier()
	code := authorize(t, c, relyingParty(e, e.Client()), "s", oauth2.S256ChallengeOption(verifier)).Get("code")
	for _, tried := range []string{oauth2.GenerateVerifier(), "", oauth2.GenerateVerifier()} {
		form := redemption(e, code)
		if tried != "" {
			form.Set("code_verifier", tried)
		}
		wantError(t, post(t, c, e.Issuer()+"/oauth/token", form), http.StatusBadRequest, "invalid_grant")
	}
}

func TestClientCredentials(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{Clients: []mockidp.Client{{
		ID: "m2m_1", Secret: "s", Scopes: []string{"openid", "orders:read", "orders:write"}, Audiences: []string{"https://api.example.com"},
	}}})
	c := browser(t)
	tests := []struct {
		name   string
		form   url.Values
		scopes []any
		aud    any
	}{
		{"all scopes of its own", nil, []any{"orders:read", "orders:write"}, nil},
		{"one scope", url.Values{"scope": {"orders:read"}}, []any{"orders:read"}, nil},
		{"an audience", url.Values{"audience": {"https://api.example.com"}}, []any{"orders:read", "orders:write"}, []any{"https://api.example.com"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"m2m_1"}, "client_secret": {"s"}}
			for name, values := range tt.form {
				form[name] = values
			}
			answer := post(t, c, e.Issuer()+"/oauth/token", form).object(t)
			for _, name := range []string{"id_token", "refresh_token"} {
				if answer[name] != nil {
					t.Errorf("a client on its own has a %s", name)
				}
			}
			_, claims := verify(t, c, e, answer["access_token"].(string))
			diff(t, "claims", map[string]any{"sub": "m2m_1", "scopes": tt.scopes, "aud": tt.aud, "sid": nil},
				map[string]any{"sub": claims["sub"], "scopes": claims["scopes"], "aud": claims["aud"], "sid": claims["sid"]})
			wantForm(t, "jti", claims["jti"], "tkn_")
		})
	}
}

// TestClock moves only the clock of the environment, over the ends of
// everything that ends.
func TestClock(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC))
	cfg := people()
	cfg.Now = clock.now
	e := only(t, cfg)
	c := browser(t)
	rp := relyingParty(e, e.Client())

	redeem := func(code string) reply {
		return post(t, c, e.Issuer()+"/oauth/token", redemption(e, code))
	}
	late := authorize(t, c, rp, "s").Get("code")
	clock.advance(10 * time.Minute)
	wantError(t, redeem(late), http.StatusBadRequest, "invalid_grant")
	inTime := authorize(t, c, rp, "s").Get("code")
	clock.advance(10*time.Minute - time.Second)
	got := redeem(inTime).object(t)

	clock.advance(5*time.Minute - time.Second)
	if !active(t, c, e, got["access_token"]) {
		t.Errorf("the access token has ended a second too early")
	}
	clock.advance(time.Second)
	if active(t, c, e, got["access_token"]) {
		t.Errorf("the access token is active after its lifetime")
	}

	clock.advance(29 * 24 * time.Hour)
	renewed := refresh(t, c, e, got["refresh_token"].(string)).object(t)
	_, claims := verify(t, c, e, renewed["id_token"].(string))
	if want := clock.now().Unix(); claims["iat"].(interface{ String() string }).String() != itoa(want) {
		t.Errorf("iat is %v, want %d", claims["iat"], want)
	}
	clock.advance(20 * 24 * time.Hour)
	renewed = refresh(t, c, e, renewed["refresh_token"].(string)).object(t)
	if !active(t, c, e, renewed["access_token"]) {
		t.Errorf("the access token is not active in a login that is older than a refresh token may be")
	}
	clock.advance(30 * 24 * time.Hour)
	wantError(t, refresh(t, c, e, renewed["refresh_token"].(string)), http.StatusBadRequest, "invalid_grant")
}

// parallel calls f n times at once.
func parallel(n int, f func() reply) []reply {
	var wg sync.WaitGroup
	out := make([]reply, n)
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			out[i] = f()
		})
	}
	close(start)
	wg.Wait()
	return out
}
