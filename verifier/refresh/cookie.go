package refresh

import (
	"net/http"
	"time"
)

// The cookies of a login, as Scalekit's best practices require them: HttpOnly,
// so that no script reads them, Secure, so that they are sent only over TLS, and
// SameSite. Their names begin with __Host-, which makes browsers insist on
// Secure, on the path / and on this host alone. RFC 6265bis, 4.1.3.

// hostPrefix begins the names of all cookies here.
const hostPrefix = "__Host-"

// StateLife is how long the state of a login is kept: the life of Scalekit's
// authorization codes.
const StateLife = 10 * time.Minute

// SessionCookie returns a cookie that holds the ID of a session until a time,
// never a token: those stay in the store. It is SameSite=Strict, so that no
// request from another site is made in the user's name.
//
// The first request after a login is such a request: it comes by a redirect
// from the provider, and browsers do not send Strict cookies with it. Answer
// the callback with a page, or let a page redirect, before the browser requests
// a protected page.
func SessionCookie(name, sessionID string, expires, now time.Time) *http.Cookie {
	return &http.Cookie{
		Name: hostPrefix + name, Value: sessionID, Path: "/",
		MaxAge: seconds(expires.Sub(now)), HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode,
	}
}

// StateCookie returns a cookie with the state of a login that has begun, which
// the callback compares with its parameter. It is SameSite=Lax, the one
// exception: the callback is a navigation that begins at the provider's site,
// and a Strict cookie would not be sent with it, so that every login would fail.
// Lax cookies are sent with such navigations and with no other request from
// another site. OAuth 2.0 for Browser-Based Applications, 6.1; RFC 9700, 4.7.
func StateCookie(name, state string) *http.Cookie {
	return &http.Cookie{
		Name: hostPrefix + name, Value: state, Path: "/",
		MaxAge: seconds(StateLife), HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode,
	}
}

// ExpireCookie returns a cookie that removes the one of the same name.
func ExpireCookie(name string) *http.Cookie {
	return &http.Cookie{
		Name: hostPrefix + name, Path: "/",
		MaxAge: -1, HttpOnly: true, Secure: true, SameSite: http.SameSiteStrictMode,
	}
}

// ReadCookie returns the value of one of these cookies. It reports false if
// there is none, or more than one: then another party has set one.
func ReadCookie(r *http.Request, name string) (string, bool) {
	found := r.CookiesNamed(hostPrefix + name)
	if len(found) != 1 || found[0].Value == "" {
		return "", false
	}
	return found[0].Value, true
}

// seconds returns d in whole seconds for MaxAge, and -1, which removes the
// cookie, if d is not positive: zero would mean that MaxAge is not set.
func seconds(d time.Duration) int {
	if s := int(d / time.Second); s > 0 {
		return s
	}
	return -1
}
