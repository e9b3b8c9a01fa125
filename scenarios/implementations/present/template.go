package present

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/http/httpguts"
)

// placeholder is what a token replaces in a template.
const placeholder = "{{token}}"

// Bearer presents a token as RFC 6750, 2.1 does.
const Bearer = "header:Authorization: Bearer " + placeholder

// place is the part of a request that a template fills in.
type place string

const (
	inHeader place = "header"
	inCookie place = "cookie"
	inQuery  place = "query"
	inForm   place = "form"
	inJSON   place = "json"
)

// Forms lists the forms of a template, for help and completion.
func Forms() []string {
	return []string{
		Bearer, "cookie:NAME=" + placeholder, "query:NAME=" + placeholder, "form:NAME=" + placeholder,
		`json:{"NAME":"` + placeholder + `"}`,
	}
}

// Template says where in a request a token goes. The zero value is [Bearer]. It
// is safe for concurrent use.
type Template struct {
	place place
	name  string // of the header field
	text  string // what has the placeholder
}

// Parse parses one of [Forms]: the place, a colon, and the text that has
// {{token}}. A query or a form may have further fields, and a JSON body further
// members.
func Parse(text string) (Template, error) {
	where, rest, _ := strings.Cut(text, ":")
	t := Template{place: place(where), text: rest}
	switch t.place {
	case inHeader:
		name, value, found := strings.Cut(rest, ":")
		if !found || !httpguts.ValidHeaderFieldName(name) {
			return t, fmt.Errorf("template %q has no name of a header field, want %s", text, Bearer)
		}
		t.name, t.text = name, strings.TrimSpace(value)
	case inCookie:
		if name, _, found := strings.Cut(rest, "="); !found || !httpguts.ValidHeaderFieldName(name) {
			return t, fmt.Errorf("template %q has no name of a cookie, want cookie:NAME=%s", text, placeholder)
		}
	case inQuery, inForm:
		if _, err := url.ParseQuery(rest); err != nil || !strings.Contains(rest, "=") {
			return t, fmt.Errorf("template %q has no name of a field, want %s:NAME=%s", text, where, placeholder)
		}
	case inJSON:
		if !json.Valid([]byte(rest)) {
			return t, fmt.Errorf("template %q has no JSON, want %s", text, Forms()[4])
		}
	default:
		return t, fmt.Errorf("a template begins with the place of the token and a colon, and %q is none of header, cookie, query, form and json", where)
	}
	if (t.place == inHeader || t.place == inCookie) && !httpguts.ValidHeaderFieldValue(t.text) {
		return t, fmt.Errorf("template %q has a control character", text)
	}
	if strings.Count(t.text, placeholder) != 1 {
		return t, fmt.Errorf("template %q has %s %d times, want once", text, placeholder, strings.Count(t.text, placeholder))
	}
	return t, nil
}

// orBearer returns t, or the template of a Bearer token for the zero value.
func (t Template) orBearer() Template {
	if t.place == "" {
		return Template{place: inHeader, name: "Authorization", text: "Bearer " + placeholder}
	}
	return t
}

// Method returns the method that suits the template: POST if the token is in
// the body.
func (t Template) Method() string {
	if t.place == inForm || t.place == inJSON {
		return http.MethodPost
	}
	return http.MethodGet
}

// String returns the template as Parse takes it. It may have secrets besides
// the token.
func (t Template) String() string {
	t = t.orBearer()
	if t.place == inHeader {
		return string(t.place) + ":" + t.name + ": " + t.text
	}
	return string(t.place) + ":" + t.text
}

// UnfitError says that a token cannot be presented unchanged.
type UnfitError struct{ Why string }

func (e *UnfitError) Error() string { return e.Why }

func unfit(format string, args ...any) error { return &UnfitError{fmt.Sprintf(format, args...)} }

// Request returns a request with a token. The error is an [*UnfitError] if the
// token cannot be written there, byte for byte, so that every service reads it
// back.
func (t Template) Request(ctx context.Context, method, target, token string) (*http.Request, error) {
	t = t.orBearer()
	if err := t.fits(token); err != nil {
		return nil, err
	}
	if t.place == inQuery {
		separator := "?"
		if strings.Contains(target, "?") {
			separator = "&"
		}
		target += separator + t.fill(url.QueryEscape(token))
	}
	var body []byte
	switch t.place {
	case inForm:
		body = []byte(t.fill(url.QueryEscape(token)))
	case inJSON:
		quoted, err := json.Marshal(token)
		if err != nil {
			return nil, err
		}
		body = []byte(t.fill(string(quoted[1 : len(quoted)-1])))
	}
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	switch t.place {
	case inHeader:
		req.Header.Set(t.name, t.fill(token))
	case inCookie:
		req.Header.Set("Cookie", t.fill(token))
	case inForm:
		req.Header.Set(contentType, "application/x-www-form-urlencoded")
	case inJSON:
		req.Header.Set(contentType, "application/json")
	}
	return req, nil
}

// Add adds header fields to r. Those that a template has set for its body are
// replaced.
func Add(r *http.Request, fields http.Header) {
	for name, values := range fields {
		if name == contentType {
			r.Header.Del(name)
		}
		r.Header[name] = append(r.Header[name], values...)
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
}

const contentType = "Content-Type"

// Check returns an error if a request with the method and header fields would
// not be what they say. An empty method is the one that suits t.
func (t Template) Check(method string, fields http.Header) error {
	t = t.orBearer()
	if t.Method() == http.MethodPost && (method == http.MethodGet || method == http.MethodHead) {
		return fmt.Errorf("%s has no body, and the token is in one (%s): POST has a body", method, t.place)
	}
	own := textproto.CanonicalMIMEHeaderKey(t.name)
	if t.place == inCookie {
		own = "Cookie"
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		switch canonical := textproto.CanonicalMIMEHeaderKey(name); {
		case canonical == own:
			return fmt.Errorf("the header field %s has the token: its other contents belong into the template %s", name, t)
		case slices.Contains([]string{"Connection", "Content-Length", "Trailer", "Transfer-Encoding"}, canonical):
			return fmt.Errorf("the header field %s is about the message: it is not for you to set", name)
		case slices.ContainsFunc(fields[name], func(v string) bool { return strings.Contains(v, placeholder) }):
			return fmt.Errorf("the header field %s has %s: a request has the token once, in the place that the template says", name, placeholder)
		}
	}
	return nil
}

func (t Template) fill(token string) string { return strings.Replace(t.text, placeholder, token, 1) }

// maxField is how long a header field or a target, in bytes, may be for common
// servers and proxies.
const maxField = 8 << 10

// fits returns an error if a token would not arrive as it is: a server trims
// white space around a field, a decoder replaces what is not UTF-8, and what
// ends a cookie or a credential cannot be part of it.
func (t Template) fits(token string) error {
	if t.place != inForm && t.place != inJSON && len(token) > maxField {
		return unfit("many servers read at most %d KiB of a %s: a form or JSON carries the token", maxField>>10, t.place)
	}
	switch t.place {
	case inHeader:
		if i := strings.IndexFunc(token, func(r rune) bool { return r <= ' ' || r == 0x7F }); i >= 0 {
			return unfit("a header field cannot carry the byte 0x%02X of the token unchanged", token[i])
		}
	case inCookie:
		if i := strings.IndexFunc(token, func(r rune) bool {
			return r <= ' ' || r >= 0x7F || strings.ContainsRune(`",;\`, r)
		}); i >= 0 {
			return unfit("a cookie cannot carry the byte 0x%02X of the token unchanged", token[i])
		}
	default:
		if !utf8.ValidString(token) {
			return unfit("the token is not UTF-8, so the service would read something else")
		}
	}
	return nil
}
