package diagnose

import (
	"errors"
	"regexp"
	"strings"

	"github.com/assay-id/assay/verifier"
)

// credential finds what looks like a token, a secret or a private key in any
// text.
var credential = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}(\.[A-Za-z0-9_=+/-]*)*|\b(test|live|rt|whsec)_[A-Za-z0-9_-]{12,}` +
	`|(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*-----|$)`)

// password finds the password of a URL. Its user name stays, because an issuer
// such as https://acme.scalekit.com@evil.example is recognized by it.
var password = regexp.MustCompile(`(://[^/?#@\s:]*:)[^/?#@\s]+@`)

// hidden replaces a credential in a text.
const hidden = "(hidden)"

// minSecret is the length from which a text that was given is treated as a
// secret. Shorter ones would hide parts of other words.
const minSecret = 8

// Redact returns text without what looks like a token or a secret, without the
// passwords of URLs, and without the secrets that the caller knows.
func Redact(text string, secrets ...string) string {
	for _, s := range secrets {
		if len(s) >= minSecret {
			text = strings.ReplaceAll(text, s, hidden)
		}
	}
	text = password.ReplaceAllString(text, "${1}"+hidden+"@")
	return credential.ReplaceAllString(text, hidden)
}

// RedactError returns a copy of a refusal of token that is safe to log, whatever
// the token says about itself. It returns nil for nil.
func RedactError(err *verifier.Error, token string) *verifier.Error {
	return redactor{token, token[strings.LastIndexByte(token, '.')+1:]}.refusal(err)
}

// redactor hides what must not be shown of one request.
type redactor []string

// newRedactor returns one for a request. An identifier is no secret, and hiding
// it would hide the configured one.
func newRedactor(req *Request, g *given) redactor {
	r := redactor{string(req.Config.ClientSecret)}
	if g.kind != KindIdentifier && g.kind != KindURL {
		r = append(r, req.Token, g.token)
	}
	for _, text := range []string{req.Token, g.token} {
		if i := strings.LastIndexByte(text, '.'); i >= 0 {
			r = append(r, text[i+1:])
		}
	}
	if in := req.Inputs; in != nil {
		r = append(r, in.AccessToken, in.Code, in.State)
		if in.Nonce != nil {
			r = append(r, *in.Nonce)
		}
	}
	return r
}

func (r redactor) text(s string) string { return Redact(s, r...) }

// refusal returns a copy of e without secrets. It returns nil for nil.
func (r redactor) refusal(e *verifier.Error) *verifier.Error {
	if e == nil {
		return nil
	}
	shown := *e
	for _, field := range []*string{&shown.Want, &shown.Got, &shown.Hint, &shown.Detail} {
		*field = r.text(*field)
	}
	if e.Err != nil {
		if text := r.text(e.Err.Error()); text != e.Err.Error() {
			shown.Err = errors.New(text)
		}
	}
	return &shown
}
