package oauth

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/ory/fosite"

	"github.com/assay-id/assay/mockidp/internal/answer"
)

// Error is an error of RFC 6749, 5.2 and 4.1.2.1, or of Scalekit.
type Error struct {
	Status      int
	Code        string
	Description string
	cause       string // for the log, not for clients
}

func (e *Error) Error() string { return e.Code + ": " + e.Description }

// Refuse returns an error that is answered with 400.
func Refuse(code, description string) error {
	return &Error{Status: http.StatusBadRequest, Code: code, Description: description}
}

// InvalidClient returns an error that is answered with 401.
func InvalidClient(description string) error {
	return &Error{Status: http.StatusUnauthorized, Code: "invalid_client", Description: description}
}

// notRegistered refuses the URI in a parameter, and says what is registered and
// which flag of assay idp registers it.
func notRegistered(code, parameter, asked, registered, flag string) error {
	return Refuse(code, fmt.Sprintf("%s is not registered for this client: %s (registered: %s; to register it: assay idp %s URI)",
		parameter, asked, registered, flag))
}

// translate returns the error as an [*Error], or nil. fosite's descriptions are
// whole paragraphs, and some of its codes are its own, which clients do not
// know.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if own := (*Error)(nil); errors.As(err, &own) {
		return own
	}
	theirs := fosite.ErrorToRFC6749Error(err)
	switch {
	case errors.Is(err,
		fosite.ErrInvalidatedAuthorizeCode), errors.Is(err, fosite.ErrInactiveToken):
		// Of two requests at the same time with one code or refresh token,
		// fosite mistakes the later one for a failure of the store.
		return Refuse("invalid_grant", "it was already used or is revoked")
	case errors.Is(err, fosite.ErrNotFound) && theirs.HintField == "":
		return Refuse("invalid_grant", "it is unknown or expired")
	}
	e := &Error{theirs.CodeField, theirs.ErrorField, theirs.HintField, reason(err)}
	if e.Description == "" {
		e.Description = theirs.DescriptionField
	}
	switch e.Code {
	case "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client",
		"unsupported_grant_type", "invalid_scope", "access_denied",
		"unsupported_response_type", "server_error", "temporarily_unavailable",
		"interaction_required", "login_required", "consent_required",
		"request_not_supported", "request_uri_not_supported", "registration_not_supported":
		// The codes of RFC 6749 and OIDC Core 1.0, 3.1.2.6 stay.
	case "unsupported_response_mode":
		e.Code = "invalid_request"
	default:
		e.Status, e.Code, e.Description = http.StatusInternalServerError, "server_error", "internal error"
	}
	return e
}

// reason returns what fosite keeps from clients.
func reason(err error) string {
	if theirs := (*fosite.RFC6749Error)(nil); errors.As(err, &theirs) && theirs.DebugField != "" {
		return theirs.DebugField
	}
	return err.Error()
}

// Reporter answers requests with errors, and logs those that are the server's
// own.
type Reporter struct {
	Issuer string
	Logger *slog.Logger
}

// Report returns what to tell the client about an error.
func (p *Reporter) Report(r *http.Request, err error) *Error {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{http.StatusInternalServerError, "server_error", "internal error", err.Error()}
	}
	if e.Status >= http.StatusInternalServerError {
		p.Logger.Error("request failed", "issuer", p.Issuer, "path", r.URL.Path, "error", e.cause)
	}
	return e
}

// Fail answers with the error in JSON.
func (p *Reporter) Fail(w http.ResponseWriter, r *http.Request, err error) {
	e := p.Report(r, err)
	if _, _, basic := r.BasicAuth(); basic && e.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="`+p.Issuer+`"`)
	}
	answer.Error(w, e.Status, e.Code, e.Description)
}
