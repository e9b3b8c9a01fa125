package refresh

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/assay-id/assay/verifier"
)

// ErrSignInRequired is in the chain of an error that ended the session: the
// user has to sign in again, and no further refresh can help.
var ErrSignInRequired = errors.New("the user has to sign in again")

// ErrNotFound is returned by a [Store] that has no session with an ID.
var ErrNotFound = errors.New("no such session")

// errClosed is in the chain of errors after Close.
var errClosed = errors.New("the client is closed")

// OAuthError is the error response of a token endpoint. It is in the chain of
// the error that it caused. RFC 6749, 5.2.
type OAuthError struct {
	// Status is the HTTP status.
	Status int
	// Code is the error parameter, such as invalid_grant. Empty if the answer
	// was not an OAuth error response.
	Code string
	// Description is error_description, cut and without control characters.
	Description string
}

// Error returns the status, the code and the description.
func (e *OAuthError) Error() string {
	text := fmt.Sprintf("status %d", e.Status)
	if e.Code != "" {
		text += fmt.Sprintf(", %q", e.Code)
	}
	if e.Description != "" {
		text += fmt.Sprintf(": %q", e.Description)
	}
	return text
}

// failed returns the error of a refresh that brought no tokens.
func failed(detail, hint string, cause error) *verifier.Error {
	return &verifier.Error{
		Reason: verifier.ReasonRefreshFailed, Detail: detail, Hint: hint, Err: cause,
	}
}

// meaning says what an answer without tokens means, and what would help.
func meaning(cause error) (detail, hint string) {
	e, ok := errors.AsType[*OAuthError](cause)
	switch {
	case !ok:
		return "the token endpoint answered with something other than tokens", ""
	case e.Code == "invalid_grant":
		return "the refresh token was refused", "it has expired, was revoked with the session, or was used before"
	case e.Code == "invalid_client":
		return "the client was refused",
			"the client secret is wrong or belongs to another environment; a value that begins with sks_ is the ID of a secret"
	case e.Code == "unauthorized_client":
		return "the client was refused", "it is not allowed to use refresh tokens"
	case e.Status == http.StatusTooManyRequests:
		return "the token endpoint asks to wait", ""
	}
	return "the token endpoint failed", ""
}

// ended adds ErrSignInRequired to the chain of err.
func ended(err *verifier.Error) *verifier.Error {
	err.Err = &endError{err.Err}
	return err
}

// endError adds ErrSignInRequired to a chain.
type endError struct{ cause error }

func (e *endError) Error() string {
	if e.cause == nil {
		return ErrSignInRequired.Error()
	}
	return e.cause.Error() + "; " + ErrSignInRequired.Error()
}

func (e *endError) Unwrap() []error {
	if e.cause == nil {
		return []error{ErrSignInRequired}
	}
	return []error{ErrSignInRequired, e.cause}
}

// maxText bounds what is quoted of an answer.
const maxText = 128

// printable cuts text that a server has sent and replaces its control
// characters.
func printable(text string) string {
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7F {
			return ' '
		}
		return r
	}, text)
}
