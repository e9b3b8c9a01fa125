package diagnose_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/assay-id/assay/verifier"
	"github.com/assay-id/assay/verifier/diagnose"
)

type object map[string]any

// with returns base with changes; nil removes a member.
func with(base, changes object) object {
	out := maps.Clone(base)
	for name, v := range changes {
		if v == nil {
			delete(out, name)
		} else {
			out[name] = v
		}
	}
	return out
}

func goodHeader() object { return object{"alg": "RS256", "kid": "snk_1", "typ": "JWT"} }

// goodClaims are those of an ID Token as Scalekit documents it.
func goodClaims() object {
	return object{
		"iss": issuer, "aud": []string{client}, "azp": client, "client_id": client,
		"sub": "usr_63261014140912135", "oid": "org_59615193906282635", "sid": "ses_65274187031249433", "amr": []string{"conn_123"},
		"at_hash": "ec_jU2ZKpFelCKLTRWiRsg", "c_hash": "6wMreK9kWQQY6O5R0CiiYg",
		"email": "john.doe@example.com", "email_verified": true, "name": "John Doe",
		"iat": now.Unix(), "exp": now.Unix() + 1800,
	}
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

var key = sync.OnceValue(func() *rsa.PrivateKey { return newKey(2048) })

func newKey(bits int) *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return k
}

// sign makes a token of two JSON values.
func sign(t testing.TB, header, claims object) string {
	t.Helper()
	input := encode(text(t, header)) + "." + encode(text(t, claims))
	digest := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(nil, key(), crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + encode(sig)
}

func text(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// published is the JWK Set: the key of the tokens, and one that is too weak.
func published(t testing.TB) *verifier.KeySet {
	t.Helper()
	weak := key().N.Bytes()[:128]
	set, err := verifier.ParseKeySet(text(t, object{"keys": []object{
		{"kty": "RSA", "use": "sig", "kid": "snk_1", "n": encode(key().N.Bytes()), "e": "AQAB"},
		{"kty": "RSA", "use": "sig", "kid": "weak", "n": encode(weak), "e": "AQAB"},
	}}))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// describe returns a diagnosis as text, for failures.
func describe(d *diagnose.Diagnosis) string {
	var b strings.Builder
	for _, c := range d.Causes {
		fmt.Fprintf(&b, "%s (%s, %s): %s; %s; %s\n", c.Name, c.Fit, c.Documented, c.Text, c.Evidence, c.Do)
	}
	for _, s := range d.Steps {
		fmt.Fprintf(&b, "  %s %s %v %s\n", s.Check, s.Result, s.Err, s.Note)
	}
	return b.String()
}
