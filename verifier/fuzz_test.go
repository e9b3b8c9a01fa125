package verifier_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	josejwt "github.com/go-jose/go-jose/v4/jwt"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	jwxjwt "github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/assay-id/assay/verifier"
)

// allAlgorithms are those of the signers, by name.
func allAlgorithms() []verifier.Algorithm {
	var algs []verifier.Algorithm
	for alg := range signers() {
		algs = append(algs, alg)
	}
	slices.Sort(algs)
	return algs
}

// fuzzVerifier allows every asymmetric algorithm, and has a key of each whose
// ID is the algorithm.
func fuzzVerifier(tb testing.TB, change func(*verifier.Config)) *verifier.Verifier {
	tb.Helper()
	var keys []any
	for alg, s := range signers() {
		keys = append(keys, with(s.jwk, object{"kid": string(alg)}))
	}
	return newVerifier(tb, func(c *verifier.Config) {
		c.Keys, c.Algorithms = staticSet(tb, keys...), allAlgorithms()
		if change != nil {
			change(c)
		}
	})
}

// fuzzToken makes the good token of an algorithm.
func fuzzToken(tb testing.TB, alg verifier.Algorithm) string {
	tb.Helper()
	return signers()[alg].token(tb, with(goodHeader(), object{"kid": string(alg)}), goodClaims())
}

// FuzzVerifyNeverPanics verifies any text at all. Nobody has a key for it, so
// nothing but the tokens that were made here may be accepted, and a refusal
// says little whatever it is given.
func FuzzVerifyNeverPanics(f *testing.F) {
	v := fuzzVerifier(f, func(c *verifier.Config) { c.Cache.Tokens = 16 })
	known := make(map[string]bool)
	for _, alg := range allAlgorithms() {
		raw := fuzzToken(f, alg)
		known[raw] = true
		f.Add(raw)
	}
	payload := encode(text(f, goodClaims()))
	for _, header := range []string{
		`{"alg":"none"}`, `{"alg":"RS256","crit":["b64"],"b64":false}`, `{"alg":"RS256","crit":[]}`, `{"alg":"RS256","kid":1}`, `{"enc":"A128GCM"}`, `{`, ``,
	} {
		f.Add(encode([]byte(header)) + "." + payload + ".AAAA")
		f.Add(encode([]byte(header)) + "." + payload + ".AAAA.B.C")
	}
	for _, raw := range []string{"", ".", "..", "...", "....", "a.b.c", strings.Repeat(".", 99), "é.é.é", "e30.e30.", "e30.e30.AA"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		token, err := v.Verify(t.Context(), raw)
		if (token == nil) != (err != nil) {
			t.Fatalf("Verify = %v, %v", token, err)
		}
		if err == nil {
			if !known[raw] {
				t.Fatalf("a token that was never issued is accepted: %q", raw)
			}
			return
		}
		if reason := verifier.ReasonOf(err); !slices.Contains(verifier.Reasons(), reason) {
			t.Errorf("the reason is %q", reason)
		}
		if shown := err.Error(); len(shown) > 1024 || strings.ContainsFunc(shown, func(r rune) bool { return r < 0x20 || r == 0x7F }) {
			t.Errorf("the error reads %q", shown)
		}
	})
}

// FuzzVerifyNeverAcceptsMutation changes bytes of good tokens. A token that is
// not the good one byte for byte must be refused, whatever the bytes mean once
// they are decoded.
func FuzzVerifyNeverAcceptsMutation(f *testing.F) {
	v := fuzzVerifier(f, func(c *verifier.Config) { c.Cache.Tokens = 64 })
	algs := allAlgorithms()
	tokens := make([]string, len(algs))
	for i, alg := range algs {
		tokens[i] = fuzzToken(f, alg)
		if _, err := v.Verify(f.Context(), tokens[i]); err != nil {
			f.Fatal(err)
		}
		f.Add(byte(i), uint16(len(tokens[i])-1), byte('B'), byte(0))
		f.Add(byte(i), uint16(3), byte('='), byte(1))
		f.Add(byte(i), uint16(30), byte('\n'), byte(1))
		f.Add(byte(i), uint16(len(tokens[i])-2), byte(0), byte(2))
	}
	f.Fuzz(func(t *testing.T, which byte, at uint16, value, how byte) {
		good := tokens[int(which)%len(tokens)]
		i := int(at) % len(good)
		var mutant string
		switch how % 4 {
		case 0: // replaced
			mutant = good[:i] + string([]byte{value}) + good[i+1:]
		case 1: // inserted
			mutant = good[:i] + string([]byte{value}) + good[i:]
		case 2: // removed
			mutant = good[:i] + good[i+1:]
		case 3: // a bit of the decoded segment
			mutant = flipDecoded(good, i, value)
		}
		if mutant == good {
			return
		}
		if token, err := v.Verify(t.Context(), mutant); err == nil {
			t.Errorf("a mutation is accepted: %+v\ngood   %s\nmutant %s", token, good, mutant)
		}
	})
}

// flipDecoded changes one bit of what a character of a token stands for, and
// encodes it again.
func flipDecoded(token string, at int, bit byte) string {
	parts := strings.Split(token, ".")
	for i, part := range parts {
		if at > len(part) {
			at -= len(part) + 1
			continue
		}
		b, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil {
			return token
		}
		b[at*3/4%len(b)] ^= 1 << (bit % 8)
		parts[i] = encode(b)
		break
	}
	return strings.Join(parts, ".")
}

// FuzzVerifyAgreesWithLibraries signs any header and any claims. What is
// accepted here, go-jose and jwx accept too, and read the same from it: a
// reading of our own would be a hole in whoever uses both.
func FuzzVerifyAgreesWithLibraries(f *testing.F) {
	s := signers()[verifier.EdDSA]
	v := s.verifier(f, nil)
	var joseKey jose.JSONWebKey
	if err := joseKey.UnmarshalJSON(text(f, s.jwk)); err != nil {
		f.Fatal(err)
	}
	jwxKey, err := jwk.ParseKey(text(f, with(s.jwk, object{"alg": nil})))
	if err != nil {
		f.Fatal(err)
	}
	header := `{"alg":"EdDSA","kid":"` + testKeyID + `"}`
	for _, claims := range []object{
		nil, {"aud": testClient}, {"exp": 1.9e9, "iat": 1.5}, {"sub": "é😀\"\\ \u2028"}, {"nbf": 0}, {"x": []any{object{"a": nil}, 1e300}},
		{"email_verified": "true"}, {"amr": "x"}, {"SUB": "usr_evil", "ſub": "usr_evil"}, {"nonce": ""},
	} {
		f.Add([]byte(header), text(f, with(goodClaims(), claims)))
	}
	good := string(text(f, goodClaims()))
	f.Add([]byte(`{"typ":"jwt",`+header[1:]), []byte(strings.Replace(good, `"sub"`, `"s\u0075b"`, 1)))
	f.Add([]byte(` { "x" : { } , `+header[1:]), []byte(strings.Replace(good, `"iss":"https://`, `"iss":"https:\/\/`, 1)))
	f.Add([]byte(`{"alg":"none",`+header[1:]), []byte(good+" "))
	f.Add([]byte(header), []byte(strings.Replace(good, `"sub":`, `"sub":"usr_evil","sub":`, 1)))

	f.Fuzz(func(t *testing.T, header, payload []byte) {
		raw := s.signText(t, encode(header)+"."+encode(payload))
		token, err := v.Verify(t.Context(), raw)
		if err != nil || !judgedAlike(header, payload) {
			return
		}
		parsed, err := josejwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.EdDSA})
		if err != nil {
			t.Fatalf("go-jose does not parse it: %v\n%s\n%s", err, header, payload)
		}
		var claims josejwt.Claims
		if err := parsed.Claims(joseKey, &claims); err != nil {
			t.Fatalf("go-jose refuses it: %v\n%s\n%s", err, header, payload)
		}
		if claims.Issuer != token.Issuer || claims.Subject != token.Subject || !slices.Equal(claims.Audience, token.Audience) || claims.Expiry.Time().Unix() != token.Expiry.Unix() {
			t.Errorf("go-jose reads %+v, and we read %+v\n%s", claims, token, payload)
		}
		verified, err := jws.Verify([]byte(raw), jws.WithKey(jwa.EdDSA(), jwxKey))
		if err != nil || !bytes.Equal(verified, payload) {
			t.Fatalf("jwx refuses it: %v\n%s\n%s", err, header, payload)
		}
		read, err := jwxjwt.ParseInsecure([]byte(raw))
		if err != nil {
			t.Fatalf("jwx does not parse it: %v\n%s\n%s", err, header, payload)
		}
		issuer, _ := read.Issuer()
		subject, _ := read.Subject()
		audience, _ := read.Audience()
		expiry, _ := read.Expiration()
		if issuer != token.Issuer || subject != token.Subject || !slices.Equal(audience, token.Audience) || expiry.Unix() != token.Expiry.Unix() {
			t.Errorf("jwx reads %q %q %q %v, and we read %+v\n%s",
				issuer, subject, audience, expiry, token, payload)
		}
	})
}

// judgedAlike reports whether the libraries judge the same things of a token as
// we do. They refuse header parameters that are ill-formed and that we never
// look at, such as an embedded key, and claims that a type of theirs has no
// room for. jwx loses white space around the header before it verifies the
// signature over it, has no times before 1970, and refuses a token for a number
// that no float64 holds in a claim of no interest.
func judgedAlike(header, payload []byte) bool {
	if !bytes.Equal(bytes.TrimSpace(header), header) {
		return false
	}
	var h, c map[string]json.RawMessage
	var values any
	if json.Unmarshal(header, &h) != nil || json.Unmarshal(payload, &c) != nil || json.Unmarshal(payload, &values) != nil {
		return false
	}
	for name := range h {
		switch strings.ToLower(name) {
		case "jwk", "jku", "x5c", "x5u", "x5t", "x5t#s256", "cty", "nonce", "b64", "zip", "iat", "exp", "enc", "epk", "apu", "apv", "iv", "tag", "p2s", "p2c", "url":
			return false
		case "alg", "kid", "typ":
			if name != strings.ToLower(name) {
				return false // encoding/json folds it
			}
		}
	}
	for name, value := range c {
		switch folded := strings.ToLower(name); {
		case folded == "jti" && (len(value) == 0 || value[0] != '"'):
			return false
		case slices.Contains([]string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"}, folded) && folded != name:
			return false
		case (name == "exp" || name == "nbf" || name == "iat") && value[0] == '-':
			return false
		}
	}
	return true
}

// FuzzKeySetAgreesWithGoJose reads JWK Sets. A key that can be used is the key
// that go-jose reads from the same text.
func FuzzKeySetAgreesWithGoJose(f *testing.F) {
	for _, s := range signers() {
		f.Add(text(f, with(s.jwk, object{"kid": "x"})))
		f.Add(text(f, with(s.jwk, object{"use": nil, "key_ops": []string{"verify"}})))
	}
	f.Add(text(f, jwkOf("x", object{"x5c": []string{certificate(f, testKey())}})))
	for _, key := range []string{`{}`, `null`, `1`, `"x"`, `[]`, `{"kty":"RSA","n":"AQAB","e":"AQAB"}`, `{"kty":"oct","k":"AAAA"}`, `{"kty":"EC","crv":"P-256","x":"","y":""}`} {
		f.Add([]byte(key))
	}
	f.Fuzz(func(t *testing.T, key []byte) {
		set, err := verifier.ParseKeySet(slices.Concat([]byte(`{"keys":[`), key, []byte(`]}`)))
		if err != nil {
			if verifier.ReasonOf(err) != verifier.ReasonJWKSInvalid || len(err.Error()) > 1024 {
				t.Errorf("ParseKeySet = %v", err)
			}
			return
		}
		for _, info := range set.Info() {
			if len(info.Unusable) > 1024 {
				t.Errorf("the reason has %d bytes", len(info.Unusable))
			}
			if info.Unusable != "" || len(set.Info()) != 1 {
				continue
			}
			var other jose.JSONWebKey
			if err := other.UnmarshalJSON(requiredMembers(t, key)); err != nil || !other.Valid() {
				t.Fatalf("go-jose does not read it: %v\n%s", err, key)
			}
			if want, err := other.Thumbprint(crypto.SHA256); err != nil || encode(want) != info.Thumbprint {
				t.Errorf("the thumbprint is %s, want %s, %v\n%s",
					info.Thumbprint, encode(want), err, key)
			}
		}
	})
}

// requiredMembers returns a key without what its type does not need: go-jose
// reads the y of a key that has none.
func requiredMembers(t *testing.T, key []byte) []byte {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal(key, &m); err != nil {
		t.Fatalf("it is no JSON: %v\n%s", err, key)
	}
	var kty string
	if err := json.Unmarshal(m["kty"], &kty); err != nil {
		t.Fatalf("kty: %v\n%s", err, key)
	}
	needed := map[string][]string{"RSA": {"n", "e"}, "EC": {"crv", "x", "y"}, "OKP": {"crv", "x"}}[kty]
	required := map[string]json.RawMessage{"kty": m["kty"]}
	for _, name := range needed {
		required[name] = m[name]
	}
	return text(t, required)
}
