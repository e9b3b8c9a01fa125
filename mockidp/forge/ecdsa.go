package forge

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/sha512"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"

	"github.com/assay-id/assay/mockidp/keyring"
)

// otherCurve returns the private key if alg is an ECDSA algorithm and key an
// ECDSA key on a different curve from the one that alg wants. Such a key can
// still sign, over the hash of alg; that a verifier must not allow it is a
// test case.
func otherCurve(key *keyring.Key, alg string) (*ecdsa.PrivateKey, bool) {
	curves := map[string]string{"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
	private, isECDSA := key.Private().(*ecdsa.PrivateKey)
	curve, known := curves[alg]
	return private, isECDSA && known && private.Params().Name != curve
}

// signOnCurve makes the signature of private over the hash of alg, with r and s
// as long as the order of its own curve.
func signOnCurve(private *ecdsa.PrivateKey, alg, input string) ([]byte, error) {
	hash, _ := keyring.Hash(alg)
	der, err := private.Sign(nil, digest(hash, input), hash)
	if err != nil {
		return nil, err
	}
	var v struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &v); err != nil {
		return nil, err
	}
	return fixedWidth(v.R, v.S, orderBytes(private)), nil
}

func digest(hash crypto.Hash, input string) []byte {
	h := hash.New()
	h.Write([]byte(input))
	return h.Sum(nil)
}

func orderBytes(private *ecdsa.PrivateKey) int { return (private.Params().N.BitLen() + 7) / 8 }

func fixedWidth(r, s *big.Int, size int) []byte {
	return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
}

// wantsZeros reports whether an edit removes a byte of r, or of s, that must
// be zero for the rest to be numerically the same.
func (e SignatureEdit) wantsZeros() (r, s bool) {
	return e == "strip" || e == "narrow", e == "narrow"
}

// mostNonces bounds the search of signWithZeros. One nonce in 256 gives r such
// a byte and one in 65,536 both; with P-521, whose first byte is 0 or 1, it
// is one in four.
const mostNonces = 1 << 20

// signWithZeros makes an ECDSA signature whose r, and s if that is wanted
// too, begin with a zero byte. Ordinary signatures seldom do, and their nonce
// cannot be chosen, so this is the arithmetic of FIPS 186-5, 6.4.1, trying
// one nonce after another. Nothing of value may be signed this way.
func signWithZeros(key *keyring.Key, alg, input string, zeroS bool) ([]byte, error) {
	private, ok := key.Private().(*ecdsa.PrivateKey)
	hash, known := keyring.Hash(alg)
	if !ok || !known {
		return nil, fmt.Errorf("alg is %q and the key %q: such a signature edit needs ECDSA",
			alg, key.ID())
	}
	scalar, err := private.Bytes()
	if err != nil {
		return nil, err
	}
	n, size := private.Params().N, orderBytes(private)
	d, e := new(big.Int).SetBytes(scalar), leftmost(digest(hash, input), n)
	start := sha512.Sum512(slices.Concat(scalar, []byte(input)))
	k := new(big.Int).Mod(new(big.Int).SetBytes(start[:]), n)
	for range mostNonces {
		k.Add(k, big.NewInt(1)).Mod(k, n)
		r, err := abscissa(private, k, size)
		if err != nil {
			return nil, err
		}
		r.Mod(r, n)
		s := new(big.Int).Mul(r, d)
		s.Add(s, e).Mul(s, new(big.Int).ModInverse(k, n)).Mod(s, n)
		limit := 8 * (size - 1)
		if r.Sign() > 0 && s.Sign() > 0 && r.BitLen() <= limit && (!zeroS || s.BitLen() <= limit) {
			return fixedWidth(r, s, size), nil
		}
	}
	return nil, fmt.Errorf("no signature of %d begins with zeros", mostNonces)
}

// abscissa returns x of k times the base point.
func abscissa(private *ecdsa.PrivateKey, k *big.Int, size int) (*big.Int, error) {
	curves := map[string]ecdh.Curve{
		"P-256": ecdh.P256(), "P-384": ecdh.P384(), "P-521": ecdh.P521(),
	}
	point, err := curves[private.Params().Name].NewPrivateKey(k.FillBytes(make([]byte, size)))
	if err != nil {
		return nil, err
	}
	return new(big.Int).SetBytes(point.PublicKey().Bytes()[1 : 1+size]), nil
}

// leftmost returns the leading bits of a digest, as many as n has. FIPS
// 186-5, 6.4.1.
func leftmost(digest []byte, n *big.Int) *big.Int {
	e := new(big.Int).SetBytes(digest)
	if excess := 8*len(digest) - n.BitLen(); excess > 0 {
		e.Rsh(e, uint(excess))
	}
	return e
}
