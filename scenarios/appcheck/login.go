package appcheck

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/assay-id/assay/reports"
)

// loginChecks are about the authorization response.
func loginChecks() []Check {
	return []Check{
		{
			ID: "app.state-missing", Title: "The callback has no state", Level: reports.LevelShould,
			Spec: []string{"RFC 6749 §4.1.1", "RFC 6749 §10.12"}, Want: "nobody is signed in",
			Advice: "compare the state of the callback with the one that this browser was given, and refuse a callback without",
			run: func(ctx context.Context, w *world) (finding, error) {
				return w.wrongState(ctx, "no state", func(q url.Values) { q.Del("state") })
			},
		},
		{
			ID: "app.state-wrong", Title: "The callback has a state that nobody was given", Level: reports.LevelShould,
			Spec: []string{"RFC 6749 §4.1.1", "RFC 6749 §10.12"}, Want: "nobody is signed in",
			Advice: "compare the state of the callback with the one that this browser was given",
			run: func(ctx context.Context, w *world) (finding, error) {
				return w.wrongState(ctx, "another state", func(q url.Values) { q.Set("state", "x"+q.Get("state")) })
			},
		},
		{
			ID: "app.state-foreign", Title: "The callback belongs to the login of another browser", Level: reports.LevelMust,
			Spec: []string{"RFC 9700 §2.1", "RFC 6749 §10.12"}, Want: "nobody is signed in",
			Advice: "bind each login to the browser in which it began, with a cookie: otherwise an attacker signs a victim in to the account of the attacker",
			run:    foreignState,
		},
		{
			ID: "app.code-injection", Title: "The callback has the code of another login", Level: reports.LevelMust,
			Spec: []string{"RFC 9700 §2.1.1"}, Want: "nobody is signed in",
			Advice: "keep the code_verifier and the nonce of each login with its state, and use no others at its callback",
			run:    injectedCode,
		},
		{
			ID: "app.fresh", Title: "Two logins have the same state, nonce or code_challenge", Level: reports.LevelMust,
			Spec: []string{"RFC 9700 §2.1.1"}, Want: "new random values for each login",
			Advice: "draw state, nonce and code_verifier at random for each login",
			run:    fresh,
		},
		{
			ID: "app.pkce", Title: "PKCE protects the code", Level: reports.LevelShould,
			Spec: []string{"RFC 9700 §2.1.1"}, Want: "a code_challenge with S256, and its code_verifier",
			Advice: "send code_challenge and code_challenge_method=S256, and code_verifier with the code: it costs nothing and stops stolen codes",
			run:    pkce,
		},
		{
			ID: "app.issuer", Title: "The callback names another issuer in iss", Level: reports.LevelHardening,
			Spec: []string{"RFC 9207 §2.4", "RFC 9700 §4.4"}, Want: "nobody is signed in",
			Advice: "compare iss, if the callback has it, with the issuer to which the login was sent: with a second provider its absence is a mix-up",
			run:    wrongIssuer,
		},
	}
}

// inQuery lets an authorization response through whose query is changed.
func inQuery(change func(url.Values)) func(*url.URL) bool {
	return func(at *url.URL) bool {
		query := at.Query()
		change(query)
		at.RawQuery = query.Encode()
		return true
	}
}

// wrongState tries a login whose response has another state.
func (w *world) wrongState(ctx context.Context, what string, change func(url.Values)) (finding, error) {
	if w.survey.login.request.Get("state") == "" {
		return skipped("the application sends no state"), nil
	}
	a, err := w.try(ctx, inQuery(change))
	return judged(a.signedIn, "the callback with "+what+" signed the user in", "nobody was signed in", a.note), err
}

// foreignState lets the browser of a victim open the callback of an attacker:
// one that nobody has used, and one in which a login has begun.
func foreignState(ctx context.Context, w *world) (finding, error) {
	for _, begun := range []bool{false, true} {
		attacker, callback, err := w.begin(ctx)
		if err != nil {
			return finding{}, err
		}
		defer attacker.Close()
		victim, err := w.visit(ctx)
		if err != nil {
			return finding{}, err
		}
		defer victim.Close()
		if begun {
			if _, err := victim.hold(ctx); err != nil {
				return finding{}, err
			}
		}
		if err := victim.openURL(ctx, callback.String()); err != nil {
			return finding{}, err
		}
		a, err := victim.outcome(ctx)
		if err != nil {
			return finding{}, err
		}
		if a.signedIn {
			where := "a browser in which no login had begun"
			if begun {
				where = "a browser in which another login had begun"
			}
			return failed("the callback of an attacker signed "+where+" in", a.note), nil
		}
	}
	return passed("nobody was signed in"), nil
}

// injectedCode gives the callback of an attacker the code of a victim.
func injectedCode(ctx context.Context, w *world) (finding, error) {
	attacker, callback, err := w.begin(ctx)
	if err != nil {
		return finding{}, err
	}
	defer attacker.Close()
	victim, stolen, err := w.begin(ctx)
	if err != nil {
		return finding{}, err
	}
	defer victim.Close()
	query := callback.Query()
	query.Set("code", stolen.Query().Get("code"))
	callback.RawQuery = query.Encode()
	if err := attacker.openURL(ctx, callback.String()); err != nil {
		return finding{}, err
	}
	a, err := attacker.outcome(ctx)
	return judged(a.signedIn, "the code of a victim signed the attacker in", "nobody was signed in", a.note), err
}

// fresh compares two logins.
func fresh(ctx context.Context, w *world) (finding, error) {
	before := w.provider.traffic()
	v, _, err := w.begin(ctx)
	if err != nil {
		return finding{}, err
	}
	defer v.Close()
	first, second := w.survey.login.request, w.provider.traffic().since(before).logins[0].request
	var same, seen []string
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		switch value := first.Get(name); {
		case value == "":
		case value == second.Get(name):
			same = append(same, name)
		default:
			seen = append(seen, name)
		}
	}
	if len(same)+len(seen) == 0 {
		return skipped("the application sends neither state, nonce nor code_challenge"), nil
	}
	return judged(len(same) > 0, "both logins have the same "+strings.Join(same, " and "),
		strings.Join(seen, ", ")+" differed"), nil
}

// pkce reads the login of the survey. The environment refuses a code without the
// verifier of its challenge.
func pkce(_ context.Context, w *world) (finding, error) {
	request, form := w.survey.login.request, w.survey.exchange.form
	method := request.Get("code_challenge_method")
	note := fmt.Sprintf("the authorization request has code_challenge_method=%q, and the token request a code_verifier: %v",
		method, form.Has("code_verifier"))
	switch {
	case request.Get("code_challenge") == "":
		return failed("the authorization request has no code_challenge", note), nil
	case method != "S256":
		return failed("the code_challenge is the code_verifier itself", note), nil
	}
	return judged(!form.Has("code_verifier"), "the token request has no code_verifier", "S256, with the code_verifier", note), nil
}

// wrongIssuer adds the iss of another provider to the response.
func wrongIssuer(ctx context.Context, w *world) (finding, error) {
	a, err := w.try(ctx, inQuery(func(q url.Values) { q.Set("iss", "https://other.invalid") }))
	return judged(a.signedIn, "the callback with iss=https://other.invalid signed the user in", "nobody was signed in", a.note), err
}
