package appcheck

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/assay-id/assay/scenarios/appcheck/browser"
)

// survey is what was seen while one person signed in, looked around, entered
// another organization if the script says how, and signed out.
type survey struct {
	login    login
	exchange exchange
	issued   traffic // all of it, with every token

	anonymous []browser.Cookie // before the login
	cookies   []browser.Cookie // of the application while somebody was signed in
	session   []browser.Cookie // those without which nobody is
	pages     []browser.Page   // while somebody was signed in
	requests  []browser.Request

	logout      error // why the steps of a logout could not be done
	logouts     []url.Values
	survived    bool // whether the cookies opened the session after the logout
	stillSigned bool // whether the person was still signed in
}

// look makes the survey.
func (w *world) look(ctx context.Context) error {
	v, err := w.visit(ctx)
	if err != nil {
		return err
	}
	defer v.Close()
	s := &w.survey
	if err := v.open(ctx, w.start); err != nil {
		return err
	}
	if shows, err := v.Shows(ctx, w.script.SignedIn); err != nil {
		return err
	} else if shows {
		return &stepError{Step{Click: w.script.SignedIn}, w.url.String(), "that already, before anybody has signed in"}
	}
	if s.anonymous, err = v.cookies(ctx); err != nil {
		return err
	}
	before := w.provider.traffic()
	if err := v.signIn(ctx); err != nil {
		return err
	}
	began := w.provider.traffic().since(before)
	if len(began.logins) == 0 || len(began.exchanges) == 0 {
		return errNoLogin
	}
	s.login, s.exchange = began.logins[len(began.logins)-1], began.exchanges[0]
	if err := v.note(ctx); err != nil {
		return err
	}
	if s.cookies, err = v.cookies(ctx); err != nil {
		return err
	}
	if s.session, err = w.sessionCookies(ctx); err != nil {
		return err
	}
	if w.script.Switch != nil {
		if err := v.do(ctx, w.script.Switch); err != nil {
			return err
		}
		if err := v.arrive(ctx); err != nil {
			return err
		}
		if err := v.note(ctx); err != nil {
			return err
		}
		if s.cookies, err = v.cookies(ctx); err != nil {
			return err
		}
	}
	if err := v.leave(ctx); err != nil {
		return err
	}
	s.requests = v.Requests()
	s.issued = w.provider.traffic().since(before)
	return nil
}

// note keeps what is in the page.
func (v *visitor) note(ctx context.Context) error {
	page, err := v.Page(ctx)
	v.w.survey.pages = append(v.w.survey.pages, page)
	return err
}

// leave signs out and looks what is left of the session.
func (v *visitor) leave(ctx context.Context) error {
	s := &v.w.survey
	before := v.w.provider.traffic()
	if s.logout = v.do(ctx, v.w.script.Logout); s.logout != nil {
		return nil
	}
	s.logouts = v.w.provider.traffic().since(before).logouts
	var err error
	if s.stillSigned, err = v.signedIn(ctx); err != nil {
		return err
	}
	if len(s.session) > 0 {
		s.survived, err = v.w.opensSession(ctx, s.cookies)
	}
	return err
}

// sessionCookies returns the cookies of the application without which nobody is
// signed in. It is empty if the cookies alone do not open the session.
func (w *world) sessionCookies(ctx context.Context) ([]browser.Cookie, error) {
	all := w.survey.cookies
	opens, err := w.opensSession(ctx, all)
	if err != nil || !opens {
		return nil, err
	}
	var needed []browser.Cookie
	for i, c := range all {
		others := slices.Delete(slices.Clone(all), i, i+1)
		opens, err := w.opensSession(ctx, others)
		if err != nil {
			return nil, err
		}
		if !opens {
			needed = append(needed, c)
		}
	}
	return needed, nil
}

// tokens returns the tokens of the given names that the survey has seen.
func (s *survey) tokens(names ...string) []string {
	var all []string
	for _, e := range s.issued.exchanges {
		for _, name := range names {
			if token := e.tokens[name]; token != "" {
				all = append(all, token)
			}
		}
	}
	return all
}

// nameOf returns what a token is, in words, if text has one of these.
func (s *survey) nameOf(text string, names ...string) string {
	for _, e := range s.issued.exchanges {
		for _, name := range slices.Sorted(maps.Keys(e.tokens)) {
			if slices.Contains(names, name) && strings.Contains(text, e.tokens[name]) {
				return map[string]string{"id_token": "an ID Token", "access_token": "an access token", "refresh_token": "a refresh token"}[name]
			}
		}
	}
	return ""
}
