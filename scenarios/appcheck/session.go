package appcheck

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/mockidp/fault"
	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/appcheck/browser"
)

// sessionChecks are about the session of somebody who is signed in.
func sessionChecks() []Check {
	cookie := func(id, title, clause, want, advice string, flawed func(browser.Cookie) bool) Check {
		return Check{
			ID: id, Title: title, Level: reports.LevelHardening, Spec: []string{clause}, Want: want, Advice: advice,
			run: func(_ context.Context, w *world) (finding, error) { return w.cookieFlag(want, flawed), nil },
		}
	}
	return []Check{
		cookie("app.cookie-httponly", "Scripts can read the cookie of the session", "CWE-1004", "HttpOnly",
			"set HttpOnly on the cookie of the session", func(c browser.Cookie) bool { return !c.HTTPOnly }),
		cookie("app.cookie-secure", "The cookie of the session is sent without TLS", "CWE-614", "Secure",
			"set Secure on the cookie of the session; browsers accept it from http://localhost too. If the application does so in production only, check it as in production",
			func(c browser.Cookie) bool { return !c.Secure }),
		cookie("app.cookie-samesite", "The cookie of the session is sent with requests of other sites", "CWE-1275", "SameSite=Lax or Strict",
			"set SameSite=Strict on the cookie of the session, or Lax; not every browser treats a cookie without it as Lax",
			func(c browser.Cookie) bool { return c.SameSite != "Lax" && c.SameSite != "Strict" }),
		{
			ID: "app.session-fixation", Title: "A session was known before the login", Level: reports.LevelHardening,
			Spec: []string{"CWE-384"}, Want: "the login makes a new session",
			Advice: "give the session a new random name at each login, whatever cookies come with the callback", run: fixation,
		},
		{
			ID: "app.logout-session", Title: "The cookie of the session is used after the logout", Level: reports.LevelHardening,
			Spec: []string{"CWE-613"}, Want: "nobody is signed in",
			Advice: "end the session on the server, not only its cookie", run: logoutSession,
		},
		{
			ID: "app.logout-provider", Title: "The logout ends the session at the provider", Level: reports.LevelHardening,
			Spec: []string{"OIDC RP-Initiated Logout 1.0 §2"}, Want: "the browser is sent to the end_session_endpoint with id_token_hint or client_id",
			Advice: "redirect to /oidc/logout of the issuer with id_token_hint and post_logout_redirect_uri: otherwise the next login asks nobody",
			run:    logoutProvider,
		},
		{
			ID: "app.refresh-replay", Title: "Five requests come at once after the tokens have expired", Level: reports.LevelMust,
			Spec: []string{"RFC 6749 §6", "RFC 9700 §4.14.2"}, Want: "no refresh token is used twice",
			Advice: "let one refresh of a session run at a time, and store the new refresh token before anything else",
			run:    refreshReplay,
		},
		{
			ID: "app.deprovisioned", Title: "The user is deprovisioned while signed in", Level: reports.LevelHardening,
			Spec: []string{"CWE-613", "Scalekit authenticate/fsa/manage-session"}, Want: "the session ends with its tokens",
			Advice: "end the session when a refresh is refused, and refresh before or when the tokens expire", run: deprovisioned,
		},
	}
}

func (w *world) cookieFlag(want string, flawed func(browser.Cookie) bool) finding {
	s := &w.survey
	if len(s.session) == 0 {
		return skipped("cookies alone do not open the session")
	}
	names := make([]string, 0, len(s.session))
	for _, c := range s.session {
		if flawed(c) {
			return failed(fmt.Sprintf("the cookie %q lacks it", c.Name), describeCookie(c))
		}
		names = append(names, c.Name)
	}
	return passed(fmt.Sprintf("%s: %s", strings.Join(names, ", "), want), describeCookie(s.session[0]))
}

// describeCookie returns a cookie without its value, as in Set-Cookie.
func describeCookie(c browser.Cookie) string {
	text := c.Name + "=…; Path=" + c.Path
	if c.HTTPOnly {
		text += "; HttpOnly"
	}
	if c.Secure {
		text += "; Secure"
	}
	if c.SameSite != "" {
		text += "; SameSite=" + c.SameSite
	}
	return text
}

// fixation logs in with cookies that an attacker knows: those of a first visit,
// and one for each cookie of the session with a value of the attacker's.
func fixation(ctx context.Context, w *world) (finding, error) {
	s := &w.survey
	if len(s.session) == 0 {
		return skipped("cookies alone do not open the session"), nil
	}
	known := slices.Clone(s.anonymous)
	for _, c := range s.session {
		if !slices.ContainsFunc(known, func(k browser.Cookie) bool { return k.Name == c.Name }) {
			c.Value = rand.Text() + rand.Text()
			known = append(known, c)
		}
	}
	v, err := w.visit(ctx)
	if err != nil {
		return finding{}, err
	}
	defer v.Close()
	if err := v.SetCookies(ctx, known); err != nil {
		return finding{}, err
	}
	if err := v.signIn(ctx); err != nil {
		return finding{}, err
	}
	opens, err := w.opensSession(ctx, known)
	return judged(opens, "cookies from before the login open the session", "they open nothing"), err
}

func logoutSession(_ context.Context, w *world) (finding, error) {
	s := &w.survey
	switch {
	case s.logout != nil:
		return undecided(s.logout), nil
	case s.stillSigned:
		return failed("the user is still signed in after the logout"), nil
	case len(s.session) == 0:
		return skipped("cookies alone do not open the session"), nil
	}
	return judged(s.survived, "the cookies from before the logout still open the session", "they open nothing"), nil
}

func logoutProvider(_ context.Context, w *world) (finding, error) {
	s := &w.survey
	if s.logout != nil {
		return undecided(s.logout), nil
	}
	if len(s.logouts) == 0 {
		return failed("the end_session_endpoint was not called"), nil
	}
	query := s.logouts[len(s.logouts)-1]
	var has []string
	for _, name := range []string{"id_token_hint", "client_id", "post_logout_redirect_uri", "state"} {
		if query.Has(name) {
			has = append(has, name)
		}
	}
	named := query.Has("id_token_hint") || query.Has("client_id")
	return judged(!named, "the end_session_endpoint was called without id_token_hint and client_id",
		"it was called", "the request has "+strings.Join(has, ", ")), nil
}

// shortLived signs somebody in whose tokens expire soon. The caller closes it.
func (w *world) shortLived(ctx context.Context) (*visitor, error) {
	env := w.provider.Env
	life := w.life.Round(time.Second)
	shorter := func(token mockidp.TokenKind, usual time.Duration) fault.Fault {
		return fault.Fault{ID: string(token), Kind: fault.Forge, Attributes: fault.Attributes{
			Token: string(token), Change: forge.Change{Claims: forge.Patch{Shift: map[string]time.Duration{"exp": life - usual}}},
		}}
	}
	err := env.Faults().Populate(
		shorter(mockidp.IDToken, idTokenLife), shorter(mockidp.AccessToken, accessTokenLife),
		fault.Fault{ID: "expires_in", Kind: fault.Edit, Where: fault.Token, Attributes: fault.Attributes{
			Edit: forge.Patch{Set: keyring.Object{{Name: "expires_in", Value: int(life.Seconds())}}},
		}})
	if err != nil {
		return nil, err
	}
	defer env.Faults().Reset()
	v, err := w.visit(ctx)
	if err != nil {
		return nil, err
	}
	if err := v.signIn(ctx); err != nil {
		v.Close()
		return nil, err
	}
	return v, nil
}

// The lives of the tokens of an environment: the defaults of
// [mockidp.EnvironmentConfig].
const (
	idTokenLife     = 30 * time.Minute
	accessTokenLife = 5 * time.Minute
)

// expire waits until the tokens of a login have expired.
func (w *world) expire(ctx context.Context) error { return wait(ctx, w.life+time.Second) }

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// fetchAtOnce lets a page request its own address five times at once.
const fetchAtOnce = `Promise.all([1, 2, 3, 4, 5].map(() => fetch(location.href, { cache: "no-store" }).then(r => r.text(), () => "")))`

func refreshReplay(ctx context.Context, w *world) (finding, error) {
	before := w.provider.traffic()
	v, err := w.shortLived(ctx)
	if err != nil {
		return finding{}, err
	}
	defer v.Close()
	if err := w.expire(ctx); err != nil {
		return finding{}, err
	}
	bounded, cancel := w.within(ctx)
	defer cancel()
	if err := v.Evaluate(bounded, fetchAtOnce, nil); err != nil {
		return finding{}, err
	}
	in, err := v.signedIn(ctx)
	if err != nil {
		return finding{}, err
	}
	used := make(map[string]int)
	total := 0
	for _, e := range w.provider.traffic().since(before).exchanges {
		if token := e.form.Get("refresh_token"); token != "" {
			used[token]++
			total++
		}
	}
	if total == 0 {
		return skipped("the application did not refresh after the tokens had expired"), nil
	}
	most := 0
	for _, n := range used {
		most = max(most, n)
	}
	note := fmt.Sprintf("%s with %s; the user is still signed in: %v",
		reports.FormatNoun(total, "refresh request"), reports.FormatNoun(len(used), "refresh token"), in)
	return judged(most > 1, fmt.Sprintf("a refresh token was used %d times", most), "each refresh token was used once", note), nil
}

func deprovisioned(ctx context.Context, w *world) (finding, error) {
	v, err := w.shortLived(ctx)
	if err != nil {
		return finding{}, err
	}
	defer v.Close()
	env := w.provider.Env
	user := env.User()
	gone := user
	gone.Inactive = true
	if err := env.PutUser(gone); err != nil {
		return finding{}, err
	}
	defer func() { _ = env.PutUser(user) }() // who was there before
	if err := w.expire(ctx); err != nil {
		return finding{}, err
	}
	began := time.Now()
	for {
		in, err := v.signedIn(ctx)
		if err != nil {
			return finding{}, err
		}
		if !in {
			return passed("the session has ended"), nil
		}
		if time.Since(began) >= w.grace {
			return failed(fmt.Sprintf("the user is signed in %v after the tokens have expired", w.grace.Round(time.Second)),
				fmt.Sprintf("the tokens lived for %v, and the provider refuses to refresh them", w.life)), nil
		}
		if err := wait(ctx, min(2*time.Second, w.grace)); err != nil {
			return finding{}, err
		}
	}
}
