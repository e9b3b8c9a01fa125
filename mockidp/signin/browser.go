package signin

import (
	"net/http"
	"strings"

	"github.com/assay-id/assay/mockidp/directory"
	"github.com/assay-id/assay/mockidp/internal/oauth"
)

// cookieName is the name of the cookie of a browser that is signed in.
const cookieName = "assay_session"

func (v *Service) cookie(value string) *http.Cookie {
	return &http.Cookie{
		Name:     cookieName,
		Value:    value,
		Path:     v.Base + "/", // the environment and nothing next to it
		HttpOnly: true,
		Secure:   strings.HasPrefix(v.Issuer, "https:"),
		SameSite: http.SameSiteLaxMode, // A client's redirect is a navigation from another site.
	}
}

// linkCookieName is the name of the cookie of a browser that has asked for a
// link by mail.
const linkCookieName = "assay_link"

// markBrowser tells the browser apart that asks for a link, and returns how. A
// browser that asks twice keeps its mark, so that both links are its own.
func (v *Service) markBrowser(w http.ResponseWriter, r *http.Request) string {
	value := v.IDs.Opaque("link browser")
	if c, err := r.Cookie(linkCookieName); err == nil && c.Value != "" {
		value = c.Value
	}
	marked := v.cookie(value)
	marked.Name, marked.MaxAge = linkCookieName, int(pendingLifetime.Seconds())
	http.SetCookie(w, marked)
	return value
}

// askedHere reports whether the request is from the browser with the mark.
func askedHere(r *http.Request, mark string) bool {
	c, err := r.Cookie(linkCookieName)
	return err == nil && oauth.Same(c.Value, mark)
}

// remember signs the browser in to the session.
func (v *Service) remember(w http.ResponseWriter, s *directory.Session) {
	value := v.IDs.Opaque("browser")
	v.logins.remember(value, s)
	http.SetCookie(w, v.cookie(value))
}

// browserSession returns the session that the browser is signed in to, and
// the value of its cookie, or nil.
func (v *Service) browserSession(r *http.Request) (s *directory.Session, cookie string) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return nil, ""
	}
	return v.logins.browser(c.Value), c.Value
}

// forgetBrowser signs the browser out, and every other browser of the session.
func (v *Service) forgetBrowser(w http.ResponseWriter, r *http.Request, sid string) {
	s, cookie := v.browserSession(r)
	if s != nil {
		v.Provider().EndSession(s.ID)
	}
	v.logins.forget(cookie, sid)
	if cookie != "" {
		gone := v.cookie("")
		gone.MaxAge = -1
		http.SetCookie(w, gone)
	}
}
