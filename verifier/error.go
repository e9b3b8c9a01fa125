package verifier

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"
)

// Error is a refusal, or the report that the token could not be judged. It
// never contains a token, a key or a secret.
type Error struct {
	// Reason is why; Reason.Code and Reason.Kind follow from it.
	Reason Reason

	// Claim is the claim, header parameter or configuration field at fault,
	// such as "aud", "kid" or "Issuer". Empty if there is no single one.
	Claim string

	// Want and Got are the expected value and the value found, cut to 128
	// bytes each. Either may be empty.
	Want, Got string

	// Verified tells whether the signature had been verified when the token
	// was refused. If it is false, Got is of unknown origin.
	Verified bool

	// RetryAfter is how long to wait before the next attempt can succeed.
	// Zero if waiting does not help or the time is not known.
	RetryAfter time.Duration

	// Hint says what would help, if the two values suggest it.
	Hint string

	// Detail explains a reason that has no pair of values. Empty if Want and
	// Got say it all.
	Detail string

	// Err is the cause, such as the error of a failed request. Nil if there is
	// none. Its text is shown, so it must not contain a secret.
	Err error

	// form is Detail with a %q for Got. It is formatted only when the error is
	// printed, so that a flood of refusals costs little.
	form string
}

// explanation returns Detail, or form with Got in it.
func (e *Error) explanation() string {
	if e.form != "" {
		return strings.Replace(e.form, "%q", strconv.Quote(e.Got), 1)
	}
	return e.Detail
}

// Code returns the documented code of e.
func (e *Error) Code() Code { return e.Reason.Code() }

// Kind returns who has to act on e.
func (e *Error) Kind() Kind { return e.Reason.Kind() }

// Causes returns the usual causes of e, most likely first.
func (e *Error) Causes() []string { return e.Code().Causes() }

// Error returns one line: the reason, what was found and what was expected.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(string(e.Reason))
	b.WriteString(": ")
	subject := e.Claim
	if subject == "" {
		subject = "token"
	}
	detail := e.explanation()
	switch {
	case detail != "":
		if e.Claim != "" {
			b.WriteString(e.Claim + ": ")
		}
		b.WriteString(detail)
	case e.Got != "" && e.Want != "":
		fmt.Fprintf(&b, "%s is %q, want %q", subject, e.Got, e.Want)
	case e.Got != "":
		fmt.Fprintf(&b, "%s is %q", subject, e.Got)
	case e.Want != "":
		fmt.Fprintf(&b, "%s is missing, want %q", subject, e.Want)
	case e.Claim != "":
		fmt.Fprintf(&b, "%s is missing", subject)
	default:
		b.WriteString("refused")
	}
	if e.Got != "" && !e.Verified && e.Kind() == KindInvalid {
		b.WriteString(" (unverified)")
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return b.String()
}

// Unwrap returns the cause, such as a *url.Error or the error of a context.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is an *Error of the same reason, so that
// errors.Is(err, &Error{Reason: ReasonTokenExpired}) holds for any refusal of
// that kind, whatever its details.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Reason == e.Reason && (t.Claim == "" || t.Claim == e.Claim)
}

// LogValue implements slog.LogValuer.
func (e *Error) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("code", string(e.Code())),
		slog.String("reason", string(e.Reason)),
	}
	add := func(key, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(key, value))
		}
	}
	add("claim", e.Claim)
	add("want", e.Want)
	if e.Verified {
		add("got", e.Got)
	} else {
		add("got_unverified", e.Got)
	}
	attrs = append(attrs, slog.Bool("signature_verified", e.Verified))
	if e.RetryAfter > 0 {
		attrs = append(attrs, slog.Duration("retry_after", e.RetryAfter))
	}
	add("detail", e.explanation())
	add("hint", e.Hint)
	if e.Err != nil {
		attrs = append(attrs, slog.String("cause", e.Err.Error()))
	}
	return slog.GroupValue(attrs...)
}

// CodeOf returns the documented code of err: empty for nil, the code of the
// first *Error in its chain, and INVALID_TOKEN for any other error, because
// an error that nobody classified must not read as success.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code()
	}
	return CodeInvalidToken
}

// ReasonOf returns the reason of the first *Error in err's chain, and the
// empty reason if there is none.
func ReasonOf(err error) Reason {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason
	}
	return ""
}

// maxErrorValue bounds Want and Got. An identifier of any provider fits; a
// hostile claim of one MiB does not reach a log.
const maxErrorValue = 128

// clip cuts s for use in an error, at a rune boundary.
func clip(s string) string {
	if len(s) <= maxErrorValue {
		return s
	}
	cut := maxErrorValue
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}

// malformed returns a refusal of the token's bytes.
func malformed(format string, args ...any) *Error {
	return &Error{Reason: ReasonMalformedToken, Detail: fmt.Sprintf(format, args...)}
}

// malformedClaim returns a refusal of one claim's type or range.
func malformedClaim(claim, format string, args ...any) *Error {
	return &Error{Reason: ReasonMalformedClaim, Claim: claim, Detail: fmt.Sprintf(format, args...)}
}
