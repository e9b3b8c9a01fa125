package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/charmock"
	"github.com/assay-id/assay/mockidp/mockidptest"
	"github.com/assay-id/assay/mockidp/people"
	"github.com/assay-id/assay/verifier"
)

// world is the application with a mock environment and a mock of Char.
type world struct {
	url  string
	env  *mockidp.Environment
	char *charmock.Server
	dir  string // of the session store
	tls  *httptest.Server
}

// charVerifier decides for Char.
type charVerifier struct{ *verifier.Verifier }

func (v charVerifier) Verify(ctx context.Context, idToken string) (charmock.Identity, error) {
	token, err := v.Verifier.Verify(ctx, idToken)
	if err != nil {
		return charmock.Identity{}, &charmock.Refusal{Code: "INVALID_TOKEN", Message: "refused"}
	}
	return charmock.Identity{UserID: token.Subject}, nil
}

func start(t *testing.T, change func(*mockidp.EnvironmentConfig)) *world {
	t.Helper()
	w := &world{dir: filepath.Join(t.TempDir(), "sessions")}
	var a *app
	w.tls = httptest.NewTLSServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { a.routes().ServeHTTP(rw, r) }))
	t.Cleanup(w.tls.Close)
	w.url = w.tls.URL
	cfg := people.Default()
	cfg.Clients = []mockidp.Client{{
		ID: "skc_1", Secret: "test_1", RedirectURIs: []string{w.url + "/auth/callback"}, PostLogoutRedirectURIs: []string{w.url + "/"},
	}}
	if change != nil {
		change(&cfg)
	}
	w.env = mockidptest.Start(t, cfg)
	settings := verifier.Config{Issuer: w.env.Issuer(), Audience: []string{"skc_1"}}
	settings.Allow.LoopbackHTTP = true
	v, err := verifier.New(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	if w.char, err = charmock.Start(t.Context(), charmock.Config{Verify: charVerifier{v}.Verify}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.char.Close() })
	a, err = newApp(config{
		url: w.url, issuer: w.env.Issuer(), clientID: "skc_1", secret: "test_1", charBase: w.char.URL(),
		sessions: w.dir, key: make([]byte, 32), loopbackHTTP: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.close)
	return w
}

// browser follows redirects and keeps cookies.
func (w *world) browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := *w.tls.Client()
	c.Jar, c.Timeout = jar, 20*time.Second
	return &c
}

// get returns the status and the text of a page.
func get(t *testing.T, c *http.Client, at string) (int, string) {
	t.Helper()
	res, err := c.Get(at)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, res)
}

func post(t *testing.T, c *http.Client, at string, form url.Values) (int, string) {
	t.Helper()
	res, err := c.PostForm(at, form)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, res)
}

func read(t *testing.T, res *http.Response) (int, string) {
	t.Helper()
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func (w *world) signIn(t *testing.T, c *http.Client) {
	t.Helper()
	if status, page := get(t, c, w.url+"/login"); status != 200 || !strings.Contains(page, "Signed in") {
		t.Fatalf("the login ends with %d %s", status, page)
	}
}

// ask exchanges the ID Token for a ticket and connects with it.
func (w *world) ask(t *testing.T, c *http.Client) string {
	t.Helper()
	status, text := post(t, c, w.url+"/char-ticket", nil)
	if status != 200 {
		t.Fatalf("the exchange is answered %d %s", status, text)
	}
	var issued struct{ Ticket, UserID string }
	if err := json.Unmarshal([]byte(text), &issued); err != nil {
		t.Fatal(err)
	}
	return issued.UserID
}

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	c := w.browser(t)
	if _, page := get(t, c, w.url+"/"); !strings.Contains(page, "Sign in") || strings.Contains(page, "<char-agent") {
		t.Errorf("before the login: %s", page)
	}
	if status, _ := post(t, c, w.url+"/char-ticket", nil); status != http.StatusUnauthorized {
		t.Errorf("a ticket before the login is answered %d, want 401", status)
	}
	w.signIn(t, c)
	_, page := get(t, c, w.url+"/")
	for _, want := range []string{"usr_10000000000000001", "john.doe@example.com", "org_10000000000000001", "admin", w.char.URL()} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q: %s", want, page)
		}
	}
	if strings.Contains(page, "eyJ") {
		t.Error("the page has a token")
	}
	if user := w.ask(t, c); user != "usr_10000000000000001" {
		t.Errorf("Char knows the user as %q", user)
	}
	if status, page := post(t, c, w.url+"/logout", nil); status != 200 || !strings.Contains(page, "Sign in") {
		t.Errorf("the logout ends with %d %s", status, page)
	}
	if _, page := get(t, c, w.url+"/"); strings.Contains(page, "usr_") {
		t.Error("the user is still signed in")
	}
}

// TestSessionsAreEncrypted looks for tokens in the files and in the cookies.
func TestSessionsAreEncrypted(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	c := w.browser(t)
	w.signIn(t, c)
	files, err := filepath.Glob(filepath.Join(w.dir, "*.session"))
	if err != nil || len(files) != 1 {
		t.Fatalf("there are %d session files: %v", len(files), err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "eyJ") || strings.Contains(string(text), "usr_") {
		t.Error("the session is readable")
	}
	at, err := url.Parse(w.url)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range c.Jar.Cookies(at) {
		if strings.Contains(cookie.Value, "eyJ") {
			t.Errorf("the cookie %s has a token", cookie.Name)
		}
	}
}

// TestCookies checks the attributes of both cookies.
func TestCookies(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	c := w.browser(t)
	want := map[string]http.SameSite{"__Host-login": http.SameSiteLaxMode, "__Host-session": http.SameSiteStrictMode}
	seen := 0
	c.Transport = observer{c.Transport, func(res *http.Response) {
		for _, cookie := range res.Cookies() {
			if !strings.HasPrefix(cookie.Name, "__Host-") || cookie.MaxAge < 0 {
				continue
			}
			seen++
			if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != want[cookie.Name] {
				t.Errorf("the cookie is %s", cookie.Raw)
			}
		}
	}}
	w.signIn(t, c)
	if seen != 2 {
		t.Errorf("%d cookies were set, want 2", seen)
	}
}

// observer sees every answer.
type observer struct {
	http.RoundTripper
	see func(*http.Response)
}

func (o observer) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := o.RoundTripper.RoundTrip(r)
	if err == nil {
		o.see(res)
	}
	return res, err
}

// TestRefreshKeepsTheSession lives through several lives of the tokens.
func TestRefreshKeepsTheSession(t *testing.T) {
	t.Parallel()
	w := start(t, func(c *mockidp.EnvironmentConfig) {
		c.IDTokenLifetime, c.AccessTokenLifetime = 4*time.Second, 4*time.Second
	})
	c := w.browser(t)
	w.signIn(t, c)
	for range 8 {
		time.Sleep(time.Second)
		if user := w.ask(t, c); user != "usr_10000000000000001" {
			t.Fatalf("Char knows the user as %q", user)
		}
	}
	refreshes := 0
	for _, r := range w.env.Requests() {
		if r.Path == "/oauth/token" {
			refreshes++
		}
	}
	if refreshes < 3 {
		t.Errorf("%d token requests, want a login and at least two refreshes", refreshes)
	}
	if err := w.env.RemoveUser("usr_10000000000000001"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(4 * time.Second)
	if _, page := get(t, c, w.url+"/"); strings.Contains(page, "usr_") || !strings.Contains(page, "Sign in") {
		t.Errorf("a user who was removed sees %s", page)
	}
}

func TestSwitchOrganization(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	c := w.browser(t)
	w.signIn(t, c)
	post(t, c, w.url+"/switch", url.Values{"organization": {"org_10000000000000002"}})
	_, page := get(t, c, w.url+"/")
	if !strings.Contains(page, "org_10000000000000002") || !strings.Contains(page, "member") || strings.Contains(page, "admin") {
		t.Errorf("after the switch: %s", page)
	}
	if status, page := post(t, c, w.url+"/switch", url.Values{"organization": {"org_10000000000000003"}}); status != http.StatusForbidden {
		t.Errorf("a switch to an organization of others is answered %d %s", status, page)
	}
}

// TestRefuses tries what an attacker or a broken provider does.
func TestRefuses(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	stop := func(c *http.Client) *http.Client {
		c.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
			if strings.HasPrefix(r.URL.String(), w.url+"/auth/callback") {
				return http.ErrUseLastResponse
			}
			return nil
		}
		return c
	}
	begin := func(c *http.Client) string {
		res, err := c.Get(w.url + "/login")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.Header.Get("Location")
	}
	mine, attacker := stop(w.browser(t)), stop(w.browser(t))
	callback := begin(mine)
	for name, try := range map[string]func() (int, string){
		"the callback of somebody else": func() (int, string) { return get(t, mine, begin(attacker)) },
		"another state":                 func() (int, string) { return get(t, mine, strings.Replace(callback, "state=", "state=x", 1)) },
		"no state":                      func() (int, string) { return get(t, mine, w.url+"/auth/callback?code=x") },
		"a browser without cookies":     func() (int, string) { return get(t, w.browser(t), callback) },
	} {
		if status, page := try(); status != http.StatusBadRequest {
			t.Errorf("%s is answered %d %s, want 400", name, status, page)
		}
	}
	if status, page := get(t, mine, callback); status != 200 {
		t.Errorf("the right callback is answered %d %s", status, page)
	}
	if status, _ := get(t, mine, callback); status != http.StatusBadRequest {
		t.Errorf("the same callback again is answered %d, want 400", status)
	}
	request, err := http.NewRequest(http.MethodPost, w.url+"/logout", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Origin", "https://evil.example")
	res, err := mine.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := read(t, res); status != http.StatusForbidden {
		t.Errorf("a form of another site is answered %d, want 403", status)
	}
	for fault, code := range map[string]string{
		`{"id":"f","kind":"forge","attributes":{"token":"id_token","change":{"claims":{"set":{"nonce":"other"}}}}}`:                  "INVALID_TOKEN",
		`{"id":"f","kind":"forge","attributes":{"token":"id_token","change":{"claims":{"set":{"iss":"https://evil.example"}}}}}`:     "INVALID_ISSUER",
		`{"id":"f","kind":"forge","attributes":{"token":"id_token","change":{"claims":{"set":{"aud":"skc_2"}}}}}`:                    "INVALID_AUDIENCE",
		`{"id":"f","kind":"forge","attributes":{"token":"id_token","change":{"signing":{"key":"attacker"}}}}`:                        "INVALID_TOKEN",
		`{"id":"f","kind":"forge","attributes":{"token":"id_token","change":{"claims":{"set":{"exp":1000000000,"iat":999999000}}}}}`: "TOKEN_EXPIRED",
	} {
		mockidptest.Fault(t, w.env, fault)
		if status, page := get(t, w.browser(t), w.url+"/login"); status != http.StatusForbidden || !strings.Contains(page, code) {
			t.Errorf("%s: the login ends with %d %s, want %s", fault, status, page, code)
		}
	}
}

func TestAPI(t *testing.T) {
	t.Parallel()
	w := start(t, nil)
	m, err := w.env.Sample(mockidp.IDToken, nil)
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]int{"": 401, "Bearer " + m.Compact: 200, "Bearer x.y.z": 401} {
		request, err := http.NewRequest(http.MethodGet, w.url+"/api/me", nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			request.Header.Set("Authorization", header)
		}
		res, err := w.tls.Client().Do(request)
		if err != nil {
			t.Fatal(err)
		}
		if status, text := read(t, res); status != want || want == 200 && !strings.Contains(text, "usr_10000000000000001") {
			t.Errorf("%.20q is answered %d %s, want %d", header, status, text, want)
		}
	}
}
