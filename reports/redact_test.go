package reports_test

import (
	"testing"

	"github.com/assay-id/assay/reports"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want string }{
		{"http://user:s3cret@app:9000/assay", "http://REDACTED@app:9000/assay"},
		{"https://s3cret@app", "https://REDACTED@app"},
		{"http://a:s3c@ret@app/x@y", "http://REDACTED@app/x@y"},
		{"http://app/x?key=s3cret&b=s3cret2#top", "http://app/x?key=REDACTED&b=REDACTED#top"},
		{"http://app?s3cret", "http://app?REDACTED"},
		{"http://%zz:s3cret@app/%", "http://REDACTED@app/%"},
		{"--implementation 'http://u:s3cret@app/?k=s3cret'", "--implementation 'http://REDACTED@app/?k=REDACTED'"},
		{`Post "http://u:s3cret@app/?k=s3cret": EOF`, `Post "http://REDACTED@app/?k=REDACTED": EOF`},
		{"exec:node a.js --api-key s3cret --port 9", "exec:node a.js --api-key REDACTED --port 9"},
		{"exec:env CLIENT_SECRET='s3cret x' node a.js", "exec:env CLIENT_SECRET=REDACTED node a.js"},
		{"--access-token=s3cret", "--access-token=REDACTED"},
		{"Authorization: Bearer s3cret", "Authorization: REDACTED"},
		{"'Cookie: session=s3cret; b=s3cret'", "'Cookie: REDACTED'"},
		{"X-Auth-Token: s3cret", "X-Auth-Token: REDACTED"},
		{"X-Api-Key: s3cret", "X-Api-Key: REDACTED"},

		{"http://127.0.0.1:8080/verify", "http://127.0.0.1:8080/verify"},
		{"the token is expired, want a secret of 32 bytes", "the token is expired, want a secret of 32 bytes"},
		{"assay run aud.prefix --seed 7f3a --implementation 'exec:node my.js'", "assay run aud.prefix --seed 7f3a --implementation 'exec:node my.js'"},
		{"--tokens is 0, want more than 0", "--tokens is 0, want more than 0"},
		{"--client-secret needs --issuer", "--client-secret needs --issuer"},
		{"--token-response answer.json", "--token-response answer.json"},
		{"token: { claims: { iss: x } }", "token: { claims: { iss: x } }"},
		{"--mix good=1,expired=1", "--mix good=1,expired=1"},
	}
	for _, tt := range tests {
		if got := reports.Redact(tt.in); got != tt.want {
			t.Errorf("Redact(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// What is redacted once stays as it is.
func FuzzRedactTwice(f *testing.F) {
	f.Add("http://u:p@app/?k=v --token x Cookie: y")
	f.Fuzz(func(t *testing.T, s string) {
		once := reports.Redact(s)
		if twice := reports.Redact(once); twice != once {
			t.Errorf("Redact(%q) = %q, and again %q", s, once, twice)
		}
	})
}
