package browser

import (
	"context"
	_ "embed"
	"encoding/json"
)

//go:embed page.js
var pageScript string

// ask calls a function of page.js.
func (t *Tab) ask(ctx context.Context, result any, function string, arguments ...string) error {
	list := "" // of JSON strings
	for i, a := range arguments {
		if i > 0 {
			list += ","
		}
		text, err := json.Marshal(a)
		if err != nil {
			return err
		}
		list += string(text)
	}
	return t.Evaluate(ctx, pageScript+"."+function+"("+list+")", result)
}

// Click clicks the link or button that is meant, and reports whether there is
// one: the words on it, with | between alternatives, or css: and a selector.
func (t *Tab) Click(ctx context.Context, what string) (bool, error) {
	var found bool
	err := t.ask(ctx, &found, "click", what)
	return found, err
}

// Fill writes into the field that is meant: its label, placeholder or name, or
// css: and a selector. It reports whether there is one.
func (t *Tab) Fill(ctx context.Context, what, value string) (bool, error) {
	var found bool
	err := t.ask(ctx, &found, "fill", what, value)
	return found, err
}

// Shows reports whether the page shows words, with | between alternatives, or
// an element: css: and a selector.
func (t *Tab) Shows(ctx context.Context, what string) (bool, error) {
	var shows bool
	err := t.ask(ctx, &shows, "shows", what)
	return shows, err
}

// Page is what is in a page, and what its scripts can read.
type Page struct {
	URL, Title string
	Text       string // what is seen of it; the beginning
	HTML       string // the document as it is now
	Cookie     string // the cookies that scripts can read
	Local      map[string]string
	Session    map[string]string
}

// Page returns what is in the page.
func (t *Tab) Page(ctx context.Context) (Page, error) {
	var p Page
	return p, t.ask(ctx, &p, "content")
}

// Cookie is a cookie of a tab.
type Cookie struct {
	Name     string  `json:"name"`
	Value    string  `json:"value"`
	Domain   string  `json:"domain"`
	Path     string  `json:"path"`
	Expires  float64 `json:"expires,omitempty"` // seconds since 1970; not positive: at the end of the session
	HTTPOnly bool    `json:"httpOnly"`
	Secure   bool    `json:"secure"`
	SameSite string  `json:"sameSite,omitempty"` // empty if the application did not say
}

// Cookies returns the cookies of the tab.
func (t *Tab) Cookies(ctx context.Context) ([]Cookie, error) {
	var result struct{ Cookies []Cookie }
	return result.Cookies, t.conn.call(ctx, "", "Storage.getCookies", map[string]any{"browserContextId": t.context}, &result)
}

// SetCookies adds cookies, or replaces those of the same name.
func (t *Tab) SetCookies(ctx context.Context, cookies []Cookie) error {
	given := make([]map[string]any, 0, len(cookies))
	for _, c := range cookies {
		g := map[string]any{
			"name": c.Name, "value": c.Value, "path": c.Path, "secure": c.Secure, "httpOnly": c.HTTPOnly, "domain": c.Domain,
		}
		if c.SameSite != "" {
			g["sameSite"] = c.SameSite
		}
		if c.Domain != "" && c.Domain[0] != '.' {
			// A domain in a cookie is for its subdomains too, which the name
			// of a __Host- cookie forbids: the URL says where it belongs.
			delete(g, "domain")
			g["url"] = scheme(c) + c.Domain + "/"
		}
		if c.Expires > 0 {
			g["expires"] = c.Expires
		}
		given = append(given, g)
	}
	return t.conn.call(ctx, "", "Storage.setCookies", map[string]any{"browserContextId": t.context, "cookies": given}, nil)
}

func scheme(c Cookie) string {
	if c.Secure {
		return "https://"
	}
	return "http://"
}

// ClearCookies removes all cookies of the tab.
func (t *Tab) ClearCookies(ctx context.Context) error {
	return t.conn.call(ctx, "", "Storage.clearCookies", map[string]any{"browserContextId": t.context}, nil)
}
