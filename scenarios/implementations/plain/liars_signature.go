package plain

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/asn1"
	"encoding/binary"
	"math/big"
	"slices"

	"github.com/assay-id/assay/verifier"
)

// verifiesWith verifies signatures in another way.
func verifiesWith(verifies func(k *key, alg string, input, signature []byte) bool) bend {
	return func(h *habits) { h.signature.verifies = verifies }
}

// signatureLiars accept bytes as a signature that are none, or not in the form
// that JWS prescribes.
func signatureLiars() []Liar {
	return []Liar{
		{"any-hash", "It tries every hash with the key, whichever alg names.",
			ids{"sig.pkcs1-wrong-digest", "sig.pss-wrong-digest", "sig.pkcs1-weaker-digest"}, verifiesWith(verifiesAnyHash)},
		{"long-signature-ok", "It reads as many bytes of a signature as the key is long and ignores the rest.",
			ids{"sig.extended", "sig.1mib"}, all(without("size"), verifiesWith(verifiesLong))},
		{"psychic", "It does not check the range of r and s, and zero solves the equation of ECDSA for every token.",
			ids{"sig.ecdsa-zero", "sig.ecdsa-range"}, verifiesWith(verifiesZero)},
		{"der-ok", "It accepts an ECDSA signature in ASN.1, as its library makes it.",
			ids{"sig.ecdsa-der"}, verifiesWith(verifiesDER)},
		{"numbers", "It reads a signature as numbers of any length.",
			ids{"sig.zero-prefixed", "sig.ecdsa-short", "sig.ecdsa-long", "sig.es512-130"}, verifiesWith(verifiesNumbers)},
		{"modulo", "It reduces r and s modulo the order of the curve instead of checking their range.",
			ids{"sig.ecdsa-r-plus-n"}, verifiesWith(verifiesModulo)},
		{"s-first", "It also accepts an ECDSA signature with s before r.",
			ids{"sig.ecdsa-swapped"}, verifiesWith(verifiesSwapped)},
		{"any-salt", "It accepts a PSS signature with a salt of any length.",
			ids{"sig.pss-salt-zero", "sig.pss-salt-max", "sig.pss-salt-short"}, verifiesWith(verifiesAnySalt)},
		{"any-mask", "It accepts a PSS signature that is masked with SHA-1.",
			ids{"sig.pss-mgf-mismatch"}, verifiesWith(verifiesAnyMask)},
		{"malleable", "It reduces the second half of an Ed25519 signature modulo the order of the group.",
			ids{"sig.eddsa-noncanonical-s"}, verifiesWith(verifiesMalleable)},
		{"sha1-ok", "It verifies RS1, which old providers sign with.", ids{"alg.sha1"}, allowsRS1},
		{"any-curve", "It verifies with an EC key on any curve, over the hash that alg names.",
			ids{"alg.curve-mismatch"}, allowsAnyCurve},
	}
}

func verifiesAnyHash(k *key, alg string, input, signature []byte) bool {
	return slices.ContainsFunc([]string{"256", "384", "512"}, func(size string) bool {
		return verifies(k, alg[:2]+size, input, signature)
	})
}

func verifiesLong(k *key, alg string, input, signature []byte) bool {
	if public, ok := k.public.(*rsa.PublicKey); ok {
		signature = signature[:min(public.Size(), len(signature))]
	}
	return verifies(k, alg, input, signature)
}

func verifiesZero(k *key, alg string, input, signature []byte) bool {
	if public, ok := k.public.(*ecdsa.PublicKey); ok {
		if r, _ := halves(signature); r.Mod(r, public.Params().N).Sign() == 0 {
			return true
		}
	}
	return verifies(k, alg, input, signature)
}

func verifiesDER(k *key, alg string, input, signature []byte) bool {
	var sig struct{ R, S *big.Int }
	public, ok := k.public.(*ecdsa.PublicKey)
	if rest, err := asn1.Unmarshal(signature, &sig); ok && err == nil && len(rest) == 0 {
		size := (public.Curve.Params().BitSize + 7) / 8
		signature = append(sig.R.FillBytes(make([]byte, size)), sig.S.FillBytes(make([]byte, size))...)
	}
	return verifies(k, alg, input, signature)
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
	for i, b := range mask(crypto.SHA1, hashed, len(masked)) {
		masked[i] ^= b
	}
	salt := masked[len(masked)-size:]
	return bytes.Equal(hashed, hashOf(a.hash, slices.Concat(make([]byte, 8), hashOf(a.hash, input), salt)))
}

// mask is MGF1. RFC 8017, B.2.1.
func mask(hash crypto.Hash, seed []byte, n int) []byte {
	var mask []byte
	for counter := uint32(0); len(mask) < n; counter++ {
		mask = append(mask, hashOf(hash, binary.BigEndian.AppendUint32(slices.Clone(seed), counter))...)
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

func allowsRS1(h *habits) {
	allows(func(allowed []verifier.Algorithm, alg string) bool { return alg == "RS1" || isListed(allowed, alg) })(h)
	h.keys.candidates = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
		if j.alg != "RS1" {
			return keysNamed(j, set)
		}
		return set.withID(j.kid), nil
	}
	h.signature.verifies = func(k *key, alg string, input, signature []byte) bool {
		public, isRSA := k.public.(*rsa.PublicKey)
		if alg != "RS1" || !isRSA {
			return verifies(k, alg, input, signature)
		}
		digest := sha1.Sum(input)
		return rsa.VerifyPKCS1v15(public, crypto.SHA1, digest[:], signature) == nil
	}
}

func allowsAnyCurve(h *habits) {
	h.keys.candidates = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
		if algorithms()[j.alg].scheme != ec {
			return keysNamed(j, set)
		}
		return set.withID(j.kid), nil
	}
	h.signature.verifies = func(k *key, alg string, input, signature []byte) bool {
		public, ok := k.public.(*ecdsa.PublicKey)
		if a := algorithms()[alg]; ok && a.scheme == ec {
			return verifiesECDSA(public, hashOf(a.hash, input), signature)
		}
		return verifies(k, alg, input, signature)
	}
}
