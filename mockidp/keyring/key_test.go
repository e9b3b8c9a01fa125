package keyring_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v3"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp/keyring"
)

// TestSign checks every alg twice: with crypto/* and with another JOSE
// library, which reads the key from its JWK.
func TestSign(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	for _, alg := range keyring.Algs() {
		t.Run(alg, func(t *testing.T) {
			t.Parallel()
			k := source.Key("sign", alg)
			header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"` + alg + `"}`))
			input := header + "." + base64.RawURLEncoding.EncodeToString([]byte("payload"))
			signature, err := k.Sign(alg, []byte(input))
			if err != nil {
				t.Fatalf("Sign() = %v", err)
			}
			if !verify(t, k, alg, []byte(input), signature) {
				t.Errorf("crypto/* does not verify the signature")
			}
			if verify(t, k, alg, []byte(input+"x"), signature) {
				t.Errorf("crypto/* verifies the signature over another input")
			}

			jws, err := jose.ParseSigned(input + "." + base64.RawURLEncoding.EncodeToString(signature))
			if err != nil {
				t.Fatalf("go-jose does not parse the token: %v", err)
			}
			payload, err := jws.Verify(parseJWK(t, k))
			if err != nil {
				t.Fatalf("go-jose does not verify the signature: %v", err)
			}
			if string(payload) != "payload" {
				t.Errorf("payload is %q", payload)
			}
		})
	}
}

func TestSignIsReproducible(t *testing.T) {
	t.Parallel()
	for _, alg := range keyring.Algs() {
		k := keyring.NewSource(1).Key("sign", alg)
		first, err := k.Sign(alg, []byte("input"))
		if err != nil {
			t.Fatalf("Sign(%s) = %v", alg, err)
		}
		second, _ := k.Sign(alg, []byte("input"))
		if !bytes.Equal(first, second) {
			t.Errorf("two %s signatures over the same input differ", alg)
		}
		other, _ := k.Sign(alg, []byte("other"))
		if bytes.Equal(first, other) {
			t.Errorf("%s signatures over different inputs are the same", alg)
		}
	}
}

func TestSignOtherAlg(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	tests := []struct {
		name    string
		key     *keyring.Key
		alg     string
		wantErr string
	}{
		{"RSA key signs another hash", source.Key("k", "RS256"), "RS512", ""},
		{"RSA key signs PSS", source.Key("k", "RS256"), "PS384", ""},
		{"RSA key and ES256", source.Key("k", "RS256"), "ES256", "needs the key type P-256"},
		{"P-256 key and ES384", source.Key("k", "ES256"), "ES384", "needs the key type P-384"},
		{"P-256 key and RS256", source.Key("k", "ES256"), "RS256", "needs the key type RSA"},
		{"P-256 key and EdDSA", source.Key("k", "ES256"), "EdDSA", "needs the key type Ed25519"},
		{"HMAC", source.Key("k", "RS256"), "HS256", `alg is "HS256", want one of RS256`},
		{"no alg", source.Key("k", "RS256"), "", `alg is "", want one of RS256`},
		{"another case", source.Key("k", "RS256"), "rs256", `alg is "rs256"`},
		{"PS512 with 1024 bits", source.RSA("k", "RS256", 1024), "PS512", "signing PS512 with key"},
		{"published for ES256, still an RSA key", source.Key("k", "RS256").WithAlg("ES256"), "ES256", "needs the key type P-256"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			signature, err := tt.key.Sign(tt.alg, []byte("input"))
			if tt.wantErr == "" {
				if err != nil {
					t.Fatalf("Sign(%s) = %v", tt.alg, err)
				}
				if !verify(t, tt.key, tt.alg, []byte("input"), signature) {
					t.Errorf("Sign(%s) does not verify", tt.alg)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
				t.Errorf("Sign(%s) = %v, want an error with %q", tt.alg, err, tt.wantErr)
			}
		})
	}
}

func TestNewKey(t *testing.T) {
	t.Parallel()
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if k, err := keyring.NewKey("own", "EdDSA", edwards); err != nil || k.ID() != "own" {
		t.Errorf("NewKey(own, EdDSA) = %v, %v", k, err)
	}
	tests := []struct {
		name    string
		alg     string
		private crypto.Signer
		want    string
	}{
		{"curve without an alg", "ES256", p224, "P-224"},
		{"key of another alg", "RS256", edwards, "needs the key type RSA"},
		{"no private key", "RS256", nil, "is a <nil>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := keyring.NewKey("own", tt.alg, tt.private); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("NewKey(%s) = %v, want an error with %q", tt.alg, err, tt.want)
			}
		})
	}
}

func TestJWK(t *testing.T) {
	t.Parallel()
	source := keyring.NewSource(1)
	tests := []struct {
		alg   string
		names []string
		fixed map[string]string
	}{
		{"RS256", []string{"kty", "use", "kid", "alg", "n", "e"}, map[string]string{"kty": "RSA", "e": "AQAB"}},
		{"PS512", []string{"kty", "use", "kid", "alg", "n", "e"}, map[string]string{"kty": "RSA", "alg": "PS512"}},
		{"ES256", []string{"kty", "use", "kid", "alg", "crv", "x", "y"}, map[string]string{"kty": "EC", "crv": "P-256"}},
		{"ES384", []string{"kty", "use", "kid", "alg", "crv", "x", "y"}, map[string]string{"crv": "P-384"}},
		{"ES512", []string{"kty", "use", "kid", "alg", "crv", "x", "y"}, map[string]string{"crv": "P-521"}},
		{"EdDSA", []string{"kty", "use", "kid", "alg", "crv", "x"}, map[string]string{"kty": "OKP", "crv": "Ed25519"}},
	}
	for _, tt := range tests {
		t.Run(tt.alg, func(t *testing.T) {
			t.Parallel()
			k := source.Key("jwk", tt.alg)
			jwk := k.JWK()
			var names []string
			for _, m := range jwk {
				names = append(names, m.Name)
			}
			if diff := cmp.Diff(tt.names, names); diff != "" {
				t.Errorf("members of JWK() (-want +got):\n%s", diff)
			}
			for name, want := range map[string]string{"use": "sig", "kid": k.ID(), "alg": tt.alg} {
				if got, _ := jwk.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			for name, want := range tt.fixed {
				if got, _ := jwk.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			if parsed := parseJWK(t, k); !parsed.Valid() {
				t.Errorf("go-jose holds the JWK for invalid")
			}
		})
	}
}

func TestWithIDAndAlg(t *testing.T) {
	t.Parallel()
	k := keyring.NewSource(1).Key("with", "ES256")
	other := k.WithID("other").WithAlg("ES384")
	if other.ID() != "other" || other.Alg() != "ES384" || !other.Same(k) {
		t.Errorf("WithID, WithAlg = %s %s, same key %v", other.ID(), other.Alg(), other.Same(k))
	}
	if k.ID() == "other" || k.Alg() != "ES256" {
		t.Errorf("the key itself became %s %s", k.ID(), k.Alg())
	}
	kid, _ := other.JWK().Get("kid")
	alg, _ := other.JWK().Get("alg")
	if kid != "other" || alg != "ES384" {
		t.Errorf("JWK() of the other has kid %q and alg %q", kid, alg)
	}
}

func TestHash(t *testing.T) {
	t.Parallel()
	want := map[string]crypto.Hash{
		"RS256": crypto.SHA256, "PS384": crypto.SHA384, "ES512": crypto.SHA512, "EdDSA": crypto.SHA512,
	}
	for alg, hash := range want {
		if got, ok := keyring.Hash(alg); got != hash || !ok {
			t.Errorf("Hash(%s) = %v, %v, want %v", alg, got, ok, hash)
		}
	}
	if got, ok := keyring.Hash("none"); ok {
		t.Errorf("Hash(none) = %v, want nothing", got)
	}
}

func parseJWK(t *testing.T, k *keyring.Key) *jose.JSONWebKey {
	t.Helper()
	raw, err := json.Marshal(k.JWK())
	if err != nil {
		t.Fatalf("marshalling the JWK: %v", err)
	}
	var parsed jose.JSONWebKey
	if err := json.Unmarshal(raw, &parsed); err != nil {
		t.Fatalf("go-jose does not parse the JWK %s: %v", raw, err)
	}
	return &parsed
}

// verify is written from RFC 7518 and shares nothing with Sign.
func verify(t *testing.T, k *keyring.Key, alg string, input, signature []byte) bool {
	t.Helper()
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[alg[2:]]
	var digest []byte
	if hash != 0 {
		h := hash.New()
		h.Write(input)
		digest = h.Sum(nil)
	}
	switch public := k.Public().(type) {
	case *rsa.PublicKey:
		if strings.HasPrefix(alg, "PS") {
			return rsa.VerifyPSS(public, hash, digest, signature, &rsa.PSSOptions{SaltLength: hash.Size()}) == nil
		}
		return rsa.VerifyPKCS1v15(public, hash, digest, signature) == nil
	case *ecdsa.PublicKey:
		size := map[string]int{"ES256": 32, "ES384": 48, "ES512": 66}[alg]
		if len(signature) != 2*size {
			t.Errorf("%s signature has %d bytes, want %d", alg, len(signature), 2*size)
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
		return ecdsa.Verify(public, digest, r, s)
	case ed25519.PublicKey:
		return ed25519.Verify(public, input, signature)
	}
	t.Fatalf("Public() is a %T", k.Public())
	return false
}

func BenchmarkSign(b *testing.B) {
	source := keyring.NewSource(1)
	input := bytes.Repeat([]byte("x"), 900)
	for _, alg := range []string{"RS256", "PS256", "ES256", "EdDSA"} {
		k := source.Key("bench", alg)
		b.Run(alg, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := k.Sign(alg, input); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
