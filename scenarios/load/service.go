package load

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/assay-id/assay/verifier"
)

// Verifier is the part of a [verifier.Verifier] that a service needs.
type Verifier interface {
	Verify(ctx context.Context, rawIDToken string) (*verifier.Token, error)
	Ready(ctx context.Context) error
}

// VerifyPath is the path at which the service judges tokens.
const VerifyPath = "/verify"

// ServiceOptions configure [NewService]. The zero value is usable.
type ServiceOptions struct {
	// Refused, if not nil, is called for every token that is refused or cannot
	// be judged, before the answer is sent. What it returns becomes the member
	// diagnosis of the answer, unless it is nil. It must be safe for concurrent
	// use, and neither keep nor return the token.
	Refused func(ctx context.Context, rawIDToken string, err error) any
}

// NewService returns the service that `assay serve` runs:
//
//	GET or POST /verify   the verdict on the ID Token of the Authorization header
//	GET /healthz          200 while the process serves
//	GET /readyz           200 if keys are loaded, 503 if they are unavailable
//
// A verdict is JSON. The answer to an accepted token is 200 with
// {"verdict":"accept"} and its sub, iss, aud and exp, and oid and sid if it has
// them. The answer to a refused one is 401 with
// {"verdict":"reject","code":…,"reason":…} and the WWW-Authenticate of RFC 6750,
// 3. If a token cannot be judged because the keys are unavailable, the answer is
// 503 with the same members, the verdict "unavailable", and Retry-After. No
// answer repeats anything of a refused token, unless opts asks for it. The
// handler is safe for concurrent use.
func NewService(v Verifier, opts ServiceOptions) http.Handler {
	mux := http.NewServeMux()
	judge := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { opts.serveVerdict(w, r, v) })
	mux.Handle("GET "+VerifyPath, judge)
	mux.Handle("POST "+VerifyPath, judge)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, health{Status: "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { serveReadiness(w, r, v) })
	return mux
}

// verdictAnswer is the body of a verdict.
type verdictAnswer struct {
	Verdict        string          `json:"verdict"`
	Subject        string          `json:"sub,omitempty"`
	Issuer         string          `json:"iss,omitempty"`
	Audience       []string        `json:"aud,omitempty"`
	Expiry         int64           `json:"exp,omitempty"`
	OrganizationID string          `json:"oid,omitempty"`
	SessionID      string          `json:"sid,omitempty"`
	Code           verifier.Code   `json:"code,omitempty"`
	Reason         verifier.Reason `json:"reason,omitempty"`
	Diagnosis      any             `json:"diagnosis,omitempty"`
}

// health is the body of an answer about the service itself.
type health struct {
	Status string          `json:"status"`
	Code   verifier.Code   `json:"code,omitempty"`
	Reason verifier.Reason `json:"reason,omitempty"`
}

// problem is the body of the answer to a request that cannot be judged.
type problem struct {
	Error string `json:"error"`
}

// maxRequestBody bounds the body of a request in bytes. It is read only to keep
// the connection open.
const maxRequestBody = 64 << 10

func (o *ServiceOptions) serveVerdict(w http.ResponseWriter, r *http.Request, v Verifier) {
	if _, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, maxRequestBody)); err != nil {
		if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
			answer(w, http.StatusRequestEntityTooLarge, problem{"the body is longer than " + strconv.Itoa(maxRequestBody) + " bytes"})
		}
		return // the client has gone
	}
	rawIDToken, err := bearer(r)
	if err != nil {
		w.Header().Set("WWW-Authenticate", err.challenge)
		answer(w, err.status, problem{err.message})
		return
	}
	token, verifyErr := v.Verify(r.Context(), rawIDToken)
	if verifyErr != nil {
		var diagnosis any
		if o.Refused != nil {
			diagnosis = o.Refused(r.Context(), rawIDToken, verifyErr)
		}
		refuse(w, verifyErr, diagnosis)
		return
	}
	answer(w, http.StatusOK, verdictAnswer{
		Verdict:        "accept",
		Subject:        token.Subject,
		Issuer:         token.Issuer,
		Audience:       token.Audience,
		Expiry:         token.Expiry.Unix(),
		OrganizationID: token.OrganizationID,
		SessionID:      token.SessionID,
	})
}

// refuse answers a request whose token was not accepted.
func refuse(w http.ResponseWriter, err error, diagnosis any) {
	a := verdictAnswer{Verdict: "reject", Code: verifier.CodeOf(err), Reason: verifier.ReasonOf(err), Diagnosis: diagnosis}
	switch kindOf(err) {
	case verifier.KindUnavailable:
		a.Verdict = "unavailable"
		setRetryAfter(w, err)
		answer(w, http.StatusServiceUnavailable, a)
	case verifier.KindConfiguration:
		a.Verdict = "unavailable"
		answer(w, http.StatusInternalServerError, a)
	default:
		// RFC 6750, 3.1. The code has no character that must be escaped.
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token", error_description="`+string(a.Code)+`"`)
		answer(w, http.StatusUnauthorized, a)
	}
}

func kindOf(err error) verifier.Kind {
	if e, ok := errors.AsType[*verifier.Error](err); ok {
		return e.Kind()
	}
	return verifier.KindInvalid
}

// setRetryAfter sets Retry-After in whole seconds, at least one. RFC 9110,
// 10.2.3.
func setRetryAfter(w http.ResponseWriter, err error) {
	seconds := 1.0
	if e, ok := errors.AsType[*verifier.Error](err); ok {
		seconds = max(seconds, math.Ceil(e.RetryAfter.Seconds()))
	}
	w.Header().Set("Retry-After", strconv.FormatFloat(seconds, 'f', 0, 64))
}

// readyWait bounds how long a readiness check may wait for keys.
const readyWait = 2 * time.Second

func serveReadiness(w http.ResponseWriter, r *http.Request, v Verifier) {
	ctx, cancel := context.WithTimeout(r.Context(), readyWait)
	defer cancel()
	if err := v.Ready(ctx); err != nil {
		setRetryAfter(w, err)
		answer(w, http.StatusServiceUnavailable, health{Status: "no keys", Code: verifier.CodeOf(err), Reason: verifier.ReasonOf(err)})
		return
	}
	answer(w, http.StatusOK, health{Status: "ready"})
}

// bearerError says that a request has no usable bearer token.
type bearerError struct {
	status             int
	message, challenge string
}

// bearer returns the token of the Authorization header. RFC 6750, 2.1 and 3.1:
// a request without one gets no error code, and a request with two is malformed.
// A token in the query or the body is ignored.
func bearer(r *http.Request) (string, *bearerError) {
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		return "", &bearerError{http.StatusUnauthorized, "no Authorization header, want Bearer and an ID Token", "Bearer"}
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	switch {
	case len(values) > 1:
		return "", &bearerError{http.StatusBadRequest, "more than one Authorization header", `Bearer error="invalid_request"`}
	case !strings.EqualFold(scheme, "Bearer"):
		return "", &bearerError{http.StatusUnauthorized, "the Authorization header is not of the scheme Bearer", "Bearer"}
	}
	return strings.TrimLeft(token, " "), nil
}

// answer writes body as JSON. It ignores errors: if writing fails, the client has
// gone.
func answer(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic("load: internal error: an answer is not JSON: " + err.Error())
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(append(text, '\n'))
}
