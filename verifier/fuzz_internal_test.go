package verifier

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"math"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// FuzzBase64URLAgrees compares the decoder with the one of the standard library
// in its strict mode, which is more lenient only with line breaks.
func FuzzBase64URLAgrees(f *testing.F) {
	for _, s := range []string{"", "A", "AA", "AAA", "AAAA", "AAAAAAAA", "AB", "AAB", "AA==", "A+/A", "A-_A", "AAAA\n", "A\r\nAAA", "éAAA", strings.Repeat("Zm9v", 9) + "Zg"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := base64.RawURLEncoding.Strict().DecodeString(s)
		valid := err == nil && !strings.ContainsAny(s, "\r\n")
		got, ok := decodeSegment(s)
		if ok != valid || ok && got != string(want) {
			t.Errorf("decodeSegment(%q) = %q, %v, want %q, %v", s, got, ok, want, valid)
		}
	})
}

// FuzzScanAgreesWithJSONText holds the scanner to the language of jsontext and
// to the values that it decodes.
func FuzzScanAgreesWithJSONText(f *testing.F) {
	for _, s := range []string{
		benchPayload, `{}`, `{"a":1}`, ` { "a" : [ 1 , { } , null ] , "b" : "\u00e9\ud83d\ude00" } `,
		`{"a":1,"a":2}`, `{"a":{"b":1,"b":2}}`, `{"a":1,"\u0061":2}`, `{"a":1}x`, `{"a":1}{}`, `[]`, `null`, `{`, `{"a"`, `{"a":}`, `{"a":1,}`,
		`{"a":01}`, `{"a":-}`, `{"a":1.}`, `{"a":1e}`, `{"a":-0.5e+10}`, `{"a":tru}`, `{"a":nullx}`, `{"a":"\x"}`, `{"a":"\ud800"}`, `{"a":"\udc00\ud800"}`,
		"{\"a\":\"\x01\"}", "{\"a\":\"\xff\"}", "\ufeff{}", `{"exp":1e9,"iat":1.5,"nbf":"x"}`, `{"aud":["a",1,""]}`, `{"aud":""}`,
		`{"x":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`, `{"x":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`,
		"{\"sub\":\"\n23456789\"}", "{\"sub\":\"012\x1f456789ab\"}", "{\"sub\":\"0123456\x00 89abcdef\"}", "{\"sub\":\"01234567\n\"}", "{\"0123\x0156789\":1}",
		`{"abcdefgh\"":1}`, `{"abcdefg\"":1}`, `{"sub":"0123456\\"}`, `{"sub":"01234567\\8"}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var token Token
		err := scanClaims(s, &token)
		want, depth := strictObject(s)
		if depth > maxJSONDepth || len(want) > maxJSONMembers {
			want = nil // the scanner may refuse what jsontext reads
		}
		switch {
		case err == nil && want == nil:
			t.Fatalf("scanClaims accepts %q", s)
		case err != nil && want != nil:
			t.Fatalf("scanClaims refuses %q: %v", s, err)
		case err != nil:
			return
		}
		for name, value := range want {
			which := claimByName(name)
			if which == 0 {
				continue
			}
			if !token.has(which) {
				t.Errorf("claim %q is not seen in %q", name, s)
			}
			checkClaim(t, &token, which, name, value)
		}
	})
}

// checkClaim holds what the scanner made of a claim against its value.
func checkClaim(t *testing.T, token *Token, which claim, name string, value any) {
	t.Helper()
	switch which {
	case claimExp, claimIat, claimNbf, claimAuthTime:
		// FuzzNumericDateIsExact looks at long numbers and at the ends of the
		// range, where a float is not exact.
		number, ok := value.(float64)
		if len(token.payload) > 800 || ok && (math.Abs(number-minNumericDate) < 2 || math.Abs(number-maxNumericDate) < 2) {
			return
		}
		ok = ok && number >= minNumericDate && number <= maxNumericDate
		if ok == token.bad(which) {
			t.Errorf("%s: %v is bad: %v", name, value, token.bad(which))
		}
		if at := token.Expiry; ok && which == claimExp {
			if got := float64(at.Unix()) + float64(at.Nanosecond())/1e9; math.Abs(got-number) > 1e-4 {
				t.Errorf("exp is %v, want %v", got, number)
			}
		}
	case claimIss, claimSub, claimNonce, claimOid:
		text, ok := value.(string)
		if ok == token.bad(which) || *textField(which, token) != text {
			t.Errorf("%s: %q from %v, bad: %v",
				name, *textField(which, token), value, token.bad(which))
		}
	case claimAud:
		want, ok := stringList(value)
		if ok == token.bad(which) || ok && !slices.Equal(token.Audience, want) {
			t.Errorf("aud: %q from %v, bad: %v", token.Audience, value, token.bad(which))
		}
	case claimEmailVerified:
		if token.EmailVerified != (value == true) {
			t.Errorf("email_verified: %v from %v", token.EmailVerified, value)
		}
	}
}

// stringList returns what aud means, and false if it means nothing.
func stringList(value any) ([]string, bool) {
	if s, ok := value.(string); ok {
		return []string{s}, s != ""
	}
	values, ok := value.([]any)
	var list []string
	for _, v := range values {
		s, isString := v.(string)
		ok = ok && isString && s != ""
		list = append(list, s)
	}
	return list, ok
}

// strictObject reads one JSON object with jsontext: names twice are allowed in
// nested objects only. It returns nil for any other text, and how deep the
// object is.
func strictObject(s string) (object map[string]any, depth int) {
	dec := jsontext.NewDecoder(strings.NewReader(s), jsontext.AllowDuplicateNames(true))
	if dec.PeekKind() != jsontext.KindBeginObject {
		return nil, 0
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, 0
	}
	object = make(map[string]any)
	for dec.PeekKind() == jsontext.KindString {
		tok, err := dec.ReadToken()
		if err != nil {
			return nil, 0
		}
		name := tok.String()
		raw, err := dec.ReadValue()
		if err != nil {
			return nil, 0
		}
		if _, twice := object[name]; twice {
			return nil, 0
		}
		depth = max(depth, 1+nesting(raw))
		var value any
		if json.Unmarshal(raw, &value, jsontext.AllowDuplicateNames(true)) != nil {
			value = math.NaN() // a number beyond float64
		}
		object[name] = value
	}
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != jsontext.KindEndObject {
		return nil, 0
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return nil, 0
	}
	return object, depth
}

// nesting returns how deep a valid JSON value is.
func nesting(raw []byte) (deepest int) {
	depth, inString := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}

// fuzzRSA are the keys that signatures are fuzzed with. Their sizes are those
// where the encoded message of PSS has as many bytes as the modulus, and one
// less, and where the limbs are not full.
var fuzzRSA = sync.OnceValue(func() []*rsa.PrivateKey {
	var keys []*rsa.PrivateKey
	for _, bits := range []int{2048, 2049, 2052} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		keys = append(keys, key)
	}
	return keys
})

// signRaw returns m to the power of the private exponent, whatever m encodes.
// With the Chinese remainder theorem that takes a third of the time.
func signRaw(key *rsa.PrivateKey, m *big.Int) *big.Int {
	p, q := key.Primes[0], key.Primes[1]
	underP, underQ := new(big.Int).Exp(m, key.Precomputed.Dp, p), new(big.Int).Exp(m, key.Precomputed.Dq, q)
	h := new(big.Int).Sub(underP, underQ)
	h.Mod(h.Mul(h, key.Precomputed.Qinv), p)
	return h.Add(h.Mul(h, q), underQ)
}

// FuzzRSAAgreesWithCryptoRSA holds both RSA verifications to crypto/rsa, on
// signatures whose encoded message is a good one with changes, or anything at
// all. It has the private key, so it makes what no forger could.
func FuzzRSAAgreesWithCryptoRSA(f *testing.F) {
	f.Add(byte(0), []byte("message"), []byte{}, []byte{})
	f.Add(byte(1), []byte("message"), []byte{0, 0, 1}, []byte{})
	f.Add(byte(8), []byte("message"), []byte{1, 0xFF, 0xFE}, []byte{})
	f.Add(byte(9), []byte("message"), []byte{}, bytes.Repeat([]byte{0xFF}, 256))
	f.Add(byte(0), []byte("message"), []byte{}, append([]byte{0, 1, 0xFF, 0}, make([]byte, 40)...))
	for size := range byte(3) { // of the key
		for i := range byte(8) { // the unused bits of PSS, its trailer, and the ends of both paddings
			f.Add(1|size<<2, []byte{i}, []byte{0, 0, 0x80 >> i}, []byte{})
			f.Add(1|size<<2, []byte{i}, []byte{0, 0, 0x80}, []byte{})
			f.Add(1|size<<2, []byte{i}, []byte{0, 0, 0x08}, []byte{})
			f.Add(1|size<<2, []byte{i}, []byte{0, 1, 0x80 >> i}, []byte{})
			f.Add(1|size<<2, []byte{i}, []byte{0, 255, 1 << i}, []byte{})
			f.Add(1|size<<2, []byte{i}, []byte{1, 0, 1 << i}, []byte{})
			f.Add(size<<2, []byte{i}, []byte{0, 0, 1 << i}, []byte{})
			f.Add(size<<2, []byte{i}, []byte{0, 2 + i, 1}, []byte{})
			f.Add(1|size<<2, []byte{i}, []byte{0, 187 + i, 1}, []byte{}) // the one ahead of the salt
		}
	}
	hashes := []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}
	var prepared []*rsaKey
	for _, key := range fuzzRSA() {
		k, err := newRSAKey(&key.PublicKey)
		if err != nil {
			f.Fatal(err)
		}
		prepared = append(prepared, k)
	}
	f.Fuzz(func(t *testing.T, mode byte, message, changes, whole []byte) {
		key := fuzzRSA()[int(mode>>2)%3]
		k := prepared[int(mode>>2)%3]
		hash := hashes[int(mode>>4)%3]
		pss := mode&1 != 0
		h := hash.New()
		h.Write(message)
		digest := h.Sum(nil)

		em := encodedMessage(t, key, hash, digest, pss)
		if len(whole) > 0 {
			clear(em)
			copy(em, whole)
		}
		for i := 0; i+2 < len(changes); i += 3 {
			at := (int(changes[i])<<8 | int(changes[i+1])) % len(em)
			em[at] ^= changes[i+2]
		}
		m := new(big.Int).SetBytes(em)
		sig := signRaw(key, m.Mod(m, key.N)).FillBytes(make([]byte, k.size))
		if mode&2 != 0 { // the same number written otherwise
			sig = new(big.Int).Add(new(big.Int).SetBytes(sig), key.N).Bytes()
		}
		s := getScratch()
		defer s.release()
		var got bool
		var want error
		if pss {
			got = k.verifyPSS(hash, digest, sig, s)
			want = rsa.VerifyPSS(&key.PublicKey, hash, digest, sig, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash})
		} else {
			got = k.verifyPKCS1(hash, digest, sig, s)
			want = rsa.VerifyPKCS1v15(&key.PublicKey, hash, digest, sig)
		}
		if got != (want == nil) {
			t.Errorf("verified %v, and crypto/rsa says %v (PSS %v, %v, %d bits)\n%x",
				got, want, pss, hash, key.N.BitLen(), em)
		}
	})
}

// encodedMessage returns the encoded message of a good signature, as long as
// the modulus.
func encodedMessage(
	t *testing.T, key *rsa.PrivateKey, hash crypto.Hash, digest []byte, pss bool,
) []byte {
	t.Helper()
	var sig []byte
	var err error
	if pss {
		sig, err = rsa.SignPSS(fixedSalt{}, key, hash, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash})
	} else {
		sig, err = rsa.SignPKCS1v15(nil, key, hash, digest)
	}
	if err != nil {
		t.Fatal(err)
	}
	m := new(big.Int).Exp(new(big.Int).SetBytes(sig), big.NewInt(int64(key.E)), key.N)
	return m.FillBytes(make([]byte, key.Size()))
}

// fixedSalt makes signatures that are the same each time.
type fixedSalt struct{}

func (fixedSalt) Read(p []byte) (int, error) {
	sum := sha256.Sum256([]byte("salt"))
	for i := range p {
		p[i] = sum[i%len(sum)]
	}
	return len(p), nil
}

// FuzzMetadataNeverMisleads reads discovery documents: what is accepted is of
// the issuer, and names no endpoint that must not be asked.
func FuzzMetadataNeverMisleads(f *testing.F) {
	const issuer = "https://acme.scalekit.com"
	for _, s := range []string{
		`{"issuer":"https://acme.scalekit.com","jwks_uri":"https://acme.scalekit.com/keys","token_endpoint":"https://acme.scalekit.com/oauth/token"}`,
		`{"issuer":"https://acme.scalekit.com","issuer":"https://evil.example","jwks_uri":"https://x/keys"}`,
		`{"issuer":"https:\/\/acme.scalekit.com","jwks_uri":"https://127.1/keys"}`,
		`{"issuer":"https://acme.scalekit.com","jwks_uri":"https://[::ffff:10.0.0.1]/keys"}`,
		`{"Issuer":"https://acme.scalekit.com"}`, `[]`, `null`, `{"issuer":"https://acme.scalekit.com","jwks_uri":"HTTPS://user@x"}`,
	} {
		f.Add([]byte(s))
	}
	fetcher := newFetcher(issuer, &RemoteConfig{FetchTimeout: DefaultFetchTimeout})
	f.Fuzz(func(t *testing.T, body []byte) {
		m, err := fetcher.readMetadata(body)
		if err != nil {
			if len(err.Error()) > 1024 {
				t.Errorf("the error has %d bytes", len(err.Error()))
			}
			return
		}
		u, parseErr := url.Parse(m.JWKSURI)
		if m.Issuer != issuer || parseErr != nil || u.Scheme != "https" || u.User != nil || u.Hostname() == "" || isInternal(u.Hostname()) {
			t.Errorf("accepted %+v", m)
		}
	})
}
