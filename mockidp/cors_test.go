package mockidp_test

import (
	"net/http"
	"testing"

	"github.com/assay-id/assay/mockidp"
)

func TestScriptsMayReadAnswers(t *testing.T) {
	t.Parallel()
	e := only(t, mockidp.EnvironmentConfig{})
	c := browser(t)
	tests := []struct {
		name, method, path, origin string
		allowed                    bool
	}{
		{"JWK Set", http.MethodGet, "/keys", "https://app.example.com", true},
		{"metadata, from a loopback address", http.MethodGet, "/.well-known/openid-configuration", "http://127.0.0.1:5173", true},
		{"an error", http.MethodPost, "/oauth/token", "https://app.example.com", true},
		{"preflight", http.MethodOptions, "/oauth/token", "https://app.example.com", true},
		{"another origin", http.MethodGet, "/keys", "https://evil.example.com", false},
		{"another scheme", http.MethodGet, "/keys", "http://app.example.com", false},
		{"another port", http.MethodGet, "/keys", "https://app.example.com:8443", false},
		{"no origin to speak of", http.MethodGet, "/keys", "null", false},
		{"preflight of another origin", http.MethodOptions, "/oauth/token", "https://evil.example.com", false},
		{"an endpoint for browsers", http.MethodGet, "/oauth/authorize", "https://app.example.com", false},
		{"an endpoint for servers", http.MethodPost, "/oauth/introspect", "https://app.example.com", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := http.NewRequestWithContext(t.Context(), tt.method, e.Issuer()+tt.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Origin", tt.origin)
			if tt.method == http.MethodOptions {
				r.Header.Set("Access-Control-Request-Method", "POST")
			}
			got := do(t, c, r)
			want := ""
			if tt.allowed {
				want = tt.origin
			}
			if allowed := got.Header.Get("Access-Control-Allow-Origin"); allowed != want {
				t.Errorf("Access-Control-Allow-Origin is %q, want %q", allowed, want)
			}
			preflight := got.StatusCode == http.StatusNoContent && got.Header.Get("Access-Control-Allow-Methods") == "POST"
			if preflight != (tt.allowed && tt.method == http.MethodOptions) {
				t.Errorf("the answer is %d %v", got.StatusCode, got.Header)
			}
		})
	}
}
