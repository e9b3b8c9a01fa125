package charmock_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp/charmock"
)

// only is a verifier that accepts one token.
type only struct {
	token  string
	closed *atomic.Int64
}

func (v only) Close() { v.closed.Add(1) }

func (v only) Verify(_ context.Context, token string) (charmock.Identity, error) {
	if token == v.token {
		return charmock.Identity{UserID: "usr_1", Email: "ada@example.com"}, nil
	}
	return charmock.Identity{}, &charmock.Refusal{
		Code: "INVALID_AUDIENCE", Message: "aud is <other>", Causes: []charmock.Cause{{Text: "an access token", Do: "Send the ID Token."}},
	}
}

// startPages serves with settings. The verifier of an issuer accepts the token
// that is its host.
func startPages(t *testing.T) (*charmock.Server, *atomic.Int64) {
	t.Helper()
	closed := new(atomic.Int64)
	s, err := charmock.Start(t.Context(), charmock.Config{
		Settings: charmock.Settings{Provider: charmock.CustomOIDC, Issuer: "https://staging.example", ClientIDs: []string{"skc_1"}},
		Configure: func(s charmock.Settings) (charmock.Verifier, error) {
			u, err := url.Parse(s.Issuer)
			if err != nil || u.Scheme != "https" {
				return nil, errors.New("the issuer must be https")
			}
			return only{u.Host, closed}, nil
		},
		Probe: func(context.Context, string) (charmock.Connection, error) {
			return charmock.Connection{CannotSee: []string{"a wrong client ID"}, Checks: []charmock.Check{{Name: "tls", Verdict: "fail", Found: "no route"}}},
				errors.New("nobody is there")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, closed
}

// submit sends a form, or gets the page if there is none, and returns the status
// and the page.
func submit(t *testing.T, at string, form url.Values, header ...string) (int, string) {
	t.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(t.Context(), method, at, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := http.Client{Timeout: 10 * time.Second}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// wants checks the status of a page and what it says.
func wants(t *testing.T, status int, page string, want int, texts ...string) {
	t.Helper()
	if status != want {
		t.Errorf("status %d, want %d", status, want)
	}
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not say %q:\n%s", text, page)
		}
	}
}

func TestSettingsPage(t *testing.T) {
	t.Parallel()
	s, closed := startPages(t)
	status, page := submit(t, s.URL()+"/", nil)
	wants(t, status, page, 200, `value="https://staging.example"`, `value="skc_1"`, "Test Connection", "Save Changes", "<title>SSO configuration – mock of Char")

	form := url.Values{"provider": {"custom_oidc"}, "issuer": {" https://production.example "}, "client_ids": {"skc_2 skc_3 skc_2"}, "action": {"test"}}
	status, page = submit(t, s.URL()+"/", form)
	wants(t, status, page, 200, "Test Connection failed", "nobody is there", "a wrong client ID", "tls: fail", `value="skc_2 skc_3"`)

	for field, wrong := range map[string]string{"issuer": "http://production.example", "client_ids": " "} {
		bad := url.Values{"provider": {"custom_oidc"}, "issuer": {"https://production.example"}, "client_ids": {"skc_2"}, "action": {"save"}}
		bad.Set(field, wrong)
		status, page = submit(t, s.URL()+"/", bad)
		wants(t, status, page, 422, `href="#`+field+`"`, `aria-invalid="true"`, "<title>Error: ")
	}
	if n := closed.Load(); n != 0 {
		t.Errorf("%d verifiers were closed before anything was saved", n)
	}
	form.Set("action", "save")
	if status, _ = submit(t, s.URL()+"/", form, "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
		t.Errorf("a form of another site is answered %d, want 403", status)
	}
	status, page = submit(t, s.URL()+"/", form)
	wants(t, status, page, 200, "The changes are saved", `value="https://production.example"`)
	if n := closed.Load(); n != 1 {
		t.Errorf("%d verifiers were closed, want the old one", n)
	}
	if status, answer := post(t, s.URL()+"/api/auth/ticket", http.Header{"Authorization": {"Bearer production.example"}}, ""); status != 200 {
		t.Errorf("a token of the saved issuer is answered %d %v", status, answer)
	}
	status, page = submit(t, s.URL()+"/api/identity-providers/config", nil)
	wants(t, status, page, 200, `"idp_issuer":"https://production.example"`, `"allowed_audiences":["skc_2","skc_3"]`, `"idp_domain":null`)
}

func TestAgentPage(t *testing.T) {
	t.Parallel()
	s, _ := startPages(t)
	status, page := submit(t, s.URL()+"/agent", nil)
	wants(t, status, page, 200, "None yet.")
	status, page = submit(t, s.URL()+"/agent", url.Values{"id_token": {" "}})
	wants(t, status, page, 422, "Paste an ID Token")
	status, page = submit(t, s.URL()+"/agent", url.Values{"id_token": {"secret.token"}})
	wants(t, status, page, 200, "INVALID_AUDIENCE", "aud is &lt;other&gt;", "an access token", "Send the ID Token.")
	if strings.Contains(page, "secret.token") {
		t.Error("the page repeats the token")
	}
	status, page = submit(t, s.URL()+"/agent", url.Values{"id_token": {"staging.example"}})
	wants(t, status, page, 200, "usr_1", "ada@example.com", "INVALID_AUDIENCE")
}

// TestPagesOfApplications asks as the component does in a page of another
// origin.
func TestPagesOfApplications(t *testing.T) {
	t.Parallel()
	s, _ := startPages(t)
	for origin, want := range map[string]string{"http://localhost:3000": "http://localhost:3000", "https://evil.example": "", "null": ""} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, s.URL()+"/api/auth/ticket", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", origin)
		r.Header.Set("Access-Control-Request-Method", "POST")
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("origin %s is allowed as %q, want %q", origin, got, want)
		}
	}
	header := http.Header{"Authorization": {"Bearer staging.example"}}
	for body, want := range map[string]int{`{"client_id":"skc_1"}`: 200, `{}`: 200, `{"client_id":"skc_2"}`: 401, `{"client_id":7}`: 400} {
		status, answer := post(t, s.URL()+"/api/auth/ticket", header, body)
		if status != want || want == 401 && code(answer) != "INVALID_AUDIENCE" {
			t.Errorf("%s is answered %d %v, want %d", body, status, answer, want)
		}
	}
	if status, script := submit(t, s.URL()+"/char-agent.js", nil); status != 200 || !strings.Contains(script, `customElements.define("char-agent"`) {
		t.Errorf("the component is answered %d %s", status, script)
	}
}

func TestStartRefusesOtherAddresses(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", "192.0.2.1:80", "nothing", "example.com:80"} {
		s, err := charmock.Start(t.Context(), charmock.Config{
			Addr: addr, Verify: func(context.Context, string) (charmock.Identity, error) { return charmock.Identity{}, nil },
		})
		if err == nil {
			s.Close()
			t.Errorf("%s is listened on", addr)
		} else if !strings.Contains(err.Error(), addr) {
			t.Errorf("the error does not name %s: %v", addr, err)
		}
	}
}
