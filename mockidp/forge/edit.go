package forge

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/asn1"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-id/assay/mockidp/keyring"
)

// SignatureEdit is an edit of the signature bytes by name, some with an
// argument after a space.
//
//	flip            one bit of the first byte flipped
//	flip N          one bit of byte N, from 0; below 0 it counts from the end
//	append          a byte 0x00 at the end
//	zero-prefix     a byte 0x00 in front: numerically the same
//	shorten N       N bytes taken off the end
//	pad N           N bytes 0x00 at the end
//	empty           no bytes at all
//	zero            every byte 0x00
//	encoded         RSA: the encoded message, which verifies if e is 1
//	negate          RSA: n − s
//	s-plus-n        RSA: s + n, which is congruent
//	der             ECDSA: as the ASN.1 structure of X9.62
//	swap            ECDSA: s before r
//	strip           ECDSA: the first byte of r taken off, which is zero
//	narrow          ECDSA: the first bytes of r and s taken off, which are zero
//	widen           ECDSA: r and s each one byte longer, with 0x00 in front
//	high-s          ECDSA: n − s, which verifies as well
//	r-plus-n        ECDSA: r + n
//	s-plus-n        ECDSA: s + n
//	r=V s=V         ECDSA: r or s set to 0, 1, n-1 or n; joined by a comma
//	s-plus-l        Ed25519: s + L, which is not canonical
type SignatureEdit string

// SignatureEdits lists the names of all edits.
func SignatureEdits() []string {
	return []string{
		"flip", "append", "zero-prefix", "shorten", "pad", "empty", "zero", "encoded", "negate",
		"der", "swap", "strip", "narrow", "widen", "high-s", "r-plus-n", "s-plus-n", "r=", "s=", "s-plus-l",
	}
}

// apply returns sig edited. sig itself is not changed.
func (e SignatureEdit) apply(sig []byte, key *keyring.Key) ([]byte, error) {
	name, argument, _ := strings.Cut(string(e), " ")
	sig = slices.Clone(sig)
	switch name {
	case "flip":
		return e.flip(sig, argument)
	case "append":
		return append(sig, 0), nil
	case "zero-prefix":
		return append([]byte{0}, sig...), nil
	case "empty":
		return nil, nil
	case "zero":
		clear(sig)
		return sig, nil
	case "shorten", "pad":
		n, err := strconv.Atoi(argument)
		if err != nil || n < 1 || name == "shorten" && n > len(sig) {
			return nil, fmt.Errorf("signature edit %q: want a number of bytes", e)
		}
		if name == "pad" {
			return append(sig, make([]byte, n)...), nil
		}
		return sig[:len(sig)-n], nil
	case "s-plus-l":
		return e.addOrder(sig)
	case "encoded":
		return e.encoded(sig, key)
	}
	if public, isRSA := key.Public().(*rsa.PublicKey); isRSA {
		return e.applyRSA(sig, public)
	}
	return e.applyECDSA(name, sig, key)
}

// flip flips the lowest bit of the byte that the argument counts.
func (e SignatureEdit) flip(sig []byte, argument string) ([]byte, error) {
	i := 0
	if argument != "" {
		var err error
		if i, err = strconv.Atoi(argument); err != nil {
			return nil, fmt.Errorf("signature edit %q: want the number of a byte", e)
		}
	}
	if i < 0 {
		i += len(sig)
	}
	if i < 0 || i >= len(sig) {
		return nil, fmt.Errorf("signature edit %q: the signature has %d bytes", e, len(sig))
	}
	sig[i] ^= 1
	return sig, nil
}

// applyRSA carries out the edits that know the modulus.
func (e SignatureEdit) applyRSA(sig []byte, public *rsa.PublicKey) ([]byte, error) {
	s := new(big.Int).SetBytes(sig)
	switch e {
	case "negate":
		s.Sub(public.N, s)
	case "s-plus-n":
		s.Add(s, public.N)
	default:
		return nil, fmt.Errorf("signature edit %q is not known for this key", e)
	}
	return s.FillBytes(make([]byte, max(len(sig), (s.BitLen()+7)/8))), nil
}

// encoded returns the encoded message that an RSA signature represents. RFC
// 8017, 5.2.2.
func (e SignatureEdit) encoded(sig []byte, key *keyring.Key) ([]byte, error) {
	pub, ok := key.Public().(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("signature edit %q needs an RSA key", e)
	}
	m := new(big.Int).SetBytes(sig)
	return m.Exp(m, big.NewInt(int64(pub.E)), pub.N).FillBytes(make([]byte, pub.Size())), nil
}

// applyECDSA carries out the edits that know r and s.
func (e SignatureEdit) applyECDSA(name string, sig []byte, key *keyring.Key) ([]byte, error) {
	pub, ok := key.Public().(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("signature edit %q needs an ECDSA key", e)
	}
	size := len(sig) / 2
	n := pub.Params().N
	r, s := new(big.Int).SetBytes(sig[:size]), new(big.Int).SetBytes(sig[size:])
	switch name {
	case "der":
		return asn1.Marshal(struct{ R, S *big.Int }{r, s})
	case "swap":
		return append(sig[size:], sig[:size]...), nil
	case "strip":
		return sig[1:], nil
	case "narrow":
		return append(slices.Clone(sig[1:size]), sig[size+1:]...), nil
	case "widen":
		return slices.Concat([]byte{0}, sig[:size], []byte{0}, sig[size:]), nil
	case "high-s":
		s.Sub(n, s)
	case "r-plus-n":
		r.Add(r, n)
	case "s-plus-n":
		s.Add(s, n)
	default:
		if err := setIntegers(string(e), r, s, n); err != nil {
			return nil, err
		}
	}
	// A sum may need one more byte; then both have the width of the larger.
	width := max(size, (r.BitLen()+7)/8, (s.BitLen()+7)/8)
	return append(r.FillBytes(make([]byte, width)), s.FillBytes(make([]byte, width))...), nil
}

// setIntegers reads assignments such as "r=0,s=n-1".
func setIntegers(text string, r, s, n *big.Int) error {
	values := map[string]*big.Int{
		"0": new(big.Int), "1": big.NewInt(1), "n": n, "n-1": new(big.Int).Sub(n, big.NewInt(1)),
	}
	for _, assignment := range strings.Split(text, ",") {
		name, value, _ := strings.Cut(assignment, "=")
		v, known := values[value]
		switch {
		case known && name == "r":
			r.Set(v)
		case known && name == "s":
			s.Set(v)
		default:
			return fmt.Errorf("signature edit %q is not known, want one of %s",
				text, strings.Join(SignatureEdits(), ", "))
		}
	}
	return nil
}

// addOrder adds the order of the Ed25519 group to s, the little-endian second
// half. RFC 8032, 5.1.7 demands that s be below it.
func (e SignatureEdit) addOrder(sig []byte) ([]byte, error) {
	if len(sig) != 64 {
		return nil, fmt.Errorf("signature edit %q needs an Ed25519 signature", e)
	}
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989",
		10)
	s := slices.Clone(sig[32:])
	slices.Reverse(s)
	sum := new(big.Int).Add(new(big.Int).SetBytes(s), order)
	sum.FillBytes(s)
	slices.Reverse(s)
	copy(sig[32:], s)
	return sig, nil
}
