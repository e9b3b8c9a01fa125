package verifier_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/verifier"
)

func TestParseKeySetRefuses(t *testing.T) {
	t.Parallel()
	key := string(text(t, jwkOf(testKeyID, nil)))
	tests := []struct{ name, text string }{
		{"nothing", ""},
		{"no member keys", `{}`},
		{"Keys in another case", `{"Keys":[` + key + `]}`},
		{"keys is null", `{"keys":null}`},
		{"keys is an object", `{"keys":{}}`},
		{"keys is a string", `{"keys":"x"}`},
		{"a bare array", `[` + key + `]`},
		{"a bare key", key},
		{"keys twice", `{"keys":[],"keys":[` + key + `]}`},
		{"data after the set", `{"keys":[]}<!-- cdn -->`},
		{"a second object", `{"keys":[]}{}`},
		{"byte order mark", "\xEF\xBB\xBF" + `{"keys":[]}`},
		{"UTF-16", "\xFF\xFE{\x00}\x00"},
		{"a signed set", "eyJhbGciOiJSUzI1NiJ9.eyJrZXlzIjpbXX0.AAAA"},
		{"cut off", `{"keys":[` + key},
		{"not UTF-8", `{"keys":[],"x":"` + "\xC3\x28" + `"}`},
		{"HTML", `<html>`},
		{"an error", `{"error":"server_error"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := verifier.ParseKeySet([]byte(test.text)); verifier.ReasonOf(err) != verifier.ReasonJWKSInvalid {
				t.Errorf("ParseKeySet = %v, want %s", err, verifier.ReasonJWKSInvalid)
			}
		})
	}
}

// Each key is alone in its set, and the good token names it.
func TestKeyIsUnusable(t *testing.T) {
	t.Parallel()
	n := testKey().N
	rsaKey := func(changes object) object { return jwkOf(testKeyID, changes) }
	ec := func(alg verifier.Algorithm, changes object) object {
		return with(with(signers()[alg].jwk, object{"kid": testKeyID}), changes)
	}
	p256 := signers()[verifier.ES256].jwk
	x, y := decode(t, p256["x"].(string)), decode(t, p256["y"].(string))
	plus := func(b []byte, v int64, size int) string {
		sum := new(big.Int).SetBytes(b)
		return encode(sum.Add(sum, big.NewInt(v)).FillBytes(make([]byte, size)))
	}
	tests := []struct {
		name string
		jwk  any
		want string // a part of the reason; empty: usable
	}{
		{"the good key", rsaKey(nil), ""},
		{"no use", rsaKey(object{"use": nil}), ""},
		{"no alg", rsaKey(object{"alg": nil}), ""},
		{"key_ops verify", rsaKey(object{"use": nil, "key_ops": []string{"verify"}}), ""},
		{"unknown members", rsaKey(object{"x-ttl": 1, "exp": 1, "iat": "now"}), ""},
		{"x5u, never fetched", rsaKey(object{"x5u": "http://127.0.0.1:1/cert"}), ""},
		{"use enc", rsaKey(object{"use": "enc"}), "use"},
		{"use unknown", rsaKey(object{"use": "tls"}), "use"},
		{"use a number", rsaKey(object{"use": 1}), "use"},
		{"key_ops encrypt", rsaKey(object{"key_ops": []string{"encrypt"}}), "key_ops"},
		{"key_ops against use", rsaKey(object{"key_ops": []string{"wrapKey"}}), "key_ops"},
		{"alg of an encryption", rsaKey(object{"alg": "RSA-OAEP"}), "RSA-OAEP"},
		{"alg symmetric", rsaKey(object{"alg": "HS256"}), "HS256"},
		{"alg of another type", rsaKey(object{"alg": "ES256"}), "ES256"},
		{"alg a number", rsaKey(object{"alg": 256}), "alg"},
		{"kid a number", rsaKey(object{"kid": 1}), "kid"},
		{"kty absent", rsaKey(object{"kty": nil}), "kty"},
		{"kty unknown", rsaKey(object{"kty": "AKP"}), "AKP"},
		{"members in capitals", object{"kid": testKeyID, "KTY": "RSA", "N": encode(n.Bytes()), "E": "AQAB"}, "kty"},
		{"a member twice", json.RawMessage(`{"kty":"RSA","kty":"RSA","kid":"` + testKeyID + `","e":"AQAB","n":"` + encode(n.Bytes()) + `"}`), "JSON"},
		{"null", json.RawMessage("null"), "JSON object"},
		{"private members", rsaKey(object{"d": encode(testKey().D.Bytes())}), "private"},
		{"oct", object{"kty": "oct", "kid": testKeyID, "k": "AAAA"}, "symmetric"},
		{"RSA-1024", rsaKey(object{"n": encode(n.Bytes()[:128])}), "1024 bits"},
		{"RSA-2047", rsaKey(object{"n": encode(new(big.Int).Rsh(n, 1).Bytes())}), "2047 bits"},
		{"RSA-16384", rsaKey(object{"n": encode(new(big.Int).SetBit(new(big.Int).Lsh(n, 16384-2048), 0, 1).Bytes())}), "16384 bits"},
		{"n even", rsaKey(object{"n": plus(n.Bytes(), 1, 256)}), "even"},
		{"n zero", rsaKey(object{"n": "AA"}), "RSA modulus"},
		{"n absent", rsaKey(object{"n": nil}), "n is missing"},
		{"n with a zero ahead", rsaKey(object{"n": encode(append([]byte{0}, n.Bytes()...))}), ""},
		{"n in hexadecimal", rsaKey(object{"n": hex.EncodeToString(n.Bytes()) + "!"}), "base64url"},
		{"n in base64 with padding", rsaKey(object{"n": base64.URLEncoding.EncodeToString(n.Bytes())}), "base64url"},
		{"n known to be factored", rsaKey(object{"n": encode(roca().Bytes())}), "ROCA"},
		{"e one", rsaKey(object{"e": "AQ"}), "exponent"},
		{"e two", rsaKey(object{"e": "Ag"}), "exponent"},
		{"e even", rsaKey(object{"e": "AQAA"}), "exponent"},
		{"e three", rsaKey(object{"e": "Aw"}), ""},
		{"e of 33 bits", rsaKey(object{"e": encode([]byte{1, 0, 0, 0, 1})}), "exponent"},
		{"e of 65 bits that ends like a good one", rsaKey(object{"e": encode([]byte{1, 0, 0, 0, 0, 0, 1, 0, 1})}), "exponent"},
		{"e as wide as n", rsaKey(object{"e": encode(n.Bytes())}), "exponent"},
		{"x5c of the key", rsaKey(object{"x5c": []string{certificate(t, testKey())}}), ""},
		{"x5c of another key", rsaKey(object{"x5c": []string{certificate(t, otherKey())}}), "another key"},
		{"x5c alone", object{"kty": "RSA", "kid": testKeyID, "x5c": []string{certificate(t, testKey())}}, "n is missing"},
		{"x5c not base64", rsaKey(object{"x5c": []string{"!"}}), ""},
		{"x5c not a certificate", rsaKey(object{"x5c": []string{"AAAA"}}), ""},
		{"x5c empty", rsaKey(object{"x5c": []string{}}), ""},
		{"x5c a string", rsaKey(object{"x5c": "AAAA"}), ""},
		{"x5c null", rsaKey(object{"x5c": null}), ""},
		{"use, key_ops and alg null", rsaKey(object{"use": null, "key_ops": null, "alg": null}), ""},
		{"private members null", rsaKey(object{"d": null, "p": null, "q": null, "dp": null, "dq": null, "qi": null, "oth": null, "k": null}), ""},
		{"members of other types null", rsaKey(object{"crv": null, "x": null, "y": null, "x5t": null}), ""},
		{"n null", rsaKey(object{"n": null}), "n is missing"},
		{"kty null", rsaKey(object{"kty": null}), "kty"},
		{"P-256", ec(verifier.ES256, nil), ""},
		{"P-521", ec(verifier.ES512, nil), ""},
		{"off the curve", ec(verifier.ES256, object{"y": plus(y, 1, 32)}), "key"},
		{"zero point", ec(verifier.ES256, object{"x": encode(make([]byte, 32)), "y": encode(make([]byte, 32))}), "key"},
		{"x short by its zero", ec(verifier.ES256, object{"x": encode(x[1:])}), "31 bytes"},
		{"x not below the prime", ec(verifier.ES256, object{"x": encode(slices.Repeat([]byte{0xFF}, 32))}), "key"},
		{"P-384 labelled P-256", ec(verifier.ES384, object{"crv": "P-256"}), "48 bytes"},
		{"secp256k1", ec(verifier.ES256, object{"crv": "secp256k1"}), "secp256k1"},
		{"no y", ec(verifier.ES256, object{"y": nil}), "y is missing"},
		{"Ed25519", ec(verifier.EdDSA, nil), ""},
		{"X25519", ec(verifier.EdDSA, object{"crv": "X25519"}), "X25519"},
		{"Ed448", ec(verifier.EdDSA, object{"crv": "Ed448"}), "Ed448"},
		{"Ed25519 of 31 bytes", ec(verifier.EdDSA, object{"x": encode(make([]byte, 31))}), "31 bytes"},
		{"Ed25519 not on the curve", ec(verifier.EdDSA, object{"x": encode(append([]byte{2}, make([]byte, 31)...))}), "not on the curve"},
		{"Ed25519 not canonical", ec(verifier.EdDSA, object{"x": encode(slices.Concat([]byte{0xF0}, slices.Repeat([]byte{0xFF}, 30), []byte{0x7F}))}), "canonical"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			set, err := verifier.ParseKeySet(keySet(t, test.jwk))
			if err != nil {
				t.Fatal(err)
			}
			info := set.Info()[0]
			if (info.Unusable == "") != (test.want == "") || !strings.Contains(info.Unusable, test.want) {
				t.Errorf("unusable: %q, want a word on %q", info.Unusable, test.want)
			}
			if (info.Thumbprint == "") != (test.want != "") {
				t.Errorf("thumbprint %q", info.Thumbprint)
			}
		})
	}
}

// roca returns a 2048-bit modulus with the fingerprint of CVE-2017-15361: a
// power of 65537 modulo every small prime.
func roca() *big.Int {
	product := big.NewInt(1)
	for _, p := range []int64{2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167} {
		product.Mul(product, big.NewInt(p))
	}
	power := new(big.Int).Exp(big.NewInt(65537), big.NewInt(12345), product)
	n := new(big.Int).Lsh(big.NewInt(1), 2047)
	n.Add(n, new(big.Int).Sub(product, new(big.Int).Mod(n, product))) // a multiple of the product
	return n.Add(n, power)
}

// certificate returns a certificate of key that expired long ago.
func certificate(t testing.TB, key *rsa.PrivateKey) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

// Points of small order sign many messages at once: crypto/ed25519 shows that
// each of the keys refused here would have accepted a signature that nobody
// had to make.
func TestEd25519SmallOrder(t *testing.T) {
	t.Parallel()
	var points [][]byte
	for _, y := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		point, err := hex.DecodeString(y)
		if err != nil {
			t.Fatal(err)
		}
		negative := slices.Clone(point)
		negative[31] |= 0x80
		points = append(points, point, negative)
	}
	for _, public := range points {
		forged := false
		for i := range 64 {
			for _, r := range points {
				if ed25519.Verify(public, fmt.Append(nil, "message ", i), append(slices.Clone(r), make([]byte, 32)...)) {
					forged = true
				}
			}
		}
		set, err := verifier.ParseKeySet(keySet(t, object{"kty": "OKP", "crv": "Ed25519", "x": encode(public)}))
		if err != nil {
			t.Fatal(err)
		}
		if reason := set.Info()[0].Unusable; !strings.Contains(reason, "small order") || !forged {
			t.Errorf("the point %x: unusable %q, forged %v, want a small order and a forgery",
				public, reason, forged)
		}
	}
	for range 50 {
		public, _, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		set, err := verifier.ParseKeySet(keySet(t, object{"kty": "OKP", "crv": "Ed25519", "x": encode(public)}))
		if err != nil || set.Info()[0].Unusable != "" {
			t.Errorf("an honest key %x: %v, %v", public, set.Info(), err)
		}
	}
}

func TestThumbprintAgreesWithGoJose(t *testing.T) {
	t.Parallel()
	for alg, s := range signers() {
		data := text(t, with(s.jwk, object{"kid": "x", "alg": nil}))
		var key jose.JSONWebKey
		if err := key.UnmarshalJSON(data); err != nil {
			t.Fatal(err)
		}
		want, err := key.Thumbprint(crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		set, err := verifier.ParseKeySet(keySet(t, json.RawMessage(data)))
		if err != nil {
			t.Fatal(err)
		}
		if got := set.Info()[0].Thumbprint; got != encode(want) {
			t.Errorf("thumbprint of the %s key is %s, want %s", alg, got, encode(want))
		}
	}
}

func TestPinned(t *testing.T) {
	t.Parallel()
	set, err := verifier.ParseKeySet(keySet(t, jwkOf(testKeyID, nil)))
	if err != nil {
		t.Fatal(err)
	}
	pin := set.Info()[0].Thumbprint
	for name, pins := range map[string][]string{"no pin": nil, "not base64url": {"!"}, "too short": {pin[:40]}} {
		if _, err := verifier.Pinned(staticSet(t, jwkOf(testKeyID, nil)), pins...); verifier.ReasonOf(err) != verifier.ReasonConfigInvalid {
			t.Errorf("Pinned with %s = %v, want %s", name, err, verifier.ReasonConfigInvalid)
		}
	}

	p := newProvider(t)
	c := &clock{}
	remote, err := verifier.NewRemote(p.URL, verifier.RemoteConfig{LoopbackHTTP: true, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { remote.Close() })
	source, err := verifier.Pinned(remote, pin)
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(t, func(cfg *verifier.Config) {
		cfg.Issuer, cfg.Keys, cfg.Now = p.URL, source, c.now
		cfg.Allow.LoopbackHTTP = true
	})
	if got := reasonOf(t, v, p.token(t, testKeyID)); got != "" {
		t.Errorf("a token of the pinned key: %q, want acceptance", got)
	}
	evil := rsaSigner(verifier.RS256, crypto.SHA256, otherKey())
	forged := func(kid string) string {
		return evil.token(t, with(goodHeader(), object{"kid": kid}), with(goodClaims(), object{"iss": p.URL}))
	}
	p.publish(t, jwkOf(testKeyID, nil), with(evil.jwk, object{"kid": "evil"}))
	if got := reasonOf(t, v, forged("evil")); got != verifier.ReasonKeyNotFound {
		t.Errorf("a token of a key that is published and not pinned: %q, want %s",
			got, verifier.ReasonKeyNotFound)
	}
	// The key under the pinned key's ID is replaced: the source is asked once
	// whether the failed set is the latest, and what it brings is not pinned.
	p.publish(t, with(evil.jwk, object{"kid": testKeyID}))
	c.advance(6 * time.Minute)
	if got := reasonOf(t, v, forged(testKeyID)); got != verifier.ReasonKeyNotFound {
		t.Errorf("a token of a replaced key: %q, want %s", got, verifier.ReasonKeyNotFound)
	}
}

func staticSet(t testing.TB, keys ...any) verifier.KeySource {
	t.Helper()
	source, err := verifier.Static(keySet(t, keys...))
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func TestStaticRefusesASetWithoutUsableKeys(t *testing.T) {
	t.Parallel()
	for _, set := range []string{`{"keys":[]}`, `{"keys":[{"kty":"oct","k":"AAAA"}]}`} {
		if _, err := verifier.Static([]byte(set)); verifier.ReasonOf(err) != verifier.ReasonConfigInvalid {
			t.Errorf("Static(%s) = %v, want %s", set, err, verifier.ReasonConfigInvalid)
		}
	}
}

// A key that is published twice is no second key, for a token without kid.
func TestOneKeyTwice(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, func(c *verifier.Config) { c.Keys = staticSet(t, jwkOf("a", nil), jwkOf("b", nil)) })
	if got := reasonOf(t, v, sign(t, with(goodHeader(), object{"kid": nil}), goodClaims())); got != "" {
		t.Errorf("reason %q, want acceptance", got)
	}
}

func TestThousandKeys(t *testing.T) {
	t.Parallel()
	keys := make([]any, 1000)
	for i := range keys {
		keys[i] = jwkOf(fmt.Sprint("snk_", i), nil)
	}
	keys[0] = with(keys[0].(object), object{"n": encode(otherKey().N.Bytes())})
	v := newVerifier(t, func(c *verifier.Config) { c.Keys = staticSet(t, keys...) })
	token, err := v.Verify(t.Context(), sign(t, with(goodHeader(), object{"kid": "snk_999"}), goodClaims()))
	if err != nil || token.KeyID != "snk_999" {
		t.Errorf("Verify = %+v, %v", token, err)
	}
	wantRefusal(t, v, sign(t, with(goodHeader(), object{"kid": nil}), goodClaims()), verifier.ReasonKeyNotFound, "kid")
}

func TestStatus(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	c := &clock{}
	v := p.verifier(t, c)
	if s, ok := v.Status(); !ok || s.Ready || s.Generation != 0 {
		t.Errorf("before the first fetch: %+v", s)
	}
	if err := v.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.advance(time.Minute)
	got, _ := v.Status()
	want := verifier.Status{
		Generation: 1, Usable: 1, JWKSURI: p.URL + "/keys", Keys: got.Keys,
		FetchedAt: testNow, FreshUntil: testNow.Add(verifier.DefaultFreshFor),
		StaleUntil: testNow.Add(verifier.DefaultFreshFor + verifier.DefaultStaleFor),
		Age:        time.Minute, Ready: true,
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got.Keys) != 1 || got.Keys[0].KeyID != testKeyID {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	p.answer(status(500))
	reasonOf(t, v, p.token(t, "unknown"))
	got, _ = v.Status()
	if got.Failures != 1 || got.LastError == nil || !got.NextAttempt.After(c.now()) || !got.Ready {
		t.Errorf("during an outage: %+v", got)
	}
	empty := newProvider(t)
	empty.answer(body([]byte(`{"keys":[]}`)))
	none := empty.verifier(t, c)
	none.Ready(t.Context())
	if s, _ := none.Status(); s.Ready || s.Generation != 1 {
		t.Errorf("with a set without keys: %+v", s)
	}
	if _, ok := newVerifier(t, nil).Status(); ok {
		t.Error("a verifier with a static set has a status")
	}
}
