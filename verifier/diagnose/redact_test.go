package diagnose_test

import (
	"testing"

	"github.com/assay-id/assay/verifier/diagnose"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"a token", "iss is eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln here", "iss is (hidden) here"},
		{"a client secret", `"test_c2VjcmV0c2VjcmV0"`, `"(hidden)"`},
		{"a private key", "-----BEGIN PRIVATE KEY-----\nMIIE\nvAIB\n-----END PRIVATE KEY----- end", "(hidden) end"},
		{"part of a private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nvAIB", "(hidden)"},
		{"the password of a URL", "https://ann:hunter2@id.example/x", "https://ann:(hidden)@id.example/x"},
		{"a URL with a user only", "https://id.example@evil.example", "https://id.example@evil.example"},
		{"a URL with a port", "https://id.example:8443/ann@example.com", "https://id.example:8443/ann@example.com"},
		{"a known secret", "it is open sesame", "it is (hidden)"},
	}
	for _, test := range tests {
		if got := diagnose.Redact(test.text, "open sesame"); got != test.want {
			t.Errorf("%s: Redact(%q) = %q, want %q", test.name, test.text, got, test.want)
		}
	}
}
