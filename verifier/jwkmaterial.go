package verifier

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/lestrrat-go/jwx/v3/jwk"
)

// checkMaterial checks the members that make up the key: their encodings, and
// their sizes where those are fixed. jwx is more lenient with both. RFC 7518,
// 6.2 and 6.3; RFC 8037, 2.
func checkMaterial(kty string, m members) error {
	if kty == "RSA" {
		return checkRSA(m)
	}
	crv, _ := m.text("crv")
	size := 0
	switch {
	case kty == "EC" && crv == "P-256":
		size = 32
	case kty == "EC" && crv == "P-384":
		size = 48
	case kty == "EC" && crv == "P-521":
		size = 66
	case kty == "OKP" && crv == "Ed25519":
		size = ed25519.PublicKeySize
	default:
		return fmt.Errorf("curve %q is not supported", clip(crv))
	}
	names := []string{"x", "y"}
	if kty == "OKP" {
		names = names[:1]
	}
	for _, name := range names {
		b, err := m.bytes(name)
		if err != nil {
			return err
		}
		if len(b) != size {
			return fmt.Errorf("%s has %d bytes, want %d", name, len(b), size)
		}
	}
	return nil
}

// checkRSA checks the parameters of an RSA key. RFC 7518, 3.3; RFC 8017, 3.1.
func checkRSA(m members) error {
	nBytes, err := m.bytes("n")
	if err != nil {
		return err
	}
	eBytes, err := m.bytes("e")
	if err != nil {
		return err
	}
	n, e := new(big.Int).SetBytes(nBytes), new(big.Int).SetBytes(eBytes)
	bits := n.BitLen()
	switch {
	case bits < minRSABits || bits > maxRSABits:
		return fmt.Errorf("its RSA modulus has %d bits, want %d to %d",
			bits, minRSABits, maxRSABits)
	case n.Bit(0) == 0:
		return fmt.Errorf("its RSA modulus is even")
	case e.BitLen() > 31:
		// jwx would keep the low bits of a longer one.
		return fmt.Errorf("its RSA exponent has %d bits, want 31 at most", e.BitLen())
	case e.Int64() < 3 || e.Bit(0) == 0:
		return fmt.Errorf("its RSA exponent is %d, want an odd number from 3", e)
	case weakROCA(n):
		return fmt.Errorf("its RSA modulus has the fingerprint of CVE-2017-15361 (ROCA)")
	}
	return nil
}

// setMaterial takes the key that jwx has parsed.
func (k *publicKey) setMaterial(parsed jwk.Key, m members, cert *x509.Certificate) error {
	var raw any
	if err := jwk.Export(parsed, &raw); err != nil {
		return errNoKey
	}
	var err error
	switch pub := raw.(type) {
	case *rsa.PublicKey:
		k.rsa, err = newRSAKey(pub)
	case *ecdsa.PublicKey:
		k.ecdsa, err = newECDSAKey(pub)
	case ed25519.PublicKey:
		k.ed, err = pub, checkEd25519(pub)
	default:
		err = errNoKey
	}
	if err != nil {
		return err
	}
	if k.alg != "" && !k.fits(k.alg.lookup()) {
		return fmt.Errorf("its type does not fit its alg, %s", k.alg)
	}
	if err := checkCertificate(cert, raw); err != nil {
		return err
	}
	k.thumbprint = thumbprint(m, raw)
	return nil
}

// errNoKey reports members that are well encoded but are not a public key.
var errNoKey = errors.New("its members do not form a public key")

// thumbprint returns the SHA-256 of the canonical form of a checked key: its
// required members in the order of their names. RFC 7638, 3.
func thumbprint(m members, key any) string {
	var canonical string
	switch pub := key.(type) {
	case *rsa.PublicKey:
		// As numbers, because n and e may have leading zeros in the JWK.
		encode := base64.RawURLEncoding.EncodeToString
		canonical = fmt.Sprintf(`{"e":"%s","kty":"RSA","n":"%s"}`,
			encode(big.NewInt(int64(pub.E)).Bytes()), encode(pub.N.Bytes()))
	default:
		// Their encodings are strict, so the strings are canonical as they are.
		kty, _ := m.text("kty")
		crv, _ := m.text("crv")
		x, _ := m.text("x")
		canonical = fmt.Sprintf(`{"crv":"%s","kty":"%s","x":"%s"}`, crv, kty, x)
		if y, ok := m.text("y"); ok && kty == "EC" {
			canonical = fmt.Sprintf(`{"crv":"%s","kty":"EC","x":"%s","y":"%s"}`, crv, x, y)
		}
	}
	sum := sha256.Sum256([]byte(canonical))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// certificate returns the first certificate of x5c, and nil if there is none
// that can be read. The bare key is what counts: it does not matter whether its
// certificate has expired, is trusted, or is one that crypto/x509 refuses.
func (m members) certificate() *x509.Certificate {
	var chain []string
	if json.Unmarshal(m["x5c"], &chain) != nil || len(chain) == 0 {
		return nil
	}
	der, err := base64.StdEncoding.Strict().DecodeString(chain[0])
	if err != nil {
		return nil
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	return cert
}

// checkCertificate compares the certificate of a JWK with its key. RFC 7517,
// 4.7: they MUST match.
func checkCertificate(cert *x509.Certificate, key any) error {
	if cert == nil {
		return nil
	}
	pub, ok := cert.PublicKey.(interface{ Equal(x crypto.PublicKey) bool })
	if !ok || !pub.Equal(key) {
		return fmt.Errorf("x5c is a certificate for another key")
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

// checkEd25519 reports why pub must not be used: it is not the encoding of a
// point of the curve, or the point has a small order. Under such a key one
// signature can verify many messages, so its owner can deny what was signed,
// and a signature under it proves nothing. RFC 8032, 5.1.3; RFC 8725,
// 3.4. crypto/ed25519 accepts these keys and finds out at each signature.
func checkEd25519(pub ed25519.PublicKey) error {
	little := slices.Clone(pub)
	little[31] &= 0x7F // the sign of x
	slices.Reverse(little)
	y := new(big.Int).SetBytes(little)

	one := big.NewInt(1)
	p := new(big.Int).Lsh(one, 255)
	p.Sub(p, big.NewInt(19))
	if y.Cmp(p) >= 0 {
		return fmt.Errorf("its point is not canonically encoded")
	}
	// The ordinates of the eight points whose order divides 8 are 0, 1, -1 and
	// this one with either sign.
	order8, _ := new(big.Int).SetString("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",
		16)
	for _, small := range []*big.Int{new(big.Int), one, order8} {
		negative := new(big.Int).Sub(p, small)
		if y.Cmp(small) == 0 || y.Cmp(negative) == 0 {
			return fmt.Errorf("its point has a small order")
		}
	}
	// -x² + y² = 1 + d·x²·y², so x² = (y²-1)/(d·y²+1), which has a root if the
	// product of numerator and denominator has one. d is -121665/121666;
	// multiplying both by 121666 avoids the division.
	y2 := new(big.Int).Mul(y, y)
	u := new(big.Int).Sub(y2, one)
	u.Mul(u, big.NewInt(121666))
	v := new(big.Int).Mul(y2, big.NewInt(-121665))
	v.Add(v, big.NewInt(121666))
	// Both have gained that factor, and its square does not change whether the
	// product has a root.
	u.Mul(u, v).Mod(u, p)
	if big.Jacobi(u, p) == -1 {
		return fmt.Errorf("its point is not on the curve")
	}
	return nil
}
