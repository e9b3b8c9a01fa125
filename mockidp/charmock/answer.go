package charmock

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// maxBody bounds a request body: four times the largest ID Token that proxies
// let through.
const maxBody = 128 << 10

// failure is the answer to a refused request.
type failure struct {
	status  int
	code    string
	message string
}

func (f *failure) Error() string { return f.code + ": " + f.message }

func invalidBody(message string) error {
	return &failure{http.StatusBadRequest, CodeInvalidBody, message}
}

// handle answers with what f returns, as JSON.
func (s *Server) handle(f func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		status, body := http.StatusOK, any(nil)
		answer, err := f(r)
		if body = answer; err != nil {
			status, body = problem(err)
		}
		s.allowOrigin(w, r)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(status)
		// The client may have left.
		_ = json.NewEncoder(w).Encode(body)
	}
}

// problem returns the answer to an error.
func problem(err error) (int, any) {
	f := &failure{http.StatusInternalServerError, "INTERNAL_ERROR", "the verifier gave no verdict"}
	var causes []Cause
	if refusal, ok := errors.AsType[*Refusal](err); ok {
		f = &failure{http.StatusUnauthorized, refusal.Code, refusal.Message}
		causes = refusal.Causes
		if refusal.Code == "JWKS_FETCH_FAILED" {
			// The token may be right, so the client may retry.
			f.status = http.StatusServiceUnavailable
		}
	}
	errors.As(err, &f)
	return f.status, map[string]any{"error": struct {
		Code    string  `json:"code"`
		Message string  `json:"message"`
		Causes  []Cause `json:"causes,omitempty"`
	}{f.code, f.message, causes}}
}

// readBody reads one JSON object into dst.
func readBody(r *http.Request, dst any) error {
	d := json.NewDecoder(r.Body)
	if err := d.Decode(dst); err != nil {
		return invalidBody("the body is not a JSON object of the documented members")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return invalidBody("something follows the JSON object")
	}
	return nil
}
