package verifier

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// TokenVerifier is what a middleware needs: a [Verifier] or [Tenants].
type TokenVerifier interface {
	Verify(ctx context.Context, rawIDToken string) (*Token, error)
}

// MiddlewareConfig configures [Middleware]. The zero value is usable.
type MiddlewareConfig struct {
	// Optional lets a request without credentials pass; [FromContext] then
	// reports that it has no token. A request with bad credentials is refused
	// all the same.
	Optional bool

	// AllowOptions lets OPTIONS requests without credentials pass: a browser
	// sends none with the preflight of a cross-origin request.
	AllowOptions bool

	// Realm is named in WWW-Authenticate. Empty means that none is.
	Realm string

	// Refused, if not nil, is called for every refused request before it is
	// answered, for a log. The error is an *Error.
	Refused func(r *http.Request, err error)

	// Explain, if not nil, returns the body of the answer to a refused request
	// with its media type, such as a diagnosis in JSON. The status and the
	// headers stay as documented. rawIDToken is empty if there was none; the
	// body must not repeat it. An empty body stands for the usual one.
	//
	// What Explain says, any stranger learns. Leave it nil in production.
	Explain func(r *http.Request, rawIDToken string, err error) (mediaType string, body []byte)
}

// maxAuthorizationBytes bounds the Authorization header, as proxies do.
const maxAuthorizationBytes = 8 << 10

// Middleware returns a middleware that verifies the ID Token in the
// Authorization header of each request. The next handler gets the token with
// [FromContext]. Requests are refused as RFC 6750, 3 specifies:
//
//	no credentials                     401
//	a header that cannot be read       400, invalid_request
//	KindInvalid                        401, invalid_token
//	ReasonPolicy                       403, insufficient_scope
//	KindUnavailable                    503, with Retry-After
//	KindConfiguration                  500
//
// An answer names the documented [Code] and nothing else, unless Explain says
// more. Tokens in the query
// or in a form are ignored: they end up in logs.
//
// In general an ID Token is not a credential for an API: it says who logged in,
// not what its bearer may do. It serves as one here because the product uses it
// so; what the user may do is for the application to check.
func Middleware(v TokenVerifier, cfg MiddlewareConfig) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			raw, present, err := bearer(r.Header)
			if err == nil && !present {
				if cfg.Optional || cfg.AllowOptions && r.Method == http.MethodOptions {
					next.ServeHTTP(w, r)
					return
				}
				err = &Error{Reason: ReasonMalformedToken, Claim: "Authorization"}
			}
			var t *Token
			if err == nil {
				t, err = v.Verify(r.Context(), raw)
			}
			if err != nil {
				if cfg.Refused != nil {
					cfg.Refused(r, err)
				}
				cfg.refuse(w, r, raw, present, err)
				return
			}
			next.ServeHTTP(w, r.WithContext(NewContext(r.Context(), t)))
		})
	}
}

// errBadHeader marks a refusal of the header rather than of the token in it.
var errBadHeader = errors.New("not one Bearer token")

// bearer returns the token of the Authorization header. It reports false if
// there is no header. RFC 6750, 2.1; RFC 9110, 11.1.
func bearer(h http.Header) (raw string, present bool, err error) {
	values := h.Values("Authorization")
	if len(values) == 0 {
		return "", false, nil
	}
	bad := func(format string, args ...any) (string, bool, error) {
		return "", true, &Error{
			Reason: ReasonMalformedToken, Claim: "Authorization",
			Detail: fmt.Sprintf(format, args...), Err: errBadHeader,
		}
	}
	if len(values) > 1 {
		return bad("it appears %d times, want once", len(values))
	}
	value := values[0]
	if len(value) > maxAuthorizationBytes {
		return bad("it has %d bytes, at most %d are allowed", len(value), maxAuthorizationBytes)
	}
	scheme, raw, found := strings.Cut(value, " ")
	raw = strings.TrimLeft(raw, " ")
	if !found || !strings.EqualFold(scheme, "Bearer") || raw == "" {
		return bad("want Bearer and a token")
	}
	return raw, true, nil
}

// refuse answers a request that is refused.
func (c *MiddlewareConfig) refuse(w http.ResponseWriter, r *http.Request, raw string, present bool, err error) {
	answer := func(text string, status int) {
		if c.Explain != nil {
			if mediaType, body := c.Explain(r, raw, err); len(body) > 0 {
				w.Header().Set("Content-Type", mediaType)
				w.WriteHeader(status)
				_, _ = w.Write(body) // what cannot be written has nobody to read it
				return
			}
		}
		http.Error(w, text, status)
	}
	status, params := http.StatusUnauthorized, []string{}
	if c.Realm != "" {
		params = append(params, "realm="+quote(c.Realm))
	}
	code := CodeOf(err)
	describe := func(name string) {
		params = append(params, `error="`+name+`"`, "error_description="+quote(string(code)))
	}
	e, ok := errors.AsType[*Error](err)
	switch {
	case !present: // without an error code. RFC 6750, 3.1
	case errors.Is(err, errBadHeader):
		status = http.StatusBadRequest
		describe("invalid_request")
	case !ok || e.Kind() == KindConfiguration:
		answer(http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	case e.Kind() == KindUnavailable:
		w.Header().Set("Retry-After", retryAfterSeconds(e.RetryAfter))
		answer(string(code), http.StatusServiceUnavailable)
		return
	case e.Reason == ReasonPolicy:
		status = http.StatusForbidden
		describe("insufficient_scope")
	default:
		describe("invalid_token")
	}
	challenge := "Bearer"
	if len(params) > 0 {
		challenge += " " + strings.Join(params, ", ")
	}
	w.Header().Set("WWW-Authenticate", challenge)
	text := string(code)
	if !present {
		text = http.StatusText(status)
	}
	answer(text, status)
}

// quote returns s as a quoted-string, without characters that it must not
// contain. RFC 9110, 5.6.4.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c >= 0x20 && c < 0x7F:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// retryAfterSeconds returns d in whole seconds, rounded up, and at least one.
func retryAfterSeconds(d time.Duration) string {
	seconds := (d + time.Second - 1) / time.Second
	return strconv.FormatInt(int64(max(seconds, 1)), 10)
}

// contextKey is the key of the token in a context.
type contextKey struct{}

// NewContext returns a context that carries t, for tests of handlers and for
// transports other than HTTP.
func NewContext(ctx context.Context, t *Token) context.Context {
	return context.WithValue(ctx, contextKey{}, t)
}

// FromContext returns the token that [Middleware] has verified. It reports
// false if there is none, because the middleware is not in use or because it
// is optional and the request had no credentials.
func FromContext(ctx context.Context) (*Token, bool) {
	t, ok := ctx.Value(contextKey{}).(*Token)
	return t, ok && t != nil
}
