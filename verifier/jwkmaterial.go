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
		return fmt.Errorf("its RSA modulus has %d bits, want %d to %d", bits, minRSABits, maxRSABits)
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
		canonical = fmt.Sprintf(`{"e":"%s","kty":"RSA","n":"%s"}`, encode(big.NewInt(int64(pub.E)).Bytes()), encode(pub.N.Bytes()))
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

// certificate returns the first certificate of x5c, and nil if there is none.
// The bare key is what counts: it does not matter whether the certificate has
// expired or is trusted.
func (m members) certificate() (*x509.Certificate, error) {
	v, present := m["x5c"]
	if !present {
		return nil, nil
	}
	var chain []string
	if json.Unmarshal(v, &chain) != nil || len(chain) == 0 {
		return nil, fmt.Errorf("x5c is not an array of certificates")
	}
	der, err := base64.StdEncoding.Strict().DecodeString(chain[0])
	if err != nil {
		return nil, fmt.Errorf("x5c is not base64")
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("x5c is not a certificate")
	}
	return cert, nil
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
