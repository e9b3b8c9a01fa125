package verifier

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/lestrrat-go/jwx/v3/jwk"
)

// The sizes of RSA keys that are used. RFC 7518, 3.3 requires 2048 bits. Above
// 8192 one verification costs milliseconds, which an attacker who controls the
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
	unusable string    // why it cannot verify anything; empty if it can

	compromised bool // its private part is published

	thumbprint string // RFC 7638

	// Exactly one of these is set if the key is usable.
	rsa   *rsaKey
	ecdsa *ecdsaKey
	ed    ed25519.PublicKey
}

// info describes k.
func (k *publicKey) info() KeyInfo {
	return KeyInfo{
		KeyID: k.id, Algorithm: k.alg, Thumbprint: k.thumbprint, Unusable: k.unusable,
		Compromised: k.compromised,
	}
}

// fits reports whether k has the type that an algorithm needs. No key fits a
// symmetric algorithm.
func (k *publicKey) fits(alg algorithm) bool {
	switch alg.family {
	case familyPKCS1, familyPSS:
		return k.rsa != nil
	case familyECDSA:
		return k.ecdsa != nil && k.ecdsa.curve == alg.curve
	case familyEdDSA:
		return k.ed != nil
	}
	return false
}

// refuses returns why k must not verify a signature of alg, and "" if it may. A
// key is for one type of algorithm, and for one algorithm if its JWK names it.
// EdDSA and Ed25519 are two names of the same algorithm. RFC 7517, 4.4; RFC 8725,
// 3.1; RFC 9864, 2.2.
func (k *publicKey) refuses(alg Algorithm) string {
	switch {
	case k.unusable != "":
		return k.unusable
	case !k.fits(alg.lookup()):
		return "its type does not fit " + string(alg)
	case k.alg != "" && k.alg != alg && k.ed == nil:
		return fmt.Sprintf("it is published for %s, not for %s", k.alg, alg)
	}
	return ""
}

// members holds the members of a JSON object, a JWK or provider metadata, by
// their exact names.
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
// alphabets in turn, but a key must have only one spelling.
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

// parseKey reads one JWK. It always returns a key: an unusable one says why, so
// that a token which names it is refused with that explanation.
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
	// Serializers write members that they do not use as null, those of a private
	// key among them. RFC 7517 has no member whose value is null.
	maps.DeleteFunc(m, func(_ string, v jsontext.Value) bool {
		return v.Kind() == jsontext.KindNull
	})
	k.id, k.hasID = m.text("kid")
	if err := k.fill(m); err != nil {
		k.unusable, k.compromised = err.Error(), err == errCompromised
	}
	return k
}

// errCompromised is about a key of which more than the public part is published.
var errCompromised = errors.New("private or symmetric key material is published, so the key is compromised")

// fill checks every member and sets the key material.
func (k *publicKey) fill(m members) error {
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
			return errCompromised
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
	cert := m.certificate()
	delete(m, "x5c") // jwx would refuse the key for an unreadable one
	data, err := json.Marshal(m)
	if err != nil {
		return errNoKey
	}
	parsed, err := jwk.ParseKey(data)
	if err != nil {
		return errNoKey
	}
	return k.setMaterial(parsed, m, cert)
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
