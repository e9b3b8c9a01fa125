package request

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestParseFormHasADeadline looks at the deadline while the body is read, which
// over a network would take as long as the deadline is.
func TestParseFormHasADeadline(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPost, http.MethodPut} {
		w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
		body := &watched{Reader: strings.NewReader("a=b"), w: w}
		r := httptest.NewRequest(method, "/oauth/token?c=d", body)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if ParseForm(w, r) || r.Form.Get("a") != "b" || r.Form.Get("c") != "d" {
			t.Errorf("%s: the form is %v", method, r.Form)
		}
		if left := time.Until(body.deadline); left <= 0 || left > bodyTimeout {
			t.Errorf("%s: while reading, the deadline was %v away, want at most %v",
				method, left, bodyTimeout)
		}
		if !w.read.IsZero() {
			t.Errorf("%s: the deadline stays at %v for the answer", method, w.read)
		}
	}
}

// deadlines is what http.ResponseController sets.
type deadlines struct {
	*httptest.ResponseRecorder
	read time.Time
}

func (w *deadlines) SetReadDeadline(at time.Time) error {
	w.read = at
	return nil
}

// watched remembers the deadline of its first read.
type watched struct {
	*strings.Reader
	w        *deadlines
	deadline time.Time
}

func (b *watched) Read(p []byte) (int, error) {
	if b.deadline.IsZero() {
		b.deadline = b.w.read
	}
	return b.Reader.Read(p)
}
