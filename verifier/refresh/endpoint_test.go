package refresh_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier/refresh"
)

// metadata serves provider metadata and answers every refresh. It counts the
// requests for either.
type metadata struct {
	status              int
	discovered, renewed int
}

func (m *metadata) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	if strings.HasPrefix(r.URL.Path, "/.well-known/") {
		m.discovered++
		rec.WriteHeader(m.status)
		rec.WriteString(`{"issuer":"` + testIssuer + `","jwks_uri":"` + testIssuer + `/keys","token_endpoint":"` + testEndpoint + `"}`)
	} else {
		m.renewed++
		rec.WriteString(`{"access_token":"at-2","token_type":"Bearer"}`)
	}
	return rec.Result(), nil
}

// A token endpoint that was looked up is known for a day, and for longer if it
// cannot be looked up then. A clock that was set back by more does not matter.
func TestTokenEndpointIsKept(t *testing.T) {
	t.Parallel()
	m := &metadata{status: http.StatusOK}
	now := time.Now()
	_, client, _ := newClient(t, func(c *refresh.Config) {
		c.Issuer, c.TokenEndpoint, c.Transport, c.Now = testIssuer, "", m, func() time.Time { return now }
	})
	for i, step := range []struct {
		wait       time.Duration
		status     int
		discovered int
	}{
		{0, 200, 1},
		{24*time.Hour - 1, 200, 1},
		{1, 200, 2},
		{-23 * time.Hour, 200, 2},
		{-time.Hour, 200, 3},
		{24 * time.Hour, 500, 4},
		{time.Minute, 200, 5},
	} {
		now, m.status = now.Add(step.wait), step.status
		_, err := client.Refresh(t.Context(), &refresh.Session{ID: "a", RefreshToken: "rt-1"})
		if err != nil || m.discovered != step.discovered || m.renewed != i+1 {
			t.Errorf("step %d: %v after %d discoveries and %d refreshes, want %d and %d",
				i, err, m.discovered, m.renewed, step.discovered, i+1)
		}
	}
}
