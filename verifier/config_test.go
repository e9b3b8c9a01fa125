package verifier_test

import (
	"bytes"
	"crypto"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
)

const testSecret = "test_ciphertext_of_at_least_sixty-four_bytes_for_HS512_and_less_"

func goodConfig() verifier.Config {
	return verifier.Config{Issuer: testIssuer, Audience: []string{testClient}}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	symmetric := func(secret string, algs ...verifier.Algorithm) func(*verifier.Config) {
		return func(c *verifier.Config) { c.Algorithms, c.ClientSecret = algs, []byte(secret) }
	}
	tests := []struct {
		name   string
		change func(*verifier.Config)
		want   string // the field that is named; empty: accepted
	}{
		{"nothing", func(*verifier.Config) {}, ""},
		{"no issuer", func(c *verifier.Config) { c.Issuer = "" }, "Issuer"},
		{"issuer without scheme", func(c *verifier.Config) { c.Issuer = "acme.scalekit.com" }, "Issuer"},
		{"issuer over http", func(c *verifier.Config) { c.Issuer = "http://acme.scalekit.com" }, "Issuer"},
		{"issuer on loopback, not allowed", func(c *verifier.Config) { c.Issuer = "http://127.0.0.1:8080" }, "Issuer"},
		{"issuer on loopback, allowed", func(c *verifier.Config) { c.Issuer, c.Allow.LoopbackHTTP = "http://127.0.0.1:8080", true }, ""},
		{"issuer over http elsewhere, loopback allowed", func(c *verifier.Config) { c.Issuer, c.Allow.LoopbackHTTP = "http://10.0.0.1", true }, "Issuer"},
		{"issuer with a query", func(c *verifier.Config) { c.Issuer += "?x=1" }, "Issuer"},
		{"issuer with a fragment", func(c *verifier.Config) { c.Issuer += "#x" }, "Issuer"},
		{"issuer with credentials", func(c *verifier.Config) { c.Issuer = "https://u:p@acme.scalekit.com" }, "Issuer"},
		{"no audience", func(c *verifier.Config) { c.Audience = nil }, "Audience"},
		{"empty audience", func(c *verifier.Config) { c.Audience = []string{""} }, "Audience"},
		{"audience with a trailing space", func(c *verifier.Config) { c.Audience = []string{testClient + " "} }, "Audience"},
		{"empty organization", func(c *verifier.Config) { c.Require.Organizations = []string{""} }, "Require.Organizations"},
		{"empty connection", func(c *verifier.Config) { c.Require.Connections = []string{"conn_1", ""} }, "Require.Connections"},
		{"alg none", func(c *verifier.Config) { c.Algorithms = []verifier.Algorithm{"none"} }, "Algorithms"},
		{"alg unknown", func(c *verifier.Config) { c.Algorithms = []verifier.Algorithm{"RS1"} }, "Algorithms"},
		{"negative leeway", func(c *verifier.Config) { c.Leeway = -time.Second }, "Leeway"},
		{"leeway of eleven minutes", func(c *verifier.Config) { c.Leeway = 11 * time.Minute }, "Leeway"},
		{"no leeway", func(c *verifier.Config) { c.Leeway = verifier.NoLeeway }, ""},
		{"negative lifetime", func(c *verifier.Config) { c.MaxLifetime = -1 }, "MaxLifetime"},
		{"negative size", func(c *verifier.Config) { c.MaxTokenBytes = -1 }, "MaxTokenBytes"},
		{"negative timeout", func(c *verifier.Config) { c.Remote.FetchTimeout = -1 }, "Remote.FetchTimeout"},
		{"stale for two days", func(c *verifier.Config) { c.Remote.StaleFor = 48 * time.Hour }, "Remote.StaleFor"},
		{"fresh for two hours", func(c *verifier.Config) { c.Remote.FreshFor = 2 * time.Hour }, "Remote.FreshFor"},
		{"a seed that is no JWK Set", func(c *verifier.Config) { c.Remote.Seed = []byte("[]") }, "Remote.Seed"},
		{"a seed without a key", func(c *verifier.Config) { c.Remote.Seed = []byte(`{"keys":[]}`) }, "Remote.Seed"},
		{"a negative number of cached tokens", func(c *verifier.Config) { c.Cache.Tokens = -1 }, "Cache.Tokens"},
		{"a negative size of the cache", func(c *verifier.Config) { c.Cache.Bytes = -1 }, "Cache.Bytes"},
		{"a negative life of cached tokens", func(c *verifier.Config) { c.Cache.TTL = -1 }, "Cache.TTL"},
		{"cached tokens that live for two hours", func(c *verifier.Config) { c.Cache.TTL = 2 * time.Hour }, "Cache.TTL"},
		{"HS256 with its secret", symmetric(testSecret, verifier.HS256), ""},
		{"HS256 without secret", symmetric("", verifier.HS256), "ClientSecret"},
		{"HS256 with eight bytes", symmetric(testSecret[:8], verifier.HS256), "ClientSecret"},
		{"HS256 with 31 bytes", symmetric(testSecret[:31], verifier.HS256), "ClientSecret"},
		{"HS512 with a secret that suits HS256", symmetric(testSecret[:32], verifier.HS256, verifier.HS512), "ClientSecret"},
		{"HS256 together with RS256", symmetric(testSecret, verifier.RS256, verifier.HS256), "Algorithms"},
		{"a secret with RS256", symmetric(testSecret, verifier.RS256), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			cfg := goodConfig()
			test.change(&cfg)
			v, err := verifier.New(cfg)
			if test.want == "" {
				if err != nil {
					t.Fatalf("New = %v, want acceptance", err)
				}
				v.Close()
				return
			}
			if err == nil {
				t.Fatalf("New accepts it, want a mistake of %s", test.want)
			}
			if e, ok := firstError(err); !ok || e.Reason != verifier.ReasonConfigInvalid || e.Claim != test.want {
				t.Errorf("New = %v, want %s of %s", err, verifier.ReasonConfigInvalid, test.want)
			}
		})
	}
}

// firstError returns the first *Error of a joined error.
func firstError(err error) (*verifier.Error, bool) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		err = joined.Unwrap()[0]
	}
	e, ok := err.(*verifier.Error)
	return e, ok
}

func TestConfigDoesNotShowTheSecret(t *testing.T) {
	t.Parallel()
	cfg := goodConfig()
	cfg.Algorithms, cfg.ClientSecret = []verifier.Algorithm{verifier.HS256}, []byte(testSecret)
	var texts []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, cfg), fmt.Sprintf(verb, &cfg))
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("configured", "verifier", cfg)
	texts = append(texts, log.String())
	for _, text := range texts {
		for _, form := range []string{testSecret, fmt.Sprintf("%x", testSecret), fmt.Sprintf("%X", testSecret), fmt.Sprint([]byte(testSecret)), encode([]byte(testSecret))} {
			if strings.Contains(text, form) {
				t.Errorf("the secret shows: %s", text)
			}
		}
		if !strings.Contains(text, testIssuer) || !strings.Contains(text, "HS256") {
			t.Errorf("the configuration does not show: %s", text)
		}
	}
}

func TestVerifySymmetric(t *testing.T) {
	t.Parallel()
	secret := []byte(testSecret)
	hashes := map[verifier.Algorithm]crypto.Hash{
		verifier.HS256: crypto.SHA256, verifier.HS384: crypto.SHA384, verifier.HS512: crypto.SHA512,
	}
	for alg, hash := range hashes {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			cfg := goodConfig()
			cfg.Algorithms, cfg.ClientSecret = []verifier.Algorithm{alg}, secret
			cfg.Now = func() time.Time { return testNow }
			v, err := verifier.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if err := v.Ready(t.Context()); err != nil {
				t.Errorf("Ready = %v, want nil without a key source", err)
			}
			good := hmacSigner(alg, hash, secret)
			token, err := v.Verify(t.Context(), good.token(t, goodHeader(), goodClaims()))
			if err != nil || token.KeyID != "" || token.Algorithm != alg {
				t.Fatalf("Verify = %+v, %v", token, err)
			}
			other := hmacSigner(alg, hash, []byte(strings.ToUpper(testSecret)))
			wantRefusal(t, v, other.token(t, goodHeader(), goodClaims()), verifier.ReasonInvalidSignature, "")
			raw := good.token(t, goodHeader(), goodClaims())
			i := strings.LastIndexByte(raw, '.') + 1
			wantRefusal(t, v, raw[:i]+encode(decode(t, raw[i:])[:16]), verifier.ReasonInvalidSignature, "")
			both := with(goodClaims(), object{"aud": []string{testClient, "other"}})
			wantRefusal(t, v, good.token(t, goodHeader(), both), verifier.ReasonInvalidAudience, "aud")
			wantRefusal(t, v, sign(t, goodHeader(), goodClaims()), verifier.ReasonAlgNotAllowed, "alg")
		})
	}
}

// A symmetric key that a provider publishes by mistake verifies nothing.
func TestPublishedSymmetricKeyIsNotUsed(t *testing.T) {
	t.Parallel()
	set := keySet(t, object{"kty": "oct", "kid": "shared", "k": encode([]byte(testSecret))}, jwkOf(testKeyID, nil))
	source, err := verifier.Static(set)
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(t, func(c *verifier.Config) { c.Keys = source })
	raw := hmacSigner(verifier.HS256, crypto.SHA256, []byte(testSecret)).token(t, with(goodHeader(), object{"kid": "shared"}), goodClaims())
	wantRefusal(t, v, raw, verifier.ReasonAlgNotAllowed, "alg")
	wantRefusal(t, v, sign(t, with(goodHeader(), object{"kid": "shared"}), goodClaims()), verifier.ReasonKeyUnusable, "kid")
	if _, err := v.Verify(t.Context(), sign(t, goodHeader(), goodClaims())); err != nil {
		t.Errorf("the good key next to it: %v", err)
	}
}

func TestVerifyEveryAlgorithm(t *testing.T) {
	t.Parallel()
	for alg, s := range signers() {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			v := s.verifier(t, nil)
			raw := s.token(t, goodHeader(), goodClaims())
			for range 2 { // the second time the header is remembered
				if _, err := v.Verify(t.Context(), raw); err != nil {
					t.Fatalf("Verify = %v, want acceptance", err)
				}
			}
			i := strings.LastIndexByte(raw, '.') + 1
			wantRefusal(t, v, raw[:i]+encode(flip(decode(t, raw[i:]))), verifier.ReasonInvalidSignature, "")
			if alg != verifier.RS256 {
				char := s.verifier(t, func(c *verifier.Config) { c.Algorithms = []verifier.Algorithm{verifier.RS256} })
				wantRefusal(t, char, raw, verifier.ReasonAlgNotAllowed, "alg")
			}
		})
	}
}
