package keyring

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	_ "crypto/sha512" // SHA-384 and SHA-512 for crypto.Hash.
	"encoding/asn1"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
)

// family is how an alg signs.
type family int

const (
	pkcs1v15 family = iota
	pss
	ecdsaRS
	eddsa
)

// algorithm is one entry of the registry of RFC 7518, 3.1.
type algorithm struct {
	family family
	hash   crypto.Hash
	curve  elliptic.Curve // ecdsaRS only
}

func lookup(alg string) (algorithm, bool) {
	switch alg {
	case "RS256":
		return algorithm{pkcs1v15, crypto.SHA256, nil}, true
	case "RS384":
		return algorithm{pkcs1v15, crypto.SHA384, nil}, true
	case "RS512":
		return algorithm{pkcs1v15, crypto.SHA512, nil}, true
	case "PS256":
		return algorithm{pss, crypto.SHA256, nil}, true
	case "PS384":
		return algorithm{pss, crypto.SHA384, nil}, true
	case "PS512":
		return algorithm{pss, crypto.SHA512, nil}, true
	case "ES256":
		return algorithm{ecdsaRS, crypto.SHA256, elliptic.P256()}, true
	case "ES384":
		return algorithm{ecdsaRS, crypto.SHA384, elliptic.P384()}, true
	case "ES512":
		return algorithm{ecdsaRS, crypto.SHA512, elliptic.P521()}, true
	case "EdDSA":
		return algorithm{eddsa, crypto.Hash(0), nil}, true
	}
	return algorithm{}, false
}

// Algs returns the algs that keys of this package can be made for and can
// sign with, in the order of RFC 7518, 3.1, EdDSA (RFC 8037, 3.1) last.
func Algs() []string {
	return []string{
		"RS256", "RS384", "RS512",
		"PS256", "PS384", "PS512",
		"ES256", "ES384", "ES512",
		"EdDSA",
	}
}

// Hash returns the hash function of alg, which is also that of at_hash and
// c_hash (OIDC Core 1.0, 3.1.3.6): SHA-512 for EdDSA with Ed25519. It reports
// false for an alg that is not one of [Algs].
func Hash(alg string) (crypto.Hash, bool) {
	a, ok := lookup(alg)
	if a.family == eddsa && ok {
		return crypto.SHA512, true
	}
	return a.hash, ok
}

// Sign returns the JWS Signature bytes over input, the JWS Signing Input (RFC
// 7518, 3; RFC 8037, 3.1). For ES* they are r and s at full length. alg may
// differ from Alg if the key supports it: an RSA key signs RS* and PS*. It
// returns an error that names both if it cannot, and if an RSA key is too
// short for alg.
//
// Equal arguments give equal bytes, even for ECDSA (nonces of RFC 6979) and
// for PSS, whose salt is derived from the key and the input.
func (k *Key) Sign(alg string, input []byte) ([]byte, error) {
	if err := k.canSign(alg); err != nil {
		return nil, err
	}
	a, _ := lookup(alg)
	signature, err := k.sign(a, input)
	if err != nil {
		return nil, fmt.Errorf("signing %s with key %q: %w", alg, k.id, err)
	}
	return signature, nil
}

func (k *Key) sign(a algorithm, input []byte) ([]byte, error) {
	if a.family == eddsa {
		return k.private.Sign(nil, input, a.hash)
	}
	h := a.hash.New()
	h.Write(input)
	digest := h.Sum(nil)
	if a.family == ecdsaRS {
		der, err := k.private.Sign(nil, digest, a.hash)
		if err != nil {
			return nil, err
		}
		return fixedLength(der, a.curve)
	}
	em, err := k.encode(a, digest)
	if err != nil {
		return nil, err
	}
	return k.residues.raise(em), nil
}

// encode returns the encoded message of a digest for an RSA key.
func (k *Key) encode(a algorithm, digest []byte) ([]byte, error) {
	if a.family != pss {
		return encodePKCS1(a.hash, digest, k.residues.size)
	}
	parts, err := NewPSS(a.hash, digest, k.salt(digest), k.residues.modulus.BitLen()-1)
	if err != nil {
		return nil, err
	}
	return parts.Encode(), nil
}

// Raise returns an encoded message to the private exponent, which is all that
// an RSA key does when it signs. RFC 8017, 5.2.1. The error says that the key is
// no RSA key, or that the message is not as long as the modulus and below it.
func (k *Key) Raise(em []byte) ([]byte, error) {
	if k.residues == nil {
		return nil, fmt.Errorf("an encoded message needs an RSA key: key %q is none", k.id)
	}
	if len(em) != k.residues.size || new(big.Int).SetBytes(em).Cmp(k.residues.modulus) >= 0 {
		return nil, fmt.Errorf("the encoded message has %d bytes, want %d and a number below the modulus",
			len(em), k.residues.size)
	}
	return k.residues.raise(em), nil
}

// salt returns the salt for a digest, of its length, which RFC 7518, 3.5 demands.
// It depends only on the private key and the digest.
func (k *Key) salt(digest []byte) []byte {
	h := sha256.New()
	h.Write([]byte("assay pss salt\x00"))
	h.Write(k.private.(*rsa.PrivateKey).D.Bytes())
	h.Write(digest)
	salt := make([]byte, len(digest))
	read(rand.NewChaCha8([sha256.Size]byte(h.Sum(nil))), salt)
	return salt
}

// fixedLength turns an ASN.1 ECDSA-Sig-Value into r||s, each as long as the
// order of the curve. RFC 7518, 3.4.
func fixedLength(der []byte, curve elliptic.Curve) ([]byte, error) {
	var v struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &v); err != nil {
		return nil, err
	}
	size := (curve.Params().BitSize + 7) / 8
	out := make([]byte, 2*size)
	v.R.FillBytes(out[:size])
	v.S.FillBytes(out[size:])
	return out, nil
}

// canSign returns an error that says why the key cannot sign alg.
func (k *Key) canSign(alg string) error {
	a, ok := lookup(alg)
	if !ok {
		return fmt.Errorf("alg is %q, want one of %s", alg, strings.Join(Algs(), ", "))
	}
	var have, want string
	switch private := k.private.(type) {
	case *rsa.PrivateKey:
		have = "RSA"
	case *ecdsa.PrivateKey:
		have = private.Params().Name
	case ed25519.PrivateKey:
		have = "Ed25519"
	default:
		return fmt.Errorf("key %q is a %T, want an RSA, ECDSA or Ed25519 private key",
			k.id, private)
	}
	switch a.family {
	case pkcs1v15, pss:
		want = "RSA"
	case ecdsaRS:
		want = a.curve.Params().Name
	case eddsa:
		want = "Ed25519"
	}
	if have != want {
		return fmt.Errorf("alg %q needs the key type %s, key %q has %s", alg, want, k.id, have)
	}
	return nil
}
