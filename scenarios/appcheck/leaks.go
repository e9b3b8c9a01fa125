package appcheck

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/appcheck/browser"
)

// leakChecks are about what the application reveals.
func leakChecks() []Check {
	return []Check{
		{
			ID: "app.tokens-url", Title: "Tokens are in a URL", Level: reports.LevelMust,
			Spec: []string{"RFC 9700 §4.3.2", "RFC 6750 §5.3"}, Want: "no URL has a token",
			Advice: "keep tokens on the server, or pass them in the body of an answer: URLs are in histories, logs and Referer",
			run:    tokensInURLs,
		},
		{
			ID: "app.tokens-storage", Title: "Tokens are in the storage of the browser", Level: reports.LevelHardening,
			Spec: []string{"CWE-922", "RFC 6749 §10.3"}, Want: "neither localStorage, sessionStorage nor a cookie that scripts read has a token",
			Advice: "keep tokens on the server, encrypted, and give the browser the HttpOnly cookie of a session",
			run:    tokensInStorage,
		},
		{
			ID: "app.tokens-page", Title: "An access or refresh token is in a page", Level: reports.LevelHardening,
			Spec: []string{"CWE-922", "RFC 6749 §10.3", "RFC 6749 §10.4"}, Want: "no page has an access or refresh token",
			Advice: "leave access and refresh tokens on the server; Char needs the ID Token alone, or a ticket",
			run:    tokensInPages,
		},
		{
			ID: "app.referrer", Title: "Another site gets the code in Referer", Level: reports.LevelShould,
			Spec: []string{"RFC 9700 §4.2.4"}, Want: "no other origin gets a code, a state or a token",
			Advice: "let the callback lead away at once, load nothing from elsewhere on it, and do not weaken the Referrer-Policy",
			run:    referrer,
		},
		{
			ID: "app.open-redirect", Title: "A login leads to another site", Level: reports.LevelMust,
			Spec: []string{"RFC 9700 §4.11.1", "CWE-601"}, Want: "the browser stays with the application and its provider",
			Advice: "follow only paths of the application: resolve the value against its own URL and compare the origin",
			run:    openRedirect,
		},
	}
}

// everyToken names the tokens of a token response.
var everyToken = []string{"id_token", "access_token", "refresh_token"}

// logoutPath is where the ID Token belongs in the URL: id_token_hint.
const logoutPath = "/oidc/logout"

func tokensInURLs(_ context.Context, w *world) (finding, error) {
	s := &w.survey
	var urls []string
	for _, r := range s.requests {
		if !strings.HasPrefix(r.URL, w.provider.Env.Issuer()+logoutPath) {
			urls = append(urls, r.URL)
		}
	}
	for _, p := range s.pages {
		urls = append(urls, p.URL)
	}
	for _, at := range urls {
		if what := s.nameOf(at, everyToken...); what != "" {
			return failed(what+" is in a URL", s.masked(at)), nil
		}
	}
	return passed(fmt.Sprintf("none of %s has a token", reports.FormatNoun(len(urls), "URL"))), nil
}

func tokensInStorage(_ context.Context, w *world) (finding, error) {
	s := &w.survey
	for _, p := range s.pages {
		for _, place := range []struct {
			name   string
			values map[string]string
		}{
			{"localStorage", p.Local}, {"sessionStorage", p.Session}, {"document.cookie", map[string]string{"": p.Cookie}},
		} {
			for _, key := range slices.Sorted(maps.Keys(place.values)) {
				if what := s.nameOf(place.values[key], everyToken...); what != "" {
					return failed(what+" is in "+place.name, fmt.Sprintf("%s of %s has it under %q", place.name, s.masked(p.URL), key)), nil
				}
			}
		}
	}
	return passed("neither storage nor readable cookies have a token"), nil
}

func tokensInPages(_ context.Context, w *world) (finding, error) {
	s := &w.survey
	for _, p := range s.pages {
		if what := s.nameOf(p.HTML, "access_token", "refresh_token"); what != "" {
			return failed(what+" is in the document", "the page is "+s.masked(p.URL)), nil
		}
	}
	return passed("the pages have neither"), nil
}

// masked returns a URL without the values of its query, and without tokens.
func (s *survey) masked(at string) string {
	at = reports.Redact(at)
	for _, token := range s.tokens(everyToken...) {
		at = strings.ReplaceAll(at, token, "REDACTED")
	}
	return reports.Excerpt(at, 300)
}

func referrer(_ context.Context, w *world) (finding, error) {
	s := &w.survey
	secrets := s.tokens(everyToken...)
	for _, l := range s.issued.logins {
		secrets = append(secrets, l.response.Query().Get("code"), l.response.Query().Get("state"))
	}
	for _, r := range s.requests {
		if r.Referer == "" || sameOrigin(r.URL, r.Referer) {
			continue
		}
		for _, secret := range secrets {
			if secret != "" && (strings.Contains(r.Referer, secret) || strings.Contains(r.Referer, url.QueryEscape(secret))) {
				return failed("another origin got it", fmt.Sprintf("the request of %s had the Referer %s", s.masked(r.URL), s.masked(r.Referer))), nil
			}
		}
	}
	return passed("no other origin got one"), nil
}

func sameOrigin(a, b string) bool {
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	return errX == nil && errY == nil && x.Scheme == y.Scheme && x.Host == y.Host
}

// attackerHost is the host of the site to which a login must not lead. RFC 6761
// sees to it that there is none.
const attackerHost = "attacker.invalid"

// hostileURLs are addresses of that host, as attackers write them.
func hostileURLs() []string {
	return []string{"https://" + attackerHost + "/", "//" + attackerHost + "/", `/\` + attackerHost + "/", "https:" + attackerHost}
}

func openRedirect(ctx context.Context, w *world) (finding, error) {
	if len(w.script.ReturnTo) == 0 {
		return skipped("the script names no address that begins a login and says where it leads: return-to"), nil
	}
	for _, path := range w.script.ReturnTo {
		for _, hostile := range hostileURLs() {
			led, err := w.leadsAway(ctx, strings.ReplaceAll(path, returnPlace, url.QueryEscape(hostile)))
			if err != nil {
				return finding{}, err
			}
			if led {
				return failed("the login led to "+attackerHost, fmt.Sprintf("%s with %s", path, hostile)), nil
			}
		}
	}
	return passed("no login led to " + attackerHost), nil
}

// leadsAway reports whether a login that begins at path leads to the attacker.
func (w *world) leadsAway(ctx context.Context, path string) (bool, error) {
	v, err := w.visit(ctx)
	if err != nil {
		return false, err
	}
	defer v.Close()
	// There is no page of the attacker, to which a redirect may lead.
	if err := v.open(ctx, path); err != nil && !errors.Is(err, browser.ErrLoad) {
		return false, err
	}
	return slices.ContainsFunc(v.Requests(), func(r browser.Request) bool {
		at, err := url.Parse(r.URL)
		return err == nil && r.Page && at.Hostname() == attackerHost
	}), nil
}
