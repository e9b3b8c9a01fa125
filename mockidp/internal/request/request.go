package request

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	// maxBody bounds the body of a request in bytes. Authorization requests
	// with every parameter have a few kilobytes.
	maxBody = 1 << 20

	// bodyTimeout bounds how long a body may take to arrive.
	bodyTimeout = 10 * time.Second
)

// ParseForm parses the query and the body. It reports whether they are
// malformed. Forms with files count as malformed: no endpoint takes them, and
// reading them later would have no time limit.
func ParseForm(w http.ResponseWriter, r *http.Request) (malformed bool) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return r.ParseForm() != nil
	}
	defer limit(w, r)()
	return r.ParseForm() != nil || strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/")
}

// Body reads a body that is not a form.
func Body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	defer limit(w, r)()
	return io.ReadAll(r.Body)
}

// limit bounds the body, and the time to read it until release is called.
func limit(w http.ResponseWriter, r *http.Request) (release func()) {
	controller := http.NewResponseController(w)
	_ = controller.SetReadDeadline(time.Now().Add(bodyTimeout))
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	return func() { _ = controller.SetReadDeadline(time.Time{}) }
}

// Bearer returns the access token of a request whose form is parsed. RFC 6750,
// 2.1 and 2.2.
func Bearer(r *http.Request) string {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if ok && strings.EqualFold(scheme, "Bearer") {
		return token
	}
	return r.PostForm.Get("access_token")
}

// ClientID returns the client that a request names, authenticated or not. The
// form must be parsed.
func ClientID(r *http.Request) string {
	if client, _, ok := r.BasicAuth(); ok {
		return client
	}
	return r.Form.Get("client_id")
}

// Repeated returns the name of a parameter that occurs more than once, which
// RFC 6749, 3.1 and 3.2 forbid, or the empty string. Several audiences and
// resources are allowed (RFC 8693, 2.1, and RFC 8707, 2).
func Repeated(form url.Values) string {
	var names []string
	for name, values := range form {
		if len(values) > 1 && name != "audience" && name != "resource" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return slices.Min(names)
}
