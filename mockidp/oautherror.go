package mockidp

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/ory/fosite"
)

// oauthError is an error of RFC 6749, 5.2 and 4.1.2.1, or of Scalekit.
type oauthError struct {
	status      int
	code        string
	description string
}

func (e *oauthError) Error() string { return e.code + ": " + e.description }

// refuse returns an error that is answered with 400.
func refuse(code, description string) error {
	return &oauthError{http.StatusBadRequest, code, description}
}

// invalidClient returns an error that is answered with 401.
func invalidClient(description string) error {
	return &oauthError{http.StatusUnauthorized, "invalid_client", description}
}

// toOAuthError translates what fosite returns. fosite's descriptions are
// whole paragraphs, and some of its codes are its own, which clients do not
// know.
func toOAuthError(err error) *oauthError {
	if own := (*oauthError)(nil); errors.As(err, &own) {
		return own
	}
	theirs := fosite.ErrorToRFC6749Error(err)
	switch {
	case errors.Is(err, fosite.ErrInvalidatedAuthorizeCode), errors.Is(err, fosite.ErrInactiveToken):
		// Of two requests at the same time with one code or refresh token,
		// fosite holds the later one for a failure of the store.
		return &oauthError{http.StatusBadRequest, "invalid_grant", "it was already used or is revoked"}
	case errors.Is(err, fosite.ErrNotFound) && theirs.HintField == "":
		return &oauthError{http.StatusBadRequest, "invalid_grant", "it is unknown or expired"}
	}
	e := &oauthError{theirs.CodeField, theirs.ErrorField, theirs.HintField}
	if e.description == "" {
		e.description = theirs.DescriptionField
	}
	switch e.code {
	case "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client",
		"unsupported_grant_type", "invalid_scope", "access_denied",
		"unsupported_response_type", "server_error", "temporarily_unavailable",
		"interaction_required", "login_required", "consent_required",
		"request_not_supported", "request_uri_not_supported", "registration_not_supported":
		// The codes of RFC 6749 and OIDC Core 1.0, 3.1.2.6 stay.
	case "unsupported_response_mode":
		e.code = "invalid_request"
	default:
		e.status, e.code, e.description = http.StatusInternalServerError, "server_error", "internal error"
	}
	return e
}

// printable keeps the characters that RFC 6749, 5.2 allows in a description.
func printable(s string) string {
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

// writeError answers with a JSON error that must not be cached.
func writeError(w http.ResponseWriter, status int, code, description string) {
	body, _ := json.Marshal(struct { // strings always marshal
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{code, printable(description)})
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// writeJSON answers with v, which must not be cached.
func writeJSON(w http.ResponseWriter, v any) {
	d := marshalled(v)
	h := w.Header()
	h.Set("Content-Type", d.contentType)
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(d.body)
}

// judge translates the error and logs it if it is the server's own.
func (e *Environment) judge(r *http.Request, err error) *oauthError {
	o := toOAuthError(err)
	if o.status >= http.StatusInternalServerError {
		e.logger.Error("request failed", "issuer", e.issuer, "path", r.URL.Path, "error", reason(err))
	}
	return o
}

// fail answers with the error.
func (e *Environment) fail(w http.ResponseWriter, r *http.Request, err error) {
	o := e.judge(r, err)
	if _, _, basic := r.BasicAuth(); basic && o.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="`+e.issuer+`"`)
	}
	writeError(w, o.status, o.code, o.description)
}

// reason returns what fosite keeps from clients.
func reason(err error) string {
	if theirs := (*fosite.RFC6749Error)(nil); errors.As(err, &theirs) && theirs.DebugField != "" {
		return theirs.DebugField
	}
	return err.Error()
}
