package mockidp_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/keyring"
)

// office is an environment with a login page and people for each way to sign
// in.
func office(t testing.TB) *mockidp.Environment {
	t.Helper()
	s := startServer(t, mockidp.Config{})
	return newEnvironment(t, s, "office", mockidp.EnvironmentConfig{
		LoginPage: true,
		NoDecoys:  true,
		Signing:   []*keyring.Key{s.Keys().Key("test", "ES256")},
		Clients: []mockidp.Client{{
			ID: "skc_1", Name: "Paper <Clips>", Secret: "test_1", RedirectURIs: []string{"http://127.0.0.1/callback"},
			PostLogoutRedirectURIs: []string{"https://app.example.com/bye"}, InitiateLoginURI: "https://app.example.com/login?from=idp",
		}},
		Organizations: []mockidp.Organization{{ID: "org_1", Name: "One"}, {ID: "org_2", Name: "Two"}, {ID: "org_sso", Name: "Three"}},
		Connections: []mockidp.Connection{
			{ID: "conn_pw", Type: mockidp.ConnectionPassword},
			{ID: "conn_mail", Type: mockidp.ConnectionPasswordless},
			{ID: "conn_google", Type: mockidp.ConnectionSocial, Provider: "google"},
			{ID: "conn_github", Type: mockidp.ConnectionSocial, Provider: "github", Inactive: true},
			{ID: "conn_sso", Type: mockidp.ConnectionEnterprise, Provider: "okta", OrganizationID: "org_sso", Domains: []string{"sso.example"}},
		},
		Users: []mockidp.User{
			{ID: "usr_ada", Email: "ada@example.com", Name: "Ada", Password: "secret", Memberships: []mockidp.Membership{
				{OrganizationID: "org_1", Roles: []string{"admin"}}, {OrganizationID: "org_2"},
			}},
			{ID: "usr_bob", Email: "bob@example.com", Name: "Bob", Memberships: []mockidp.Membership{{OrganizationID: "org_1"}}},
			{ID: "usr_sam", Email: "sam@sso.example", Name: "Sam", Memberships: []mockidp.Membership{{OrganizationID: "org_sso"}}},
			{ID: "usr_off", Email: "off@example.com", Password: "secret", Inactive: true},
		},
	})
}

// person is a user with their own browser, without JavaScript.
type person struct {
	t    testing.TB
	c    *http.Client
	page reply
	doc  *html.Node
}

func newPerson(t testing.TB) *person {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t: t, c: browser(t)}
	p.c.Jar = jar
	return p
}

// open follows redirects as long as they stay at the environment, and checks
// each page that it shows.
func (p *person) open(address string) *person {
	p.t.Helper()
	return p.arrive(get(p.t, p.c, address))
}

func (p *person) arrive(r reply) *person {
	p.t.Helper()
	for r.StatusCode/100 == 3 {
		to, err := r.Location()
		if err != nil {
			p.t.Fatal(err)
		}
		if to.Host != r.Request.URL.Host {
			break
		}
		r = get(p.t, p.c, to.String())
	}
	p.page, p.doc = r, nil
	if strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
		p.doc = wantGoodPage(p.t, r)
	}
	return p
}

// submit fills in and sends the form whose action ends with the path, by the
// button that sends the name and value if there are any.
func (p *person) submit(action string, values url.Values) *person {
	p.t.Helper()
	if p.doc == nil {
		p.t.Fatalf("there is no page but %d %s", p.page.StatusCode, p.page.body)
	}
	for _, form := range all(p.doc, "form") {
		if !strings.HasSuffix(attribute(form, "action"), action) {
			continue
		}
		sent := url.Values{}
		for _, input := range all(form, "input") {
			if kind := attribute(input, "type"); kind != "radio" || has(input, "checked") {
				sent.Set(attribute(input, "name"), attribute(input, "value"))
			}
		}
		for name, value := range values {
			sent[name] = value
		}
		to, err := p.page.Request.URL.Parse(attribute(form, "action"))
		if err != nil {
			p.t.Fatal(err)
		}
		return p.arrive(post(p.t, p.c, to.String(), sent))
	}
	p.t.Fatalf("the page %q has no form for %s", p.heading(), action)
	return nil
}

func (p *person) heading() string {
	if p.doc == nil {
		return ""
	}
	return text(all(p.doc, "h1")[0])
}

// problems returns the links of the error summary.
func (p *person) problems() []string {
	var out []string
	for _, div := range all(p.doc, "div") {
		if attribute(div, "role") == "alert" {
			for _, item := range all(div, "li") {
				out = append(out, text(item))
			}
		}
	}
	return out
}

// landed returns the parameters that the client has received.
func (p *person) landed() url.Values {
	p.t.Helper()
	to, err := p.page.Location()
	if err != nil || !strings.HasPrefix(to.String(), callback+"?") {
		p.t.Fatalf("the browser is at %q (%d), want the callback: %s", p.heading(), p.page.StatusCode, p.page.body)
	}
	return to.Query()
}

// claims redeems the code that the client has received.
func (p *person) claims(e *mockidp.Environment) map[string]any {
	p.t.Helper()
	answer := post(p.t, p.c, e.Issuer()+"/oauth/token", redemption(e, p.landed().Get("code"))).object(p.t)
	raw, _ := answer["id_token"].(string)
	if raw == "" {
		p.t.Fatalf("the token endpoint answers %v", answer)
	}
	_, claims := verify(p.t, p.c, e, raw)
	return claims
}

// authorization returns the address of an authorization request.
func authorization(e *mockidp.Environment, parameters ...string) string {
	query := url.Values{"response_type": {"code"}, "client_id": {e.Client().ID}, "redirect_uri": {callback}, "scope": {"openid"}, "state": {"s"}}
	for i := 0; i < len(parameters); i += 2 {
		query.Set(parameters[i], parameters[i+1])
	}
	return e.Issuer() + "/oauth/authorize?" + query.Encode()
}

func form(pairs ...string) url.Values {
	out := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

// lastMail returns the latest message.
func lastMail(t testing.TB, e *mockidp.Environment) mockidp.Mail {
	t.Helper()
	mails := e.Outbox()
	if len(mails) == 0 {
		t.Fatal("nothing was mailed")
	}
	return mails[len(mails)-1]
}

// TestLoginMethods goes through each way to sign in, and an organization.
func TestLoginMethods(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		start []string // parameters of the authorization request
		steps func(*person, *mockidp.Environment)
		want  map[string]any
	}{
		{"password", nil, func(p *person, _ *mockidp.Environment) {
			p.submit("/login", form("email", "ADA@example.com")).submit("/login/password", form("password", "secret")).
				submit("/login/organization", form("organization", "org_2"))
		}, map[string]any{"sub": "usr_ada", "oid": "org_2", "amr": []any{"conn_pw"}}},
		{"password, in the organization of the request", []string{"organization_id", "org_1"}, func(p *person, _ *mockidp.Environment) {
			p.submit("/login/provider", form("user", "usr_ada"))
		}, map[string]any{"sub": "usr_ada", "oid": "org_1"}},
		{"code", nil, func(p *person, e *mockidp.Environment) {
			p.submit("/login", form("email", "bob@example.com")).submit("/login/mail", form("method", "code"))
			p.submit("/login/code", form("code", " "+lastMail(p.t, e).Code[:3]+" "+lastMail(p.t, e).Code[3:]))
		}, map[string]any{"sub": "usr_bob", "oid": "org_1", "amr": []any{"conn_mail"}}},
		{"link", nil, func(p *person, e *mockidp.Environment) {
			p.submit("/login", form("email", "bob@example.com")).submit("/login/mail", form("method", "link"))
			p.open(lastMail(p.t, e).Link).submit("/login/link", nil)
		}, map[string]any{"sub": "usr_bob", "amr": []any{"conn_mail"}}},
		{"social button", nil, func(p *person, _ *mockidp.Environment) {
			p.submit("/login", form("connection", "conn_google")).submit("/login/provider", form("user", "usr_bob"))
		}, map[string]any{"sub": "usr_bob", "oid": "org_1", "amr": []any{"conn_google"}}},
		{"social provider of the request", []string{"provider", "google"}, func(p *person, _ *mockidp.Environment) {
			p.submit("/login/provider", form("user", "usr_ada")).submit("/login/organization", nil)
		}, map[string]any{"sub": "usr_ada", "oid": "org_1", "amr": []any{"conn_google"}}},
		{"enterprise by e-mail domain", nil, func(p *person, _ *mockidp.Environment) {
			p.submit("/login", form("email", "sam@sso.example")).submit("/login/provider", nil)
		}, map[string]any{"sub": "usr_sam", "oid": "org_sso", "amr": []any{"conn_sso"}}},
		{"enterprise by domain_hint", []string{"domain_hint", "sso.example", "domain", "sso.example"}, func(p *person, _ *mockidp.Environment) {
			p.submit("/login/provider", form("user", "usr_sam"))
		}, map[string]any{"sub": "usr_sam", "amr": []any{"conn_sso"}}},
		{"enterprise by login_hint", []string{"login_hint", "sam@sso.example"}, func(p *person, _ *mockidp.Environment) {
			p.submit("/login/provider", nil)
		}, map[string]any{"sub": "usr_sam", "amr": []any{"conn_sso"}}},
		{"sign-up", []string{"prompt", "create"}, func(p *person, e *mockidp.Environment) {
			p.submit("/login/create", form("name", "New Comer", "email", "new@example.com"))
			p.submit("/login/code", form("code", lastMail(p.t, e).Code))
		}, map[string]any{"email": "new@example.com", "name": "New Comer", "given_name": "New", "family_name": "Comer", "amr": []any{"conn_mail"}}},
		{"without asking", []string{"assay_login", "auto", "login_hint", "usr_bob"}, func(*person, *mockidp.Environment) {}, map[string]any{"sub": "usr_bob"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := office(t)
			p := newPerson(t).open(authorization(e, append(tt.start, "nonce", "n")...))
			tt.steps(p, e)
			if state := p.landed().Get("state"); state != "s" {
				t.Errorf("state is %q", state)
			}
			claims := p.claims(e)
			tt.want["nonce"] = "n"
			for name, want := range tt.want {
				if diff := cmp.Diff(want, claims[name]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
			for _, r := range e.Requests() {
				if strings.HasPrefix(r.Path, "/login") && r.Endpoint != "login" {
					t.Errorf("%s is logged as %s", r.Path, r.Endpoint)
				}
			}
		})
	}
}

// TestLoginProblems starts where it goes wrong and looks at what people are
// told.
func TestLoginProblems(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		start   []string
		steps   func(*person, *mockidp.Environment)
		problem string
	}{
		{"no address", nil, func(p *person, _ *mockidp.Environment) { p.submit("/login", nil) }, "Enter your email address"},
		{"no address at all", nil, func(p *person, _ *mockidp.Environment) { p.submit("/login", form("email", "ada")) }, "Enter an email address like name@example.com"},
		{"unknown", nil, func(p *person, _ *mockidp.Environment) { p.submit("/login", form("email", "x@example.com")) }, "There is no account for this email address"},
		{"inactive connection", nil, func(p *person, _ *mockidp.Environment) { p.submit("/login", form("connection", "conn_github")) }, "This provider is not available"},
		{"no password", nil, func(p *person, _ *mockidp.Environment) {
			p.submit("/login", form("email", "ada@example.com")).submit("/login/password", nil)
		}, "Enter your password"},
		{"wrong password", nil, func(p *person, _ *mockidp.Environment) {
			p.submit("/login", form("email", "ada@example.com")).submit("/login/password", form("password", "Secret"))
		}, "The password is wrong"},
		{"account without a password", nil, func(p *person, _ *mockidp.Environment) {
			p.submit("/login", form("email", "bob@example.com")).submit("/login/password", form("password", "x"))
		}, "This account has no password"},
		{"empty code", nil, func(p *person, _ *mockidp.Environment) {
			p.submit("/login", form("email", "bob@example.com")).submit("/login/mail", form("method", "code")).submit("/login/code", form("code", " "))
		}, "Enter the code"},
		{"wrong code", nil, func(p *person, _ *mockidp.Environment) {
			p.submit("/login", form("email", "bob@example.com")).submit("/login/mail", form("method", "code")).submit("/login/code", form("code", "x"))
		}, "The code is wrong"},
		{"right code after too many wrong ones", nil, func(p *person, e *mockidp.Environment) {
			p.submit("/login", form("email", "bob@example.com")).submit("/login/mail", form("method", "code"))
			for range 5 {
				p.submit("/login/code", form("code", "x"))
			}
			p.submit("/login/code", form("code", lastMail(p.t, e).Code))
		}, "Too many wrong codes. Request a new one"},
		{"code of an earlier mail", nil, func(p *person, e *mockidp.Environment) {
			p.submit("/login", form("email", "bob@example.com")).submit("/login/mail", form("method", "code"))
			early := lastMail(p.t, e).Code
			p.submit("/login/mail", form("method", "code")).submit("/login/code", form("code", early))
		}, "The code is wrong"},
		{"nobody chosen", []string{"provider", "google"}, func(p *person, _ *mockidp.Environment) { p.submit("/login/provider", nil) }, "Choose an account"},
		{"somebody of another organization", []string{"connection_id", "conn_sso"}, func(p *person, _ *mockidp.Environment) {
			p.submit("/login/provider", form("user", "usr_ada"))
		}, "Choose an account"},
		{"organization of others", []string{"provider", "google"}, func(p *person, _ *mockidp.Environment) {
			p.submit("/login/provider", form("user", "usr_ada")).submit("/login/organization", form("organization", "org_sso"))
		}, "Choose an organization"},
		{"sign-up with nothing", []string{"prompt", "create"}, func(p *person, _ *mockidp.Environment) { p.submit("/login/create", nil) }, "Enter your name"},
		{"sign-up of somebody known", []string{"prompt", "create"}, func(p *person, _ *mockidp.Environment) {
			p.submit("/login/create", form("name", "A", "email", "Ada@example.com"))
		}, "There is already an account for this email address"},
		{"sign-up twice", []string{"prompt", "create"}, func(p *person, e *mockidp.Environment) {
			other := newPerson(p.t).open(authorization(e, "prompt", "create"))
			p.submit("/login/create", form("name", "A", "email", "a@example.com"))
			code := lastMail(p.t, e).Code
			other.submit("/login/create", form("name", "A", "email", "a@example.com")).submit("/login/code", form("code", lastMail(p.t, e).Code))
			p.submit("/login/code", form("code", code))
		}, "There is already an account for a@example.com"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := office(t)
			p := newPerson(t).open(authorization(e, tt.start...))
			tt.steps(p, e)
			if got := p.problems(); !slices.Contains(got, tt.problem) {
				t.Errorf("the problems are %q, want %q", got, tt.problem)
			}
			if p.page.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("status is %d", p.page.StatusCode)
			}
			if title := text(all(p.doc, "title")[0]); !strings.HasPrefix(title, "Error: ") {
				t.Errorf("title is %q", title)
			}
		})
	}
}

// TestLoginAnswersTheClient covers what the client gets instead of a
// code.
func TestLoginAnswersTheClient(t *testing.T) {
	t.Parallel()
	e := office(t)
	inactive := newPerson(t).open(authorization(e)).submit("/login", form("email", "off@example.com")).submit("/login/password", form("password", "secret"))
	if got := inactive.landed(); got.Get("error") != "user_not_active" || got.Get("state") != "s" {
		t.Errorf("an inactive user gives %v", got)
	}
	cancelled := newPerson(t).open(authorization(e, "provider", "google")).submit("/login/provider", form("cancel", "1"))
	if got := cancelled.landed(); got.Get("error") != "access_denied" {
		t.Errorf("cancelling gives %v", got)
	}
}

// TestLoginIsFinishedOnce uses a page, a link and a code again.
func TestLoginIsFinishedOnce(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Now())
	e := only(t, mockidp.EnvironmentConfig{LoginPage: true, Now: clock.now})
	start := func() *person {
		return newPerson(t).open(authorization(e)).submit("/login", form("email", e.User().Email)).submit("/login/mail", form("method", "link"))
	}
	p := start()
	link := lastMail(t, e).Link
	if done := newPerson(t).open(link).submit("/login/link", nil); done.landed().Get("code") == "" {
		t.Errorf("another browser cannot use the link")
	}
	for name, again := range map[string]*person{
		"the link":    newPerson(t).open(link),
		"the page":    p.open(p.page.Request.URL.String()),
		"an old page": newPerson(t).open(e.Issuer() + "/login?t=" + strings.Repeat("0", 32)),
	} {
		if again.heading() != "This login has ended" || again.page.StatusCode != http.StatusGone {
			t.Errorf("%s leads to %q (%d)", name, again.heading(), again.page.StatusCode)
		}
	}
	start()
	clock.advance(15 * time.Minute)
	if late := newPerson(t).open(lastMail(t, e).Link); late.page.StatusCode != http.StatusGone {
		t.Errorf("a late link leads to %q", late.heading())
	}
	if mails := e.Outbox(); len(mails) != 2 || mails[0].To != e.User().Email || !strings.HasPrefix(mails[0].Link, e.Issuer()) {
		t.Errorf("Outbox() = %+v", mails)
	}
}

// TestBrowserSession signs in once and comes back.
func TestBrowserSession(t *testing.T) {
	t.Parallel()
	e := office(t)
	p := newPerson(t).open(authorization(e, "provider", "google")).
		submit("/login/provider", form("user", "usr_ada")).submit("/login/organization", form("organization", "org_1"))
	first := p.claims(e)
	cookies := p.c.Jar.Cookies(parse(t, e.Issuer()+"/"))
	if len(cookies) != 1 || len(p.c.Jar.Cookies(parse(t, e.Issuer()+"x/"))) != 0 {
		t.Errorf("the cookies of the environment are %v", cookies)
	}
	same := p.open(authorization(e)).claims(e)
	for _, name := range []string{"sub", "oid", "sid", "amr"} {
		if diff := cmp.Diff(first[name], same[name]); diff != "" {
			t.Errorf("%s of the second login (-first +second):\n%s", name, diff)
		}
	}
	if got := p.open(authorization(e, "prompt", "none")).claims(e); got["sub"] != "usr_ada" {
		t.Errorf("prompt none gives %v", got)
	}
	switched := p.open(authorization(e, "prompt", "select_account", "organization_id", "org_2")).claims(e)
	if switched["oid"] != "org_2" || switched["sub"] != "usr_ada" || switched["sid"] != first["sid"] {
		t.Errorf("switching to an organization gives %v", switched)
	}
	if got := p.open(authorization(e)).claims(e); got["oid"] != "org_2" {
		t.Errorf("after the switch the organization is %v", got["oid"])
	}
	chosen := p.open(authorization(e, "prompt", "select_account")).submit("/login/organization", form("organization", "org_1")).claims(e)
	if chosen["oid"] != "org_1" || chosen["sid"] != first["sid"] {
		t.Errorf("choosing an organization gives %v", chosen)
	}
	for name, parameter := range map[string][2]string{
		"login":              {"prompt", "login"},
		"another user":       {"login_hint", "bob@example.com"},
		"another connection": {"connection_id", "conn_sso"},
	} {
		p.open(authorization(e, parameter[0], parameter[1]))
		if !strings.HasPrefix(p.heading(), "Sign in") {
			t.Errorf("%s leads to %q, want a login", name, p.heading())
		}
	}
	if got := p.open(authorization(e, "prompt", "none", "login_hint", "bob@example.com")).landed(); got.Get("error") != "login_required" {
		t.Errorf("prompt none for another user gives %v", got)
	}
	if got := p.open(authorization(e, "organization_id", "org_sso")).landed(); got.Get("error") != "access_denied" {
		t.Errorf("an organization of others gives %v", got)
	}
}

// TestMaxAge asks for a login that is recent.
func TestMaxAge(t *testing.T) {
	t.Parallel()
	clock := newClock(time.Now().Truncate(time.Second))
	e := only(t, mockidp.EnvironmentConfig{LoginPage: true, Now: clock.now})
	p := newPerson(t).open(authorization(e, "provider", "google")).submit("/login/provider", form("user", e.User().ID))
	p.landed()
	at := clock.now().Unix()
	clock.advance(time.Minute)
	claims := p.open(authorization(e, "max_age", "60")).claims(e)
	if got, _ := claims["auth_time"].(interface{ Int64() (int64, error) }).Int64(); got != at {
		t.Errorf("auth_time is %v, want that of the login, %d", claims["auth_time"], at)
	}
	for _, prompt := range []string{"", "none"} {
		p.open(authorization(e, "max_age", "59", "prompt", prompt))
		if prompt == "none" && p.landed().Get("error") != "login_required" || prompt == "" && p.heading() != "Sign in" {
			t.Errorf("with max_age and the prompt %q the browser is at %q", prompt, p.heading())
		}
	}
}

func TestLogoutOfTheBrowser(t *testing.T) {
	t.Parallel()
	e := office(t)
	p := newPerson(t).open(authorization(e, "provider", "google", "scope", "openid offline_access")).submit("/login/provider", form("user", "usr_bob"))
	tokens := post(t, p.c, e.Issuer()+"/oauth/token", redemption(e, p.landed().Get("code"))).object(t)
	if p.open(e.Issuer() + "/oidc/logout"); p.heading() != "You are signed out" {
		t.Errorf("the logout leads to %q", p.heading())
	}
	if got := p.open(authorization(e, "prompt", "none")).landed(); got.Get("error") != "login_required" {
		t.Errorf("after the logout prompt none gives %v", got)
	}
	wantError(t, refresh(t, p.c, e, tokens["refresh_token"].(string)), http.StatusBadRequest, "invalid_grant")

	// By the hint another browser of the same session is signed out, too.
	again := newPerson(t).open(authorization(e, "provider", "google")).submit("/login/provider", form("user", "usr_bob"))
	raw := post(t, p.c, e.Issuer()+"/oauth/token", redemption(e, again.landed().Get("code"))).object(t)["id_token"].(string)
	query := url.Values{"id_token_hint": {raw}, "post_logout_redirect_uri": {"https://app.example.com/bye"}, "state": {"x"}}
	r := get(t, browser(t), e.Issuer()+"/oidc/logout?"+query.Encode())
	if to := r.Header.Get("Location"); to != "https://app.example.com/bye?state=x" {
		t.Errorf("Location is %q: %s", to, r.body)
	}
	if got := again.open(authorization(e, "prompt", "none")).landed(); got.Get("error") != "login_required" {
		t.Errorf("after the logout with a hint prompt none gives %v", got)
	}
}

// TestErrorPage has the errors that a browser sees because there is nowhere
// to redirect to.
func TestErrorPage(t *testing.T) {
	t.Parallel()
	e := office(t)
	for _, address := range []string{
		e.Issuer() + "/oauth/authorize?client_id=x",
		e.Issuer() + "/oidc/logout?post_logout_redirect_uri=https://evil.example.com/",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/html,*/*")
		got := do(t, browser(t), r)
		doc := wantGoodPage(t, got)
		if got.StatusCode != http.StatusBadRequest || !strings.Contains(text(all(doc, "main")[0]), "Error code invalid_") {
			t.Errorf("%s answers %d %s", address, got.StatusCode, text(doc))
		}
	}
}

func parse(t testing.TB, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
