package keyring

import (
	"cmp"
	"crypto"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
)

// primes is how many primes the modulus of an RSA key has. Nobody can tell from
// the public key, and with four of them a signature takes a quarter of the time
// and the key a tenth. RFC 8017, 3.2 allows it, and crypto/rsa does not make
// use of it.
const primes = 4

// portablePrimes is how many primes a key has that other programs read.
const portablePrimes = 2

// rsaKey makes the key by hand because crypto/rsa.GenerateKey ignores the
// random source that it is given.
func rsaKey(r recipe, stream io.Reader) *rsa.PrivateKey {
	one, e := big.NewInt(1), cmp.Or(r.e, commonExponent)
	n, find := primes, prime
	switch r.odd {
	case oddPrimes:
		n, find = portablePrimes, rocaPrime
	case portable:
		n = portablePrimes
	}
	for {
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: big.NewInt(1), E: int(e)}}
		order := big.NewInt(1)
		for i := range n {
			p := find((r.bits+i)/n, e, stream)
			if slices.ContainsFunc(key.Primes, func(q *big.Int) bool { return p.Cmp(q) == 0 }) {
				break
			}
			key.Primes = append(key.Primes, p)
			key.N.Mul(key.N, p)
			order.Mul(order, new(big.Int).Sub(p, one))
		}
		if len(key.Primes) < n || key.N.BitLen() != r.bits {
			continue
		}
		key.D = new(big.Int).ModInverse(big.NewInt(e), order)
		key.Precompute()
		if err := key.Validate(); err != nil {
			panic(fmt.Sprintf("keyring: internal error: RSA key of %d bits: %v", r.bits, err))
		}
		return key
	}
}

// residues raises numbers to the private exponent of an RSA key modulo each of
// its primes. RFC 8017, 5.1.2.
type residues struct {
	size    int // of the modulus, in bytes
	modulus *big.Int
	factors []factor
}

// factor is one prime of a key.
type factor struct {
	prime, exponent *big.Int
	before, inverse *big.Int // the product of the primes before it, and its inverse
}

func newResidues(key *rsa.PrivateKey) *residues {
	r := &residues{size: key.Size(), modulus: key.N}
	one, before := big.NewInt(1), big.NewInt(1)
	for _, p := range key.Primes {
		r.factors = append(r.factors, factor{
			prime:    p,
			exponent: new(big.Int).Mod(key.D, new(big.Int).Sub(p, one)),
			before:   before, inverse: new(big.Int).ModInverse(before, p),
		})
		before = new(big.Int).Mul(before, p)
	}
	return r
}

// raise returns em, which must be below the modulus, to the private exponent. The
// result is as long as the modulus.
func (r *residues) raise(em []byte) []byte {
	m, s := new(big.Int).SetBytes(em), new(big.Int)
	for _, f := range r.factors {
		h := new(big.Int).Exp(m, f.exponent, f.prime)
		h.Sub(h, s).Mul(h, f.inverse).Mod(h, f.prime)
		s.Add(s, h.Mul(h, f.before))
	}
	return s.FillBytes(make([]byte, r.size))
}

// errShort is the error of a modulus that is too short for a hash.
var errShort = errors.New("the modulus is too short")

// encodePKCS1 is EMSA-PKCS1-v1_5-ENCODE of RFC 8017, 9.2.
func encodePKCS1(hash crypto.Hash, digest []byte, size int) ([]byte, error) {
	// The DER of a DigestInfo up to the digest: of SHA-2, only lengths and the
	// last number of the OID differ.
	arc := map[crypto.Hash]byte{crypto.SHA256: 1, crypto.SHA384: 2, crypto.SHA512: 3}[hash]
	n := byte(len(digest))
	info := append([]byte{
		0x30, 0x11 + n, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, arc, 0x05, 0x00, 0x04, n,
	}, digest...)
	em := make([]byte, size)
	separator := size - len(info) - 1
	if separator < 2+8 {
		return nil, errShort
	}
	em[1] = 1
	for i := 2; i < separator; i++ {
		em[i] = 0xff
	}
	copy(em[separator+1:], info)
	return em, nil
}
