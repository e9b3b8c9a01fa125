package verifier

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/lestrrat-go/jwx/v3/jwk"
)

// The sizes of RSA keys that are used: RFC 7518, 3.3 demands 2048 bits, and
// above 8192 one verification costs milliseconds, which whoever controls the
// JWK Set could turn against this process.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// publicKey is one key of a set, ready for use.
type publicKey struct {
	id       string
	hasID    bool
	alg      Algorithm // alg of the JWK, or empty
	unusable string    // why it can verify nothing

	// Exactly one of these is set if the key is usable.
	rsa   *rsaKey
	ecdsa *ecdsaKey
	ed    ed25519.PublicKey
}

// refuses returns why k must not verify a signature of alg, and "" if it may.
// One key serves one algorithm where the JWK names it, and one key type always.
// RFC 7517, 4.4; RFC 8725, 3.1.
func (k *publicKey) refuses(alg Algorithm) string {
	if k.unusable != "" {
		return k.unusable
	}
	want := alg.lookup()
	fits := false
	switch want.family {
	case familyPKCS1, familyPSS:
		fits = k.rsa != nil
	case familyECDSA:
		fits = k.ecdsa != nil && k.ecdsa.curve == want.curve
	case familyEdDSA:
		fits = k.ed != nil
	}
	switch {
	case !fits:
		return "its type does not fit " + string(alg)
	case k.alg != "" && k.alg != alg && !(k.ed != nil && k.alg.lookup().family == familyEdDSA):
		return fmt.Sprintf("it is published for %s, not for %s", k.alg, alg)
	}
	return ""
}

// members are the members of a JWK by exact name.
type members map[string]jsontext.Value

// text returns a string member, and false if it is absent or not a string.
func (m members) text(name string) (string, bool) {
	var s string
	v, present := m[name]
	if !present || v.Kind() != jsontext.KindString || json.Unmarshal(v, &s) != nil {
		return "", false
	}
	return s, true
}

// bytes returns a base64url member. The encoding is strict: jwx tries several
// alphabets in turn, and a key must have one spelling only.
func (m members) bytes(name string) ([]byte, error) {
	s, ok := m.text(name)
	if !ok {
		return nil, fmt.Errorf("%s is missing or not a string", name)
	}
	b, ok := decodeSegment(s)
	if !ok || b == "" {
		return nil, fmt.Errorf("%s is not base64url", name)
	}
	return []byte(b), nil
}

// parseKey reads one JWK. It always returns a key: one that cannot be used
// says why, so that a token which names it gets that answer.
func parseKey(data jsontext.Value) *publicKey {
	k := &publicKey{}
	var m members
	if data.Kind() != jsontext.KindBeginObject {
		k.unusable = "it is not a JSON object"
		return k
	}
	if err := json.Unmarshal(data, &m); err != nil {
		k.unusable = "it is not a valid JSON object"
		return k
	}
	k.id, k.hasID = m.text("kid")
	if err := k.fill(m, data); err != nil {
		k.unusable = err.Error()
	}
	return k
}

// fill checks every member and sets the key material.
func (k *publicKey) fill(m members, data jsontext.Value) error {
	if _, present := m["kid"]; present && !k.hasID {
		return fmt.Errorf("kid is not a string")
	}
	if err := k.checkPurpose(m); err != nil {
		return err
	}
	kty, ok := m.text("kty")
	if !ok {
		return fmt.Errorf("kty is missing or not a string")
	}
	for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if _, present := m[private]; present {
			return fmt.Errorf("private or symmetric key material is published, so the key is compromised")
		}
	}
	switch kty {
	case "RSA", "EC", "OKP":
	default:
		return fmt.Errorf("key type %q is not supported", clip(kty))
	}
	if err := checkMaterial(kty, m); err != nil {
		return err
	}
	parsed, err := jwk.ParseKey(data)
	if err != nil {
		return fmt.Errorf("its members do not make a key")
	}
	return k.setMaterial(parsed, m)
}

// checkPurpose reads use, key_ops and alg. RFC 7517, 4.2 to 4.4.
func (k *publicKey) checkPurpose(m members) error {
	if _, present := m["use"]; present {
		if use, ok := m.text("use"); !ok || use != "sig" {
			return fmt.Errorf("use is %q, want %q", clip(use), "sig")
		}
	}
	if v, present := m["key_ops"]; present {
		var ops []string
		if json.Unmarshal(v, &ops) != nil || !slices.Contains(ops, "verify") {
			return fmt.Errorf("key_ops does not include verify")
		}
	}
	if _, present := m["alg"]; present {
		alg, ok := m.text("alg")
		if !ok {
			return fmt.Errorf("alg is not a string")
		}
		if k.alg = Algorithm(alg); k.alg.lookup().family == familyNone {
			return fmt.Errorf("algorithm %q is not supported", clip(alg))
		}
	}
	return nil
}

// checkMaterial checks the encodings of the members that make the key, and the
// sizes of those that have one. RFC 7518, 6.2 and 6.3; RFC 8037, 2.
func checkMaterial(kty string, m members) error {
	names, size := []string{"n", "e"}, 0
	if kty != "RSA" {
		crv, _ := m.text("crv")
		switch {
		case kty == "EC" && crv == "P-256":
			names, size = []string{"x", "y"}, 32
		case kty == "EC" && crv == "P-384":
			names, size = []string{"x", "y"}, 48
		case kty == "EC" && crv == "P-521":
			names, size = []string{"x", "y"}, 66
		case kty == "OKP" && crv == "Ed25519":
			names, size = []string{"x"}, ed25519.PublicKeySize
		default:
			return fmt.Errorf("curve %q is not supported", clip(crv))
		}
	}
	for _, name := range names {
		b, err := m.bytes(name)
		if err != nil {
			return err
		}
		if size != 0 && len(b) != size {
			return fmt.Errorf("%s has %d bytes, want %d", name, len(b), size)
		}
	}
	return nil
}

// setMaterial takes over the key that jwx has read.
func (k *publicKey) setMaterial(parsed jwk.Key, m members) error {
	var raw any
	if err := jwk.Export(parsed, &raw); err != nil {
		return fmt.Errorf("its members do not make a key")
	}
	if err := checkCertificate(m, raw); err != nil {
		return err
	}
	var err error
	switch pub := raw.(type) {
	case *rsa.PublicKey:
		k.rsa, err = newRSAKey(pub)
	case *ecdsa.PublicKey:
		k.ecdsa, err = newECDSAKey(pub)
	case ed25519.PublicKey:
		k.ed = pub
	default:
		err = fmt.Errorf("its members do not make a public key")
	}
	return err
}

// checkCertificate holds the first certificate of x5c, if there is one,
// against the key. RFC 7517, 4.7: they MUST match. An expired certificate is
// no matter: the bare key governs.
func checkCertificate(m members, key any) error {
	v, present := m["x5c"]
	if !present {
		return nil
	}
	var chain []string
	if json.Unmarshal(v, &chain) != nil || len(chain) == 0 {
		return fmt.Errorf("x5c is not an array of certificates")
	}
	der, err := base64.StdEncoding.Strict().DecodeString(chain[0])
	if err != nil {
		return fmt.Errorf("x5c is not base64")
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("x5c is not a certificate")
	}
	pub, ok := cert.PublicKey.(interface{ Equal(x crypto.PublicKey) bool })
	if !ok || !pub.Equal(key) {
		return fmt.Errorf("x5c is the certificate of another key")
	}
	return nil
}

// newECDSAKey checks that pub is a point on its curve.
func newECDSAKey(pub *ecdsa.PublicKey) (*ecdsaKey, error) {
	if _, err := pub.ECDH(); err != nil {
		return nil, fmt.Errorf("its point is not on the curve")
	}
	k := &ecdsaKey{pub: pub}
	switch pub.Curve {
	case elliptic.P256():
		k.curve, k.size = "P-256", 32
	case elliptic.P384():
		k.curve, k.size = "P-384", 48
	case elliptic.P521():
		k.curve, k.size = "P-521", 66
	}
	return k, nil
}
