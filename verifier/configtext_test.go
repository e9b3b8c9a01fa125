package verifier_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
)

// What is printed and logged of a configuration: all that is set, with the
// defaults, and of the secret only that there is one.
func TestConfigText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		cfg   verifier.Config
		attrs int
		want  string
	}{
		{"nothing", verifier.Config{}, 5, `issuer="" audience="" algorithms="RS256 RS384 RS512 ES256 ES384 ES512" leeway=1m0s max_token_bytes=32768`},
		{"no leeway", verifier.Config{Leeway: verifier.NoLeeway, MaxTokenBytes: 4096}, 5, `issuer="" audience="" algorithms="RS256 RS384 RS512 ES256 ES384 ES512" leeway=0s max_token_bytes=4096`},
		{
			"as little as possible", verifier.Config{
				TrustedAudiences: []string{"c"}, MaxLifetime: 1, Require: verifier.Requirements{IssuedAt: true},
			},
			8,
			`issuer="" audience="" algorithms="RS256 RS384 RS512 ES256 ES384 ES512" leeway=1m0s max_token_bytes=32768 ` +
				`trusted_audiences="c" max_lifetime=1ns require="issued_at"`,
		},
		{
			"everything", verifier.Config{
				Issuer: "https://acme.scalekit.com", Audience: []string{"a", "b"}, TrustedAudiences: []string{"c", "d"},
				Algorithms: []verifier.Algorithm{verifier.ES256, verifier.HS256}, Leeway: time.Second, MaxLifetime: time.Hour,
				Require: verifier.Requirements{
					IssuedAt: true, TrustedAudiences: true, AuthorizedParty: true, IDTokenShape: true, ShortSubject: true,
					Organization: true, Organizations: []string{"org_1", "org_2"}, Connections: []string{"conn_1", "conn_2"},
					SessionID: true, VerifiedEmail: true,
				},
				Cache: verifier.CacheConfig{Tokens: 1}, Allow: verifier.Allowances{LoopbackHTTP: true},
				Rule:         func(context.Context, *verifier.Token) error { return nil },
				ClientSecret: []byte("x"),
			},
			12,
			`issuer="https://acme.scalekit.com" audience="a b" algorithms="ES256 HS256" leeway=1s max_token_bytes=32768 ` +
				`trusted_audiences="c d" max_lifetime=1h0m0s ` +
				`require="issued_at trusted_audiences authorized_party id_token_shape short_subject organization ` +
				`organizations=org_1,org_2 connections=conn_1,conn_2 session_id verified_email" ` +
				`cache_tokens=1 rule=true allow="loopback_http" client_secret="set"`,
		},
	}
	for _, test := range tests {
		if got := test.cfg.String(); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		var logged []string
		for _, a := range test.cfg.LogValue().Group() {
			if logged = append(logged, a.Key); !strings.Contains(test.want, a.Key+"=") {
				t.Errorf("%s: the log has %v", test.name, a)
			}
		}
		if len(logged) != test.attrs {
			t.Errorf("%s: the log has %q, want %d attributes", test.name, logged, test.attrs)
		}
	}
}
