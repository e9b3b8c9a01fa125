package plain

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// key is one entry of a JWK Set.
type key struct {
	id     keyID
	alg    string // the algorithm that it is published for; may be empty
	public crypto.PublicKey
	secret []byte // the secret of an HMAC, instead of public

	// unfit says why the key must verify nothing. Such a key is kept, so that
	// a token which names it gets that answer.
	unfit string

	jwk  object
	text jsontext.Value // the JWK as it was written
}

// keyID is the kid of a key or of a token. An empty one is not an absent one.
type keyID struct {
	text    string
	present bool
}

// equal reports whether two keys are the same public key.
func (k *key) equal(other *key) bool {
	public, ok := k.public.(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(other.public)
}

// readKey reads a JWK. RFC 7517, 4.
func readKey(h *habits, text jsontext.Value) *key {
	k := &key{text: text}
	jwk, err := h.reading.parse(text)
	if err != nil {
		k.unfit = err.Error()
		return k
	}
	if h.keys.edit != nil {
		jwk = h.keys.edit(jwk)
	}
	k.jwk = jwk
	if k.id.text, k.id.present = jwk.string("kid"); jwk.has("kid") && !k.id.present {
		k.unfit = "kid is not a string"
		return k
	}
	k.alg, _ = jwk.string("alg")
	if k.unfit = unfitPurpose(jwk); k.unfit != "" {
		return k
	}
	if k.public, err = h.keys.material(jwk); err != nil {
		k.unfit = err.Error()
		return k
	}
	if k.unfit = h.keys.unfit(k.public); k.unfit == "" {
		k.unfit = unfitCertificate(jwk, k.public)
	}
	return k
}

// withoutNulls returns a JWK without the members that a serializer has written
// although they have no value.
func withoutNulls(jwk object) object {
	for _, m := range slices.Clone(jwk.members) {
		if m.value.Kind() == jsontext.KindNull {
			jwk = jwk.without(m.name)
		}
	}
	return jwk
}

// unfitPurpose says what in use, key_ops or alg forbids verifying signatures
// with a key, and whether the key shows what must stay secret. RFC 7517, 4.2 to
// 4.4 and 9.2.
func unfitPurpose(jwk object) string {
	if use, _ := jwk.string("use"); jwk.has("use") && use != "sig" {
		return "use is not sig"
	}
	if operations, _ := jwk.strings("key_ops"); jwk.has("key_ops") &&
		!slices.Contains(operations, "verify") {
		return "key_ops does not include verify"
	}
	if alg, _ := jwk.string("alg"); jwk.has("alg") {
		if _, known := algorithms()[alg]; !known {
			return "alg is not a signature algorithm with a public key"
		}
	}
	if slices.ContainsFunc([]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}, jwk.has) {
		return "it shows its private part"
	}
	return ""
}

// readPublicKey returns the key material. RFC 7518, 6.2 and 6.3; RFC 8037, 2.
func readPublicKey(jwk object) (crypto.PublicKey, error) {
	kty, _ := jwk.string("kty")
	crv, _ := jwk.string("crv")
	switch {
	case kty == "RSA":
		n, errN := number(jwk, "n")
		e, errE := number(jwk, "e")
		if errN != nil || errE != nil {
			return nil, fmt.Errorf("n or e is not base64url")
		}
		if !e.IsInt64() || e.Int64() > 1<<31-1 {
			return nil, fmt.Errorf("e is above 2^31-1")
		}
		return &rsa.PublicKey{N: n, E: int(e.Int64())}, nil
	case kty == "EC" && curves()[crv] != nil:
		curve := curves()[crv]
		x, errX := coordinate(jwk, "x", (curve.Params().BitSize+7)/8)
		y, errY := coordinate(jwk, "y", (curve.Params().BitSize+7)/8)
		if errX != nil || errY != nil {
			return nil, fmt.Errorf("x or y is not a coordinate of %s", crv)
		}
		public, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
		if err != nil {
			return nil, fmt.Errorf("the point is not on %s", crv)
		}
		return public, nil
	case kty == "OKP" && crv == "Ed25519":
		x, err := coordinate(jwk, "x", ed25519.PublicKeySize)
		if err != nil {
			return nil, err
		}
		return ed25519.PublicKey(x), nil
	}
	return nil, fmt.Errorf("key type %q with curve %q is not known", cut(kty), cut(crv))
}

func curves() map[string]elliptic.Curve {
	return map[string]elliptic.Curve{
		"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521(),
	}
}

// number reads a positive integer. RFC 7518, 2, Base64urlUInt.
func number(jwk object, name string) (*big.Int, error) {
	text, _ := jwk.string(name)
	decoded, ok := decodeBase64URL(text)
	if !ok || len(decoded) == 0 {
		return nil, fmt.Errorf("%s is not base64url", name)
	}
	return new(big.Int).SetBytes(decoded), nil
}

// coordinate reads a big-endian number of exactly size bytes. RFC 7518, 6.2.1.2.
func coordinate(jwk object, name string, size int) ([]byte, error) {
	text, _ := jwk.string(name)
	decoded, ok := decodeBase64URL(text)
	if !ok || len(decoded) != size {
		return nil, fmt.Errorf("%s is not %d bytes in base64url", name, size)
	}
	return decoded, nil
}

// unfitMaterial says why a key must verify nothing although it is well formed.
func unfitMaterial(public crypto.PublicKey) string {
	if point, ok := public.(ed25519.PublicKey); ok {
		return unfitEd25519(point)
	}
	return unfitRSA(public)
}

// unfitEd25519 says why a point proves nothing: under a point of small order, a
// signature is good for many messages, or for all. The ordinates are 1, -1, 0,
// the two of order eight, and the two that are not below the prime. RFC 8725,
// 3.4.
func unfitEd25519(point ed25519.PublicKey) string {
	ordinate := slices.Clone(point)
	ordinate[31] &= 0x7F // the sign of the abscissa
	for _, small := range []string{
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		if fmt.Sprintf("%x", []byte(ordinate)) == small {
			return "the point has a small order"
		}
	}
	return ""
}

// unfitRSA says why an RSA key is too weak, or so large that each verification
// would cost milliseconds. RFC 7518, 3.3; RFC 8017, 3.1.
func unfitRSA(public crypto.PublicKey) string {
	k, isRSA := public.(*rsa.PublicKey)
	if !isRSA {
		return ""
	}
	switch bits := k.N.BitLen(); {
	case bits < 2048 || bits > 8192:
		return fmt.Sprintf("the modulus has %d bits, want 2048 to 8192", bits)
	case k.N.Bit(0) == 0:
		return "the modulus is even"
	case k.E < 3 || k.E%2 == 0:
		return fmt.Sprintf("the exponent is %d, want an odd number from 3", k.E)
	case hasROCAFingerprint(k.N):
		return "the modulus can be factored: CVE-2017-15361"
	}
	return ""
}

// hasROCAFingerprint reports whether n is, modulo each of many small primes, a
// power of 65537, as the moduli of one faulty generator are. CVE-2017-15361.
func hasROCAFingerprint(n *big.Int) bool {
	for _, p := range []int64{
		11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
	} {
		powers := map[int64]bool{}
		for power := int64(1); !powers[power]; power = power * 65537 % p {
			powers[power] = true
		}
		if !powers[new(big.Int).Mod(n, big.NewInt(p)).Int64()] {
			return false
		}
	}
	return true
}

// unfitCertificate says how the certificate of a key, if there is one that can
// be read, contradicts the key. Its dates do not matter. RFC 7517, 4.7.
func unfitCertificate(jwk object, public crypto.PublicKey) string {
	chain, _ := jwk.strings("x5c")
	if len(chain) == 0 {
		return ""
	}
	der, _ := base64.StdEncoding.Strict().DecodeString(chain[0])
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return ""
	}
	want, err := x509.MarshalPKIXPublicKey(public)
	if err != nil || !bytes.Equal(certificate.RawSubjectPublicKeyInfo, want) {
		return "x5c certifies another key"
	}
	return ""
}
