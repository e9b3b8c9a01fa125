package mockidp

import (
	"net/http"
	"net/url"
	"strings"
)

// cookieName is the cookie of a browser that is signed in.
const cookieName = "assay_session"

// cookiePath returns the path that the cookie is sent to: the environment and
// nothing beside it.
func (e *Environment) cookiePath() string { return e.base() + "/" }

// base returns the path of the issuer, without a slash at its end.
func (e *Environment) base() string {
	return strings.TrimPrefix(e.issuer, e.cfg.Origin)
}

func (e *Environment) cookie(value string) *http.Cookie {
	return &http.Cookie{
		Name:     cookieName,
		Value:    value,
		Path:     e.cookiePath(),
		HttpOnly: true,
		Secure:   strings.HasPrefix(e.issuer, "https:"),
		SameSite: http.SameSiteLaxMode, // A client's redirect is a navigation from another site.
	}
}

// remember signs the browser in to the session.
func (e *Environment) remember(w http.ResponseWriter, s *session) {
	value := e.ids.opaque("browser")
	e.logins.remember(value, s)
	http.SetCookie(w, e.cookie(value))
}

// browserSession returns the session that the browser is signed in to, and
// the value of its cookie, or nil.
func (e *Environment) browserSession(r *http.Request) (s *session, cookie string) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return nil, ""
	}
	return e.logins.browser(c.Value), c.Value
}

// forgetBrowser signs the browser out, and every other one of the session.
func (e *Environment) forgetBrowser(w http.ResponseWriter, r *http.Request, sid string) {
	s, cookie := e.browserSession(r)
	if s != nil {
		e.store().endSession(s.sid)
	}
	e.logins.forget(cookie, sid)
	if cookie != "" {
		gone := e.cookie("")
		gone.MaxAge = -1
		http.SetCookie(w, gone)
	}
}

// fresh reports whether the session is recent enough for max_age. OIDC Core
// 1.0, 3.1.2.1.
func (e *Environment) fresh(s *session, form url.Values) bool {
	maxAge, ok := seconds(form.Get("max_age"))
	return !ok || e.cfg.Now().Sub(s.authTime) <= maxAge
}
