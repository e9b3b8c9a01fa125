package mockidp_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/signin"
)

// require makes an organization require a second factor.
func require(t testing.TB, e *mockidp.Environment, id string, factors ...mockidp.Factor) {
	t.Helper()
	for _, o := range e.Organizations() {
		if o.ID == id {
			o.MFA = factors
			if err := e.PutOrganization(o); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// appCode returns the code that the user's authenticator app shows.
func appCode(t testing.TB, e *mockidp.Environment, id string) string {
	t.Helper()
	code, err := e.TOTP(id)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// ada goes as far as the second factor.
func ada(t testing.TB, e *mockidp.Environment) *person {
	t.Helper()
	p := newPerson(t).open(authorization(e)).submit("/login", form("email", "ada@example.com"))
	p.submit("/login/password", form("password", "secret"))
	return p.submit("/login/organization", form("organization", "org_1"))
}

// wantAMR redeems the code and compares amr.
func wantAMR(t testing.TB, e *mockidp.Environment, p *person, want ...any) {
	t.Helper()
	claims := p.claims(e)
	if diff := cmp.Diff(want, claims["amr"]); diff != "" {
		t.Errorf("amr (-want +got):\n%s", diff)
	}
	if acr, ok := claims["acr"]; ok {
		t.Errorf("acr is %v, which Scalekit does not document", acr)
	}
}

func wantLast(t testing.TB, e *mockidp.Environment, status signin.Status, reason string) {
	t.Helper()
	all := e.Attempts()
	if a := all[len(all)-1]; a.Status != status || !strings.Contains(a.Reason, reason) {
		t.Errorf("the last attempt is %+v, want %s: %s", a, status, reason)
	}
}

// TestEnrol enrols an authenticator app at the first login and uses it at the
// next one.
func TestEnrol(t *testing.T) {
	t.Parallel()
	e := office(t)
	require(t, e, "org_1", mockidp.FactorTOTP)
	p := ada(t, e)
	page := string(p.page.body)
	_, rest, ok := strings.Cut(page, "<code>")
	secret, _, _ := strings.Cut(rest, "<")
	if !ok || !strings.Contains(page, `href="otpauth://totp/`) || !strings.Contains(page, "secret="+secret) {
		t.Fatalf("the page shows no key and otpauth URI: %s", page)
	}
	if got := p.submit("/login/second-factor", form("code", "000000")).problems(); len(got) != 1 {
		t.Errorf("a wrong code has the problems %q", got)
	}
	wantLast(t, e, signin.Failure, "second factor: the code of the authenticator app is wrong")
	if e.Users()[0].TOTPSecret != "" {
		t.Error("an app is enrolled by a wrong code")
	}
	// The app, played by another user who has the same key.
	if err := e.PutUser(mockidp.User{ID: "usr_app", TOTPSecret: secret}); err != nil {
		t.Fatal(err)
	}
	code := appCode(t, e, "usr_app")
	wantAMR(t, e, p.submit("/login/second-factor", form("code", code)), "conn_pw", "pwd", "otp", "mfa")

	p = ada(t, e)
	if strings.Contains(string(p.page.body), "otpauth:") || strings.Contains(string(p.page.body), secret) {
		t.Error("the key is shown a second time")
	}
	p.submit("/login/second-factor", form("code", code))
	wantLast(t, e, signin.Suspicious, "already used")
	wantAMR(t, e, p.submit("/login/second-factor", form("code", appCode(t, e, "usr_ada"))), "conn_pw", "pwd", "otp", "mfa")
	if code, err := e.TOTP("usr_ada"); err == nil {
		// Two codes are used; a step may have passed since.
		t.Logf("a third code at once is %s", code)
	} else if !strings.Contains(err.Error(), "the next one is accepted in") {
		t.Error(err)
	}
}

// TestClockOfTheApp enters codes of other times.
func TestClockOfTheApp(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	cfg := people()
	cfg.LoginPage, cfg.Now = true, func() time.Time { return now }
	cfg.Users = []mockidp.User{{ID: "usr_1", Email: "one@example.com", Password: "secret", TOTPSecret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", Memberships: cfg.Users[0].Memberships[:1]}}
	cfg.Connections = append(cfg.Connections, mockidp.Connection{ID: "conn_password", Type: mockidp.ConnectionPassword})
	e := only(t, cfg)
	start := now
	for _, tt := range []struct {
		away time.Duration
		want string // of the problem; empty: accepted
	}{
		{-60 * time.Second, "The code is 1m0s old"}, {60 * time.Second, "The code is 1m0s early"}, {-30 * time.Second, ""}, {30 * time.Second, ""}, {time.Hour, "is wrong"},
	} {
		now = start.Add(tt.away)
		code := appCode(t, e, "usr_1")
		now = start
		p := newPerson(t).open(authorization(e)).submit("/login", form("email", "one@example.com")).submit("/login/password", form("password", "secret"))
		p.submit("/login/second-factor", form("code", code[:3]+" "+code[3:]))
		got := ""
		if p.doc != nil { // not at the client
			got = strings.Join(p.problems(), "")
		}
		if !strings.Contains(got, tt.want) || (got == "") != (tt.want == "") {
			t.Errorf("a code of %s: %q, want %q", tt.away, got, tt.want)
		}
		start = start.Add(time.Hour)
		now = start
	}
}

// TestMailedSecondFactor confirms by mail, which is no second factor after a
// mail.
func TestMailedSecondFactor(t *testing.T) {
	t.Parallel()
	e := office(t)
	require(t, e, "org_1", mockidp.FactorEmail)
	p := ada(t, e)
	first := lastMail(t, e)
	if first.To != "ada@example.com" {
		t.Errorf("the code goes to %q", first.To)
	}
	p.submit("/login/second-factor", form("factor", "email"))
	if lastMail(t, e).Code != first.Code {
		p.submit("/login/second-factor", form("code", first.Code))
		wantLast(t, e, signin.Failure, "second factor: the mailed code is wrong")
	}
	wantAMR(t, e, p.submit("/login/second-factor", form("code", lastMail(t, e).Code)), "conn_pw", "pwd", "otp", "mfa")

	bob := newPerson(t).open(authorization(e)).submit("/login", form("email", "bob@example.com")).submit("/login/mail", form("method", "code"))
	bob.submit("/login/code", form("code", lastMail(t, e).Code))
	if got := bob.landed(); got.Get("error") != "access_denied" || !strings.Contains(got.Get("error_description"), "organizations set org_1 --mfa totp,email") {
		t.Errorf("two mails are answered %v", got)
	}
	require(t, e, "org_1", mockidp.FactorEmail, mockidp.FactorTOTP)
	p = ada(t, e)
	wantAMR(t, e, p.submit("/login/second-factor", form("factor", "email")).submit("/login/second-factor", form("code", lastMail(t, e).Code)), "conn_pw", "pwd", "otp", "mfa")
}

// TestNoWayAroundTheSecondFactor tries the pages after it, guesses, and a session
// from before it was required.
func TestNoWayAroundTheSecondFactor(t *testing.T) {
	t.Parallel()
	e := office(t)
	before := ada(t, e)
	wantAMR(t, e, before, "conn_pw")
	require(t, e, "org_1", mockidp.FactorEmail)
	for _, again := range []string{"", "org_1"} {
		before.open(authorization(e, "organization_id", again, "prompt", "none"))
		if got := before.landed().Get("error"); got != "interaction_required" {
			t.Errorf("prompt=none in organization %q is answered %q", again, got)
		}
	}
	if before.open(authorization(e, "organization_id", "org_1")); before.heading() != "Confirm that it is you" {
		t.Fatalf("a session from before is at %q: %d %s", before.heading(), before.page.StatusCode, before.page.Header.Get("Location"))
	}
	wantAMR(t, e, before.submit("/login/second-factor", form("code", lastMail(t, e).Code)), "conn_pw", "pwd", "otp", "mfa")
	wantAMR(t, e, before.open(authorization(e, "organization_id", "org_1", "prompt", "none")), "conn_pw", "pwd", "otp", "mfa")

	p := ada(t, e)
	pending := p.page.Request.URL.Query().Get("t")
	skipped := newPerson(t).open(e.Issuer()+"/login/organization?t="+pending).submit("/login/organization", form("organization", "org_1"))
	if skipped.heading() != "Confirm that it is you" {
		t.Errorf("choosing the organization again leads to %q", skipped.heading())
	}
	right := lastMail(t, e).Code
	wrong := "000000"
	if right == wrong {
		wrong = "111111"
	}
	for range 5 {
		p.submit("/login/second-factor", form("code", wrong))
	}
	p.submit("/login/second-factor", form("code", right))
	if got := p.problems(); len(got) != 1 || !strings.HasPrefix(got[0], "Too many wrong codes") {
		t.Errorf("the right code after five wrong ones has the problems %q", got)
	}
	wantLast(t, e, signin.Suspicious, "too many wrong codes")

	early := newPerson(t).open(authorization(e)).submit("/login", form("email", "ada@example.com"))
	pending = early.page.Request.URL.Query().Get("t")
	if early.open(e.Issuer() + "/login/second-factor?t=" + pending); early.page.StatusCode != http.StatusOK || early.heading() != "Sign in" {
		t.Errorf("the second factor before the first leads to %q", early.heading())
	}
}

// TestSecondFactorWithoutAsking has no pages: a required factor counts as given.
func TestSecondFactorWithoutAsking(t *testing.T) {
	t.Parallel()
	e := office(t)
	require(t, e, "org_2", mockidp.FactorTOTP)
	p := newPerson(t).open(authorization(e, "assay_login", "auto", "login_hint", "usr_ada", "organization_id", "org_2"))
	amr, _ := p.claims(e)["amr"].([]any)
	if len(amr) != 3 || amr[1] != "otp" || amr[2] != "mfa" {
		t.Errorf("amr is %v", amr)
	}
	if err := e.PutOrganization(mockidp.Organization{ID: "org_9"}); err == nil || !strings.Contains(err.Error(), `there is no organization "org_9"`) {
		t.Errorf("PutOrganization() of an unknown one = %v", err)
	}
}
