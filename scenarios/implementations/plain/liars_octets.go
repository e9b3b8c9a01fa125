package plain

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/binary"
	"math/big"
	"slices"

	"github.com/assay-id/assay/verifier"
)

// octetLiars take octets for a signature that mean one, and are none in the
// form that JWS has.
func octetLiars() []Liar {
	verify := func(name, drops string, verifies func(k *key, alg string, input, signature []byte) bool, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) { c.verifies = verifies }}
	}
	return []Liar{
		verify("numbers", "It reads a signature as numbers, whatever their length is.", verifiesNumbers,
			"sig.zero-prefixed", "sig.ecdsa-short", "sig.ecdsa-long", "sig.es512-130"),
		verify("modulo", "It reduces r and s by the order of the curve instead of looking at their range.", verifiesModulo,
			"sig.ecdsa-r-plus-n"),
		verify("s-first", "It reads an ECDSA signature the other way round as well.", verifiesSwapped,
			"sig.ecdsa-swapped"),
		verify("any-salt", "It takes a PSS signature with a salt of any length.", verifiesAnySalt,
			"sig.pss-salt-zero", "sig.pss-salt-max"),
		verify("any-mask", "It takes SHA-1 for the mask of a PSS signature.", verifiesAnyMask,
			"sig.pss-mgf-mismatch"),
		verify("malleable", "It reduces the second half of an Ed25519 signature by the order of the group.", verifiesMalleable,
			"sig.eddsa-noncanonical-s"),
		{
			Name:     "sha1-ok",
			Fault:    "It verifies RS1, which old providers sign with.",
			CaughtBy: []string{"alg.sha1"},
			bend: func(c *craft) {
				c.allows = func(allowed []verifier.Algorithm, alg string) bool { return alg == "RS1" || isListed(allowed, alg) }
				c.suspects = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
					if j.alg != "RS1" {
						return keysNamed(j, set)
					}
					return set.withID(j.kid), nil
				}
				c.verifies = func(k *key, alg string, input, signature []byte) bool {
					public, isRSA := k.public.(*rsa.PublicKey)
					if alg != "RS1" || !isRSA {
						return verifies(k, alg, input, signature)
					}
					digest := sha1.Sum(input)
					return rsa.VerifyPKCS1v15(public, crypto.SHA1, digest[:], signature) == nil
				}
			},
		},
		{
			Name:     "any-curve",
			Fault:    "It verifies with an EC key on whichever curve, over the hash that alg names.",
			CaughtBy: []string{"alg.curve-mismatch"},
			bend: func(c *craft) {
				c.suspects = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
					if algorithms()[j.alg].scheme != ec {
						return keysNamed(j, set)
					}
					return set.withID(j.kid), nil
				}
				c.verifies = func(k *key, alg string, input, signature []byte) bool {
					public, ok := k.public.(*ecdsa.PublicKey)
					if a := algorithms()[alg]; ok && a.scheme == ec {
						return verifiesECDSA(public, hashOf(a.hash, input), signature)
					}
					return verifies(k, alg, input, signature)
				}
			},
		},
	}
}

// withID returns the keys of that ID, fit or not.
func (s *keySet) withID(kid keyID) []*key {
	return slices.DeleteFunc(slices.Clone(s.keys), func(k *key) bool { return k.id != kid })
}

func hashOf(hash crypto.Hash, input []byte) []byte {
	h := hash.New()
	h.Write(input)
	return h.Sum(nil)
}

// halves returns r and s of an ECDSA signature of any length.
func halves(signature []byte) (r, s *big.Int) {
	if len(signature)%2 != 0 {
		signature = append([]byte{0}, signature...)
	}
	half := len(signature) / 2
	return new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])
}

func verifiesNumbers(k *key, alg string, input, signature []byte) bool {
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		if extra := len(signature) - public.Size(); extra > 0 && new(big.Int).SetBytes(signature[:extra]).Sign() == 0 {
			signature = signature[extra:]
		}
	case *ecdsa.PublicKey:
		r, s := halves(signature)
		return ecdsa.Verify(public, hashOf(algorithms()[alg].hash, input), r, s)
	}
	return verifies(k, alg, input, signature)
}

func verifiesModulo(k *key, alg string, input, signature []byte) bool {
	if public, ok := k.public.(*ecdsa.PublicKey); ok && len(signature)%2 == 0 {
		r, s := halves(signature)
		n := public.Params().N
		return ecdsa.Verify(public, hashOf(algorithms()[alg].hash, input), r.Mod(r, n), s.Mod(s, n))
	}
	return verifies(k, alg, input, signature)
}

func verifiesSwapped(k *key, alg string, input, signature []byte) bool {
	if _, ok := k.public.(*ecdsa.PublicKey); ok {
		half := len(signature) / 2
		if verifies(k, alg, input, slices.Concat(signature[half:], signature[:half])) {
			return true
		}
	}
	return verifies(k, alg, input, signature)
}

func verifiesAnySalt(k *key, alg string, input, signature []byte) bool {
	if a := algorithms()[alg]; a.scheme == pss {
		options := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}
		return rsa.VerifyPSS(k.public.(*rsa.PublicKey), a.hash, hashOf(a.hash, input), signature, options) == nil
	}
	return verifies(k, alg, input, signature)
}

// verifiesAnyMask is EMSA-PSS-VERIFY with a mask of SHA-1. RFC 8017, 9.1.2.
func verifiesAnyMask(k *key, alg string, input, signature []byte) bool {
	a := algorithms()[alg]
	if a.scheme != pss || verifies(k, alg, input, signature) {
		return verifies(k, alg, input, signature)
	}
	public := k.public.(*rsa.PublicKey)
	m := new(big.Int).SetBytes(signature)
	m.Exp(m, big.NewInt(int64(public.E)), public.N)
	encoded := m.FillBytes(make([]byte, public.Size()))
	size := a.hash.Size()
	masked, hashed := encoded[:len(encoded)-size-1], encoded[len(encoded)-size-1:len(encoded)-1]
	for i, b := range maskSHA1(hashed, len(masked)) {
		masked[i] ^= b
	}
	salt := masked[len(masked)-size:]
	return bytes.Equal(hashed, hashOf(a.hash, slices.Concat(make([]byte, 8), hashOf(a.hash, input), salt)))
}

// maskSHA1 is MGF1 with SHA-1. RFC 8017, B.2.1.
func maskSHA1(seed []byte, n int) []byte {
	var mask []byte
	for counter := uint32(0); len(mask) < n; counter++ {
		sum := sha1.Sum(binary.BigEndian.AppendUint32(slices.Clone(seed), counter))
		mask = append(mask, sum[:]...)
	}
	return mask[:n]
}

func verifiesMalleable(k *key, alg string, input, signature []byte) bool {
	if _, ok := k.public.(ed25519.PublicKey); ok && len(signature) == ed25519.SignatureSize {
		order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
		scalar := slices.Clone(signature[32:])
		slices.Reverse(scalar)
		s := new(big.Int).SetBytes(scalar)
		s.Mod(s, order).FillBytes(scalar)
		slices.Reverse(scalar)
		signature = slices.Concat(signature[:32], scalar)
	}
	return verifies(k, alg, input, signature)
}
