package reproduce

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/load"
	"github.com/assay-id/assay/verifier"
)

// Limits of the requests that the stage makes to its own servers.
const (
	exchangeTimeout = 10 * time.Second
	maxAnswer       = 1 << 20
)

// answer is an answer over HTTP.
type answer struct {
	status  int
	header  http.Header
	body    string
	members map[string]any // of a JSON body
}

// text returns a member that is a string.
func (a answer) text(name string) string {
	text, _ := a.members[name].(string)
	return text
}

// brief describes the answer of a token endpoint: an error as it is, and the
// members of a success without the tokens.
func (a answer) brief() string {
	if a.status >= 400 {
		return fmt.Sprintf("%d %s", a.status, a.body)
	}
	names := slices.Sorted(maps.Keys(a.members))
	text := fmt.Sprintf("%d with %s", a.status, strings.Join(names, ", "))
	if !slices.Contains(names, "refresh_token") {
		text += ", and no refresh_token"
	}
	return text
}

// ask sends a request and reads the answer.
func (s *stage) ask(req *http.Request, err error) answer {
	if err != nil {
		s.fail(err)
	}
	if s.err != nil {
		return answer{}
	}
	client := http.Client{
		Transport: s.transport, Timeout: exchangeTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
	res, err := client.Do(req)
	if err != nil {
		s.fail(err)
		return answer{}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		s.fail(err)
		return answer{}
	}
	a := answer{status: res.StatusCode, header: res.Header, body: string(bytes.TrimSpace(body))}
	// What is not JSON has no members.
	_ = json.Unmarshal(body, &a.members)
	return a
}

// get sends a GET request, with a Bearer token if it is not empty.
func (s *stage) get(target, bearer string) answer {
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, target, nil)
	if err == nil && bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	return s.ask(req, err)
}

// post sends a body.
func (s *stage) post(target, contentType, body string) answer {
	req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, target, strings.NewReader(body))
	if err == nil {
		req.Header.Set("Content-Type", contentType)
	}
	return s.ask(req, err)
}

// token sends a form to the token endpoint.
func (s *stage) token(env *mockidp.Environment, form url.Values) answer {
	return s.post(env.Issuer()+"/oauth/token", "application/x-www-form-urlencoded", form.Encode())
}

// session is what a login has brought.
type session struct {
	answer                             answer // of the token endpoint
	idToken, accessToken, refreshToken string
}

func sessionOf(a answer) session {
	return session{a, a.text("id_token"), a.text("access_token"), a.text("refresh_token")}
}

// The scopes of a login.
const (
	scopeLogin   = "openid profile email"
	scopeOffline = scopeLogin + " offline_access"
)

// signIn signs the user of an environment in with the authorization code flow.
// params are more parameters of the authorization request.
func (s *stage) signIn(env *mockidp.Environment, scope string, params ...string) session {
	client := env.Client()
	query := url.Values{
		"response_type": {"code"}, "client_id": {client.ID}, "redirect_uri": {redirectURI}, "scope": {scope}, "state": {"a-state-of-the-application"},
	}
	for i := 0; i+1 < len(params); i += 2 {
		query.Set(params[i], params[i+1])
	}
	target := env.Issuer() + "/oauth/authorize?" + query.Encode()
	back, err := url.Parse(s.get(target, "").header.Get("Location"))
	if err != nil || back.Query().Get("code") == "" {
		s.fail(fmt.Errorf("the authorization endpoint gives no code"))
		return session{}
	}
	got := s.token(env, url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {redirectURI},
		"client_id": {client.ID}, "client_secret": {client.Secret},
	})
	s.add(reports.PhaseSignIn, got.status == http.StatusOK, "200", "at %s, scope %s: %s",
		env.Issuer(), scope, got.brief())
	s.repeatSignIn(env, target)
	return sessionOf(got)
}

// repeatSignIn adds the lines that sign in by hand. The mock's authority is not
// one that curl trusts.
func (s *stage) repeatSignIn(env *mockidp.Environment, target string) {
	client := env.Client()
	s.repeat(`CODE=$(curl -ksi '%s' | tr -d '\r' | sed -n 's/^[Ll]ocation: .*[?&]code=\([^&]*\).*/\1/p')`,
		target)
	s.repeat(`ANSWER=$(curl -ks %s/oauth/token -d grant_type=authorization_code -d code="$CODE" -d redirect_uri=%s -d client_id=%s -d client_secret=%s)`,
		env.Issuer(), redirectURI, client.ID, client.Secret)
	s.keepAnswer()
}

// The shell variables of the lines that repeat a recipe.
const (
	idToken      = "ID_TOKEN"
	accessToken  = "ACCESS_TOKEN"
	refreshToken = "REFRESH_TOKEN"
	newestToken  = "NEWEST_TOKEN" // a refresh token that the application does not store
)

// keepAnswer adds the lines that store the tokens of an answer.
func (s *stage) keepAnswer() {
	for _, name := range []string{idToken, accessToken, refreshToken} {
		s.keepMember(name, strings.ToLower(name))
	}
}

func (s *stage) keepMember(variable, member string) {
	s.repeat(`%s=$(printf %%s "$ANSWER" | sed -n 's/.*"%s":"\([^"]*\)".*/\1/p')`, variable, member)
}

// refresh sends a refresh request. variable is the name of the refresh token in
// the lines for a shell.
func (s *stage) refresh(env *mockidp.Environment, variable, token, secret string) answer {
	form := url.Values{
		"grant_type": {"refresh_token"}, "client_id": {env.Client().ID}, "client_secret": {secret},
	}
	if token != "" {
		form.Set("refresh_token", token)
	}
	a := s.token(env, form)
	s.repeat(`ANSWER=$(curl -ks %s/oauth/token -d grant_type=refresh_token -d refresh_token="$%s" -d client_id=%s -d client_secret=%s); echo "$ANSWER"`,
		env.Issuer(), variable, env.Client().ID, secret)
	return a
}

// present sends a token to an application. variable is its name in the lines
// for a shell.
func (s *stage) present(app *application, variable, token string) answer {
	a := s.get(app.url+load.VerifyPath, token)
	if s.passed.Load() > 0 {
		s.repeat("%s=%s", variable, token) // a new login would bring another
	}
	s.repeat(`curl -si %s%s -H "Authorization: Bearer $%s"`, app.url, load.VerifyPath, variable)
	return a
}

// refused presents a token that must be refused with a code, and diagnoses it.
// want is the cause that the diagnosis must find.
func (s *stage) refused(app *application, variable, token string, code verifier.Code, want string) {
	a := s.present(app, variable, token)
	status := http.StatusUnauthorized
	if code == verifier.CodeJWKSFetchFailed {
		status = http.StatusServiceUnavailable
	}
	ok := a.status == status && a.text("code") == string(code)
	s.add(reports.PhaseError, ok, fmt.Sprintf("%d and %s", status, code),
		"GET %s: %d %s", load.VerifyPath, a.status, a.body)
	s.diagnose(app, token, want)
}

// warned presents a token that is accepted and should not have been sent.
func (s *stage) warned(app *application, variable, token, want string) {
	a := s.present(app, variable, token)
	s.add(reports.PhaseError, a.status == http.StatusOK, "200",
		"GET %s: %d %s", load.VerifyPath, a.status, a.body)
	s.diagnose(app, token, want)
}

// accepted presents a token that must be accepted.
func (s *stage) accepted(app *application, variable, token string) {
	a := s.present(app, variable, token)
	// A verifier that could not get keys waits before it asks again, as long
	// as the answer says.
	for until := time.Now().Add(exchangeTimeout); a.status == http.StatusServiceUnavailable &&
		time.Now().Before(until); {
		s.wait(a.header.Get("Retry-After"))
		a = s.get(app.url+load.VerifyPath, token)
	}
	s.add(reports.PhaseSuccess, a.status == http.StatusOK, "200", "GET %s: %d %s",
		load.VerifyPath, a.status, a.body)
}

// wait waits for as long as a Retry-After in seconds asks.
func (s *stage) wait(retryAfter string) {
	d, err := time.ParseDuration(retryAfter + "s")
	if err != nil {
		d = time.Second
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ctx.Done():
		s.fail(s.ctx.Err())
	}
}
