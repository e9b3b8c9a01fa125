package answer

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// JSON answers with v, which must marshal.
func JSON(w http.ResponseWriter, v any) { Status(w, http.StatusOK, v) }

// Status answers with a status and v, which must marshal.
func Status(w http.ResponseWriter, status int, v any) {
	body := Marshal(v)
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // The client may have left.
}

// Marshal returns v as JSON. It panics if v cannot be marshalled.
func Marshal(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("mockidp: internal error: marshalling a %T: %v", v, err))
	}
	return body
}

// Error answers with an error in JSON. RFC 6749, 5.2.
func Error(w http.ResponseWriter, status int, code, description string) {
	Status(w, status, struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{code, Printable(description)})
}

// NotFound answers a path that does not exist.
func NotFound(w http.ResponseWriter, _ *http.Request) {
	Error(w, http.StatusNotFound, "not_found", "there is nothing here")
}

// Printable replaces the characters that RFC 6749, 5.2 does not allow in a
// description.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '"':
			return '\''
		case r < 0x20 || r > 0x7e || r == '\\':
			return '?'
		}
		return r
	}, s)
}

// Redirect sends the browser to a URI of a client, with the parameters added
// to the query that the URI may already have.
func Redirect(w http.ResponseWriter, to *url.URL, parameters url.Values) {
	target := *to
	query := target.Query()
	for name := range parameters {
		query.Set(name, parameters.Get(name))
	}
	target.RawQuery = query.Encode()
	location(w, http.StatusFound, target.String())
}

// SeeOther sends the browser to a page of the environment.
func SeeOther(w http.ResponseWriter, page string) { location(w, http.StatusSeeOther, page) }

func location(w http.ResponseWriter, status int, to string) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Location", to)
	w.WriteHeader(status)
}
