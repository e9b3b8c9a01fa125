package forge_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/assay-id/assay/mockidp/forge"
	"github.com/assay-id/assay/mockidp/keyring"
)

func draft(alg string) forge.Draft {
	key := keyring.NewSource(7).Key("k1", alg)
	return forge.NewDraft(key, keyring.Object{
		{Name: "iss", Value: "https://acme.scalekit.com"},
		{Name: "sub", Value: "usr_1"},
		{Name: "aud", Value: []string{"skc_1"}},
		{Name: "note", Value: "a<b>&c"},
	})
}

func mustForge(t *testing.T, d forge.Draft, c forge.Change) forge.Token {
	t.Helper()
	token, err := d.Forge(c)
	if err != nil {
		t.Fatalf("Forge(%+v) = %v", c, err)
	}
	return token
}

// verifies checks a signature with the standard library alone.
func verifies(key *keyring.Key, token forge.Token) bool {
	digest := sha256.Sum256([]byte(token.Header + "." + token.Payload))
	switch pub := key.Public().(type) {
	case *rsa.PublicKey:
		if key.Alg() == "PS256" {
			return rsa.VerifyPSS(pub, crypto.SHA256, digest[:], token.SignatureBytes, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
		return rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], token.SignatureBytes) == nil
	case *ecdsa.PublicKey:
		half := len(token.SignatureBytes) / 2
		return half == 32 && ecdsa.Verify(pub, digest[:], new(big.Int).SetBytes(token.SignatureBytes[:half]), new(big.Int).SetBytes(token.SignatureBytes[half:]))
	}
	return false
}

func TestForgeWithoutAChangeIsAGoodToken(t *testing.T) {
	t.Parallel()
	for _, alg := range []string{"RS256", "PS256", "ES256"} {
		d := draft(alg)
		token := mustForge(t, d, forge.Change{})
		if !verifies(d.Key, token) {
			t.Errorf("%s: the signature does not verify", alg)
		}
		want := `{"iss":"https://acme.scalekit.com","sub":"usr_1","aud":["skc_1"],"note":"a<b>&c"}`
		if string(token.PayloadText) != want {
			t.Errorf("payload is %s, want %s", token.PayloadText, want)
		}
		if parts := strings.Split(token.String(), "."); len(parts) != 3 || strings.ContainsAny(token.String(), "+/=") {
			t.Errorf("%s is not a compact JWS", token)
		}
	}
}

// TestUnchanged also has a draft whose key cannot sign: it is unchanged only if
// the signature of the token is reused.
func TestUnchanged(t *testing.T) {
	t.Parallel()
	other := keyring.NewSource(8).Key("other", "ES256")
	tests := []struct {
		name   string
		change forge.Change
		reused bool
	}{
		{"nothing", forge.Change{}, true},
		{"signature edited", forge.Change{Signature: []forge.SignatureEdit{"flip"}}, true},
		{"signature spelled otherwise", forge.Change{Encoding: forge.Encodings{Signature: "padded"}}, true},
		{"zeros in the signature", forge.Change{Signature: []forge.SignatureEdit{"strip"}}, false},
		{"payload spelled otherwise", forge.Change{Encoding: forge.Encodings{Payload: "padded"}}, false},
		{"another claim", forge.Change{Claims: forge.Patch{Drop: []string{"sub"}}}, false},
		{"tampered back", forge.Change{PayloadText: []byte("{}"), TamperPayload: mustForge(t, draft("ES256"), forge.Change{}).PayloadText}, false},
		{"another key", forge.Change{Signing: forge.Signing{Key: other}}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := draft("ES256")
			token := mustForge(t, d, tt.change)
			got, err := d.Unchanged(token)
			if want := mustForge(t, d, forge.Change{}); err != nil || got.String() != want.String() {
				t.Errorf("Unchanged() = %s, %v, want %s", got, err, want)
			}
			d.Key = keyring.NewSource(7).Decoy("k1", "RS256")
			if _, err := d.Unchanged(token); (err == nil) != tt.reused {
				t.Errorf("Unchanged() with a key that cannot sign = %v, want a reused signature: %v", err, tt.reused)
			}
		})
	}
}

func TestForgeChangesMembers(t *testing.T) {
	t.Parallel()
	d := draft("ES256")
	token := mustForge(t, d, forge.Change{
		Header: forge.Patch{Drop: []string{"typ"}, Set: keyring.Object{{Name: "crit", Value: []string{"x"}}}},
		Claims: forge.Patch{
			Set:    keyring.Object{{Name: "aud", Value: "other"}},
			Append: keyring.Object{{Name: "sub", Value: "usr_2"}},
		},
	})
	if got, want := string(token.HeaderText), `{"alg":"ES256","kid":"`+d.Key.ID()+`","crit":["x"]}`; got != want {
		t.Errorf("header is %s, want %s", got, want)
	}
	if got, want := string(token.PayloadText), `{"iss":"https://acme.scalekit.com","sub":"usr_1","aud":"other","note":"a<b>&c","sub":"usr_2"}`; got != want {
		t.Errorf("payload is %s, want %s", got, want)
	}
	if !verifies(d.Key, token) {
		t.Error("the changed members are not signed")
	}
	if v, _ := d.Claims.Get("aud"); v.([]string)[0] != "skc_1" {
		t.Error("Forge changed the draft")
	}
}

func TestForgeRefusesAChangeThatIsNone(t *testing.T) {
	t.Parallel()
	tests := map[string]forge.Change{
		"drop a claim that is not there": {Claims: forge.Patch{Drop: []string{"nonce"}}},
		"unknown encoding":               {Encoding: forge.Encodings{Header: "rot13"}},
		"no unused bits":                 {PayloadText: []byte("abc"), Encoding: forge.Encodings{Payload: forge.EncodingTrailingBits}},
		"alg that the key cannot do":     {Signing: forge.Signing{Alg: "RS256"}},
		"unknown signature edit":         {Signature: []forge.SignatureEdit{"melt"}},
		"shorten without a number":       {Signature: []forge.SignatureEdit{"shorten x"}},
		"shorten by too much":            {Signature: []forge.SignatureEdit{"shorten 65"}},
		"flip no number":                 {Signature: []forge.SignatureEdit{"flip x"}},
		"flip after the end":             {Signature: []forge.SignatureEdit{"flip 64"}},
		"flip before the start":          {Signature: []forge.SignatureEdit{"flip -65"}},
	}
	for name, change := range tests {
		if token, err := draft("ES256").Forge(change); err == nil {
			t.Errorf("%s: Forge = %s, want an error", name, token)
		}
	}
}

func TestForgeTampersAfterSigning(t *testing.T) {
	t.Parallel()
	d := draft("ES256")
	good := mustForge(t, d, forge.Change{})
	token := mustForge(t, d, forge.Change{TamperClaims: forge.Patch{Set: keyring.Object{{Name: "sub", Value: "usr_evil"}}}})
	if token.Signature != good.Signature || token.Payload == good.Payload || verifies(d.Key, token) {
		t.Errorf("want another payload under the old signature, got %s", token)
	}
}

func TestForgeSignsWithASecret(t *testing.T) {
	t.Parallel()
	token := mustForge(t, draft("RS256"), forge.Change{
		Header:  forge.Patch{Set: keyring.Object{{Name: "alg", Value: "HS256"}}},
		Signing: forge.Signing{Alg: "HS256", Secret: []byte("public key")},
	})
	m := hmac.New(sha256.New, []byte("public key"))
	m.Write([]byte(token.Header + "." + token.Payload))
	if !bytes.Equal(m.Sum(nil), token.SignatureBytes) {
		t.Error("the MAC is wrong")
	}
}

func TestForgeMakesOtherFormsOfPSS(t *testing.T) {
	t.Parallel()
	d := draft("PS256")
	pub := d.Key.Public().(*rsa.PublicKey)
	for fault, salt := range map[forge.PSSFault]int{forge.PSSNoSalt: 0, forge.PSSLongSalt: pub.Size() - 32 - 2} {
		token := mustForge(t, d, forge.Change{Signing: forge.Signing{PSS: fault}})
		digest := sha256.Sum256([]byte(token.Header + "." + token.Payload))
		if verifies(d.Key, token) {
			t.Errorf("%s: verifies in the one form of JWS", fault)
		}
		if err := rsa.VerifyPSS(pub, crypto.SHA256, digest[:], token.SignatureBytes, &rsa.PSSOptions{SaltLength: salt, Hash: crypto.SHA256}); err != nil { // a length of 0 lets it find out
			t.Errorf("%s: is not a PSS signature with a salt of %d bytes: %v", fault, salt, err)
		}
	}
	if verifies(d.Key, mustForge(t, d, forge.Change{Signing: forge.Signing{PSS: forge.PSSOtherMGF}})) {
		t.Error("a signature with another mask verifies")
	}
}

// Every other form differs from the right one in what RFC 8017, 9.1.2 has a
// step for, so it must not verify, whatever the length of the salt.
func TestEveryFormOfPSSIsWrong(t *testing.T) {
	t.Parallel()
	d := draft("PS256")
	seen := make(map[string]bool)
	for _, fault := range forge.PSSFaults() {
		token := mustForge(t, d, forge.Change{Signing: forge.Signing{PSS: fault}})
		if len(token.SignatureBytes) != 256 || verifies(d.Key, token) || seen[token.Signature] {
			t.Errorf("%s: the signature %s verifies, or is another one's", fault, token.Signature)
		}
		seen[token.Signature] = true
	}
}

// message returns the message that an RSA signature represents.
func message(pub *rsa.PublicKey, signature []byte) []byte {
	m := new(big.Int).SetBytes(signature)
	return m.Exp(m, big.NewInt(int64(pub.E)), pub.N).FillBytes(make([]byte, pub.Size()))
}

func TestForgeSignsAnEncodedMessage(t *testing.T) {
	t.Parallel()
	d := draft("RS256")
	pub := d.Key.Public().(*rsa.PublicKey)
	em := append([]byte{0, 2}, bytes.Repeat([]byte{7}, 254)...)
	token := mustForge(t, d, forge.Change{Signing: forge.Signing{Encoded: em}})
	if got := message(pub, token.SignatureBytes); !bytes.Equal(got, em) {
		t.Errorf("the signature represents %x, want %x", got, em)
	}
	for name, em := range map[string][]byte{
		"short": em[1:], "long": append(em, 0), "above the modulus": bytes.Repeat([]byte{0xFF}, 256),
	} {
		if token, err := d.Forge(forge.Change{Signing: forge.Signing{Encoded: em}}); err == nil {
			t.Errorf("%s: Forge = %s, want an error", name, token)
		}
	}
	if token, err := draft("ES256").Forge(forge.Change{Signing: forge.Signing{Encoded: em}}); err == nil {
		t.Errorf("Forge = %s with an ECDSA key, want an error", token)
	}
}

func TestForgeSignsAnotherInput(t *testing.T) {
	t.Parallel()
	d := draft("ES256")
	token := mustForge(t, d, forge.Change{Signing: forge.Signing{Input: []byte("e30.{}")}})
	if verifies(d.Key, token) {
		t.Error("the segments are signed, want the other input")
	}
	token.Header, token.Payload = "e30", "{}"
	if !verifies(d.Key, token) {
		t.Error("the input is not signed")
	}
}

// Both are other numbers that a verifier without a range check might accept.
func TestSignatureEditsOfRSA(t *testing.T) {
	t.Parallel()
	d := draft("RS256")
	pub := d.Key.Public().(*rsa.PublicKey)
	em := new(big.Int).SetBytes(message(pub, mustForge(t, d, forge.Change{}).SignatureBytes))
	for edit, want := range map[forge.SignatureEdit]*big.Int{"s-plus-n": em, "negate": new(big.Int).Sub(pub.N, em)} {
		token := mustForge(t, d, forge.Change{Signature: []forge.SignatureEdit{edit}})
		if got := new(big.Int).SetBytes(message(pub, token.SignatureBytes)); verifies(d.Key, token) || got.Cmp(want) != 0 {
			t.Errorf("%s: the signature represents %x, want %x, and must not verify", edit, got, want)
		}
	}
}

// Under the exponent 1 a signature is its own encoded message.
func TestEncodedMessageAsSignature(t *testing.T) {
	t.Parallel()
	d := draft("RS256")
	token := mustForge(t, d, forge.Change{Signature: []forge.SignatureEdit{"encoded"}})
	digest := sha256.Sum256([]byte(token.Header + "." + token.Payload))
	if em := token.SignatureBytes; len(em) != 256 || !bytes.HasPrefix(em, []byte{0, 1, 0xFF}) || !bytes.HasSuffix(em, digest[:]) {
		t.Errorf("the signature is %x, want 00 01 ff … and the digest", em)
	}
	if _, err := draft("ES256").Forge(forge.Change{Signature: []forge.SignatureEdit{"encoded"}}); err == nil {
		t.Error("an ECDSA signature has an encoded message, want an error")
	}
}

func TestSignatureEdits(t *testing.T) {
	t.Parallel()
	d := draft("ES256")
	good := mustForge(t, d, forge.Change{})
	tests := []struct {
		edit     forge.SignatureEdit
		raw      int
		verifies bool
	}{
		{"flip", 64, false}, {"flip 40", 64, false}, {"flip -1", 64, false}, {"append", 65, false}, {"zero-prefix", 65, false},
		{"shorten 1", 63, false}, {"pad 2", 66, false}, {"empty", 0, false}, {"zero", 64, false},
		{"swap", 64, false}, {"strip", 63, false}, {"narrow", 62, false}, {"widen", 66, false},
		{"high-s", 64, true}, {"r=0,s=0", 64, false}, {"r=n-1", 64, false}, {"s=n", 64, false},
	}
	for _, test := range tests {
		token := mustForge(t, d, forge.Change{Signature: []forge.SignatureEdit{test.edit}})
		if len(token.SignatureBytes) != test.raw {
			t.Errorf("%s: %d bytes, want %d", test.edit, len(token.SignatureBytes), test.raw)
		}
		if bytes.Equal(token.SignatureBytes, good.SignatureBytes) {
			t.Errorf("%s: the signature did not change", test.edit)
		}
		if len(token.SignatureBytes) == 64 && verifies(d.Key, token) != test.verifies {
			t.Errorf("%s: verifies = %v, want %v", test.edit, !test.verifies, test.verifies)
		}
	}
	der := mustForge(t, d, forge.Change{Signature: []forge.SignatureEdit{"der"}})
	digest := sha256.Sum256([]byte(der.Header + "." + der.Payload))
	if !ecdsa.VerifyASN1(d.Key.Public().(*ecdsa.PublicKey), digest[:], der.SignatureBytes) {
		t.Error("der: is not the signature in ASN.1")
	}
}

// What an edit takes away of r and s is zero, so a verifier that puts it back
// must find a good signature.
func TestSignatureEditsTakeZerosAway(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		alg  string
		edit forge.SignatureEdit
		size int // of r as it was
	}{{"ES256", "strip", 32}, {"ES512", "strip", 66}, {"ES512", "narrow", 66}} {
		d := draft(test.alg)
		token := mustForge(t, d, forge.Change{Signature: []forge.SignatureEdit{test.edit}})
		raw := append([]byte{0}, token.SignatureBytes...)
		if test.edit == "narrow" {
			raw = slices.Insert(raw, test.size, 0)
		}
		if len(raw) != 2*test.size {
			t.Errorf("%s %s: %d bytes with the zeros, want %d",
				test.alg, test.edit, len(raw), 2*test.size)
			continue
		}
		hash, _ := keyring.Hash(test.alg)
		h := hash.New()
		h.Write([]byte(token.Header + "." + token.Payload))
		r, s := new(big.Int).SetBytes(raw[:test.size]), new(big.Int).SetBytes(raw[test.size:])
		if !ecdsa.Verify(d.Key.Public().(*ecdsa.PublicKey), h.Sum(nil), r, s) {
			t.Errorf("%s %s: the signature is not good with the zeros", test.alg, test.edit)
		}
	}
}

// An ECDSA key signs over the hash of another curve's algorithm.
func TestForgeSignsOnAnotherCurve(t *testing.T) {
	t.Parallel()
	d := draft("ES384")
	token := mustForge(t, d, forge.Change{Signing: forge.Signing{Alg: "ES256"}})
	digest := sha256.Sum256([]byte(token.Header + "." + token.Payload))
	half := len(token.SignatureBytes) / 2
	if half != 48 {
		t.Fatalf("r has %d bytes, want 48", half)
	}
	r, s := new(big.Int).SetBytes(token.SignatureBytes[:half]), new(big.Int).SetBytes(token.SignatureBytes[half:])
	if !ecdsa.Verify(d.Key.Public().(*ecdsa.PublicKey), digest[:], r, s) {
		t.Error("it is not a signature of the P-384 key over SHA-256")
	}
}

func TestEncodingsDifferFromTheRightOne(t *testing.T) {
	t.Parallel()
	d := draft("ES256")
	for _, e := range []forge.Encoding{
		forge.EncodingPadded, forge.EncodingIllegal, forge.EncodingTwice, forge.EncodingNewline,
		forge.EncodingHighBit, forge.EncodingCyrillic,
	} {
		token := mustForge(t, d, forge.Change{Encoding: forge.Encodings{Payload: e}})
		if b, err := base64.RawURLEncoding.Strict().DecodeString(token.Payload); err == nil && json.Valid(b) && !strings.Contains(token.Payload, "\n") {
			t.Errorf("%s: %s is base64url of JSON", e, token.Payload)
		}
		if !verifies(d.Key, token) {
			t.Errorf("%s: not signed as spelled", e)
		}
	}
}
