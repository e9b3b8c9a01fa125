package verifier_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assay-id/assay/verifier"
)

// The good configuration and the good token that every test starts from.
const (
	testIssuer = "https://acme.scalekit.com"
	testClient = "skc_58327482062864390"
	testKeyID  = "snk_84014140912135631"
)

// testNow is the clock of every test that does not move it.
var testNow = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// testKey is one RSA key for all tests: making one takes a tenth of a second.
// The others are for those that need a second or a third.
var (
	testKey  = sync.OnceValue(newRSAKey)
	otherKey = sync.OnceValue(newRSAKey)
	thirdKey = sync.OnceValue(newRSAKey)
)

func newRSAKey() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
}

// object is a JSON object in a test.
type object = map[string]any

// with returns a copy of base with changes laid over it. A nil value removes.
func with(base, changes object) object {
	out := maps.Clone(base)
	for name, v := range changes {
		if v == nil {
			delete(out, name)
			continue
		}
		out[name] = v
	}
	return out
}

// null is the JSON null, which with cannot express by nil.
var null = json.RawMessage("null")

func goodHeader() object {
	return object{"alg": "RS256", "kid": testKeyID, "typ": "JWT"}
}

func goodClaims() object {
	return object{
		"iss": testIssuer, "sub": "usr_63261014140912135", "aud": []string{testClient},
		"azp": testClient, "client_id": testClient,
		"oid": "org_59615193906282635", "sid": "ses_65274187031249433", "amr": []string{"conn_123"},
		"email": "john.doe@example.com", "email_verified": true, "name": "John Doe",
		"iat": testNow.Unix(), "exp": testNow.Add(5 * time.Minute).Unix(),
	}
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// sign makes a token of two JSON values, which may also be raw bytes.
func sign(t testing.TB, header, claims any) string {
	t.Helper()
	return signText(t, encode(text(t, header))+"."+encode(text(t, claims)))
}

func text(t testing.TB, v any) []byte {
	t.Helper()
	if raw, ok := v.([]byte); ok {
		return raw
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// signText signs any text with the test key and appends the signature.
func signText(t testing.TB, input string) string {
	t.Helper()
	digest := sha256.Sum256([]byte(input))
	sig, err := rsa.SignPKCS1v15(nil, testKey(), crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + encode(sig)
}

// jwkOf returns the public JWK of the test key.
func jwkOf(kid string, changes object) object {
	return with(object{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid,
		"n": encode(testKey().N.Bytes()), "e": "AQAB",
	}, changes)
}

// keySet returns the JSON text of a JWK Set.
func keySet(t testing.TB, keys ...any) []byte {
	t.Helper()
	return text(t, object{"keys": keys})
}

// newVerifier returns a verifier with the test key as its static set and the
// clock at testNow.
func newVerifier(t testing.TB, change func(*verifier.Config)) *verifier.Verifier {
	t.Helper()
	source, err := verifier.Static(keySet(t, jwkOf(testKeyID, nil)))
	if err != nil {
		t.Fatal(err)
	}
	cfg := verifier.Config{
		Issuer: testIssuer, Audience: []string{testClient},
		Keys: source, Now: func() time.Time { return testNow },
	}
	if change != nil {
		change(&cfg)
	}
	v, err := verifier.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func decode(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestUnverifiedToken(t *testing.T) {
	t.Parallel()
	type claims struct {
		Subject string   `json:"sub"`
		Roles   []string `json:"roles"`
	}
	want := claims{Subject: "usr_1", Roles: []string{"admin"}}
	token, err := verifier.UnverifiedToken(want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := verifier.Claims[claims](token); err != nil || token.Subject != "usr_1" || !slices.Equal(got.Roles, want.Roles) {
		t.Errorf("Claims = %+v, %v, sub %q, want %+v", got, err, token.Subject, want)
	}
	for _, test := range []struct {
		name   string
		claims any
		want   string
	}{
		{"no object", []int{1}, "want a JSON object"},
		{"nil", nil, "want a JSON object"},
		{"not JSON", object{"sub": func() {}}, "encoding claims"},
		{"a claim of the wrong type", object{"sub": "usr_1", "exp": "tomorrow"}, "exp: it has the wrong type"},
	} {
		if token, err := verifier.UnverifiedToken(test.claims); err == nil || token != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: UnverifiedToken = %v, %v, want a word on %q",
				test.name, token, err, test.want)
		}
	}
}
