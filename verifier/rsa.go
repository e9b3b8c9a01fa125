package verifier

import (
	"bytes"
	"crypto"
	"crypto/fips140"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/binary"
	"math/big"
	"math/bits"

	"filippo.io/bigmod"
)

// rsaKey is an RSA key for which the part of a verification that does not
// depend on the signature was done once. crypto/rsa builds the modulus on each
// call, which takes about 9 of its 30 µs at 2048 bits.
type rsaKey struct {
	pub     *rsa.PublicKey
	modulus *bigmod.Modulus // nil in FIPS mode, where crypto/rsa must be used
	size    int             // of the modulus and of a signature, in bytes
}

// newRSAKey prepares a key whose parameters were checked.
func newRSAKey(pub *rsa.PublicKey) (*rsaKey, error) {
	k := &rsaKey{pub: pub, size: pub.Size()}
	if fips140.Enabled() {
		return k, nil
	}
	m, err := bigmod.NewModulus(pub.N.Bytes())
	if err != nil {
		return nil, errNoKey
	}
	k.modulus = m
	return k, nil
}

// maxRSABytes is the length of the longest signature.
const maxRSABytes = maxRSABits / 8

// verifyPKCS1 reports whether sig is an RSASSA-PKCS1-v1_5 signature of digest.
// RFC 8017, 8.2.2.
//
// The encoded message is built and compared as a whole, never parsed, so there
// is no padding, length or DigestInfo that an attacker could manipulate. No
// input is secret: nothing here needs to run in constant time.
func (k *rsaKey) verifyPKCS1(hash crypto.Hash, digest, sig []byte, s *scratch) bool {
	if k.modulus == nil {
		return rsa.VerifyPKCS1v15(k.pub, hash, digest, sig) == nil
	}
	prefix := digestInfo(hash)
	padding := k.size - 3 - len(prefix) - len(digest) // 170 at least: minRSABits
	em := s.encoded[:k.size]
	em[0], em[1] = 0, 1
	for i := range padding {
		em[2+i] = 0xFF
	}
	em[2+padding] = 0
	copy(em[3+padding:], prefix)
	copy(em[3+padding+len(prefix):], digest)

	// On the stack, because recover and Bits are inlined.
	m := bigmod.NewNat()
	return k.recover(m, sig) && equalBytes(m.Bits(), em)
}

// recover sets m to the message that sig signs: sig to the power of the public
// exponent. It reports false if sig cannot be a signature by a key of this
// size. RFC 8017, 5.2.2.
func (k *rsaKey) recover(m *bigmod.Nat, sig []byte) bool {
	if len(sig) != k.size {
		return false
	}
	s, err := bigmod.NewNat().SetBytes(sig, k.modulus) // refuses a value not below the modulus
	if err != nil {
		return false
	}
	m.ExpShortVarTime(s, uint(k.pub.E), k.modulus)
	return true
}

// equalBytes reports whether the little-endian limbs equal the big-endian bytes
// b. Nat.Bytes would allocate, and takes 300 ns for 256 bytes.
func equalBytes(limbs []uint, b []byte) bool {
	const size = bits.UintSize / 8
	for _, limb := range limbs {
		tail := b[max(0, len(b)-size):]
		var want uint
		if size == 8 && len(tail) == size {
			want = uint(binary.BigEndian.Uint64(tail))
		} else {
			for _, c := range tail {
				want = want<<8 | uint(c)
			}
		}
		if limb != want {
			return false
		}
		b = b[:len(b)-len(tail)]
	}
	return len(b) == 0
}

// fillBytes writes the little-endian limbs to b in big-endian order. It reports
// false if b is too short for them.
func fillBytes(b []byte, limbs []uint) bool {
	const size = bits.UintSize / 8
	for _, limb := range limbs {
		for range size {
			if len(b) == 0 {
				if limb != 0 {
					return false
				}
				break
			}
			b[len(b)-1] = byte(limb)
			b, limb = b[:len(b)-1], limb>>8
		}
	}
	clear(b)
	return true
}

// digestInfo returns the DER encoding that precedes the digest. RFC 8017, 9.2
// note 1.
func digestInfo(hash crypto.Hash) string {
	switch hash {
	case crypto.SHA256:
		return "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
	case crypto.SHA384:
		return "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
	case crypto.SHA512:
		return "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
	}
	panic("verifier: internal error: hash without a DigestInfo")
}

// verifyPSS reports whether sig is an RSASSA-PSS signature of digest with a
// salt as long as the digest, and with the same hash in the mask. RFC 7518, 3.5;
// RFC 8017, 8.1.2.
func (k *rsaKey) verifyPSS(hash crypto.Hash, digest, sig []byte, s *scratch) bool {
	if k.modulus == nil {
		return rsa.VerifyPSS(k.pub, hash, digest, sig, &rsa.PSSOptions{
			SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash,
		}) == nil
	}
	m := bigmod.NewNat()
	if !k.recover(m, sig) {
		return false
	}
	// The encoded message has one bit less than the modulus, and so may have
	// one byte less.
	emBits := k.modulus.BitLen() - 1
	em := s.encoded[:(emBits+7)/8]
	if !fillBytes(em, m.Bits()) {
		return false
	}
	return isPSSEncoding(hash, digest, em, emBits, s)
}

// isPSSEncoding reports whether em is an encoding of digest. It changes em.
// RFC 8017, 9.1.2.
func isPSSEncoding(hash crypto.Hash, digest, em []byte, emBits int, s *scratch) bool {
	size := hash.Size()
	db, tail := len(em)-size-1, len(em)-1
	if db < size+1 || em[tail] != 0xBC {
		return false
	}
	h := em[db:tail]
	unused := byte(0xFF) << (8 - (8*len(em) - emBits))
	if em[0]&unused != 0 {
		return false
	}
	unmask(hash, em[:db], h, s)
	em[0] &^= unused
	padding, salt := em[:db-size], em[db-size:db]
	for _, c := range padding[:len(padding)-1] {
		if c != 0 {
			return false
		}
	}
	if padding[len(padding)-1] != 1 {
		return false
	}
	text := append(s.block[:0], make([]byte, 8)...)
	text = append(text, digest...)
	text = append(text, salt...)
	return bytes.Equal(hashInto(&s.digest, hash, text), h)
}

// unmask removes the mask that is generated from h from db. RFC 8017, B.2.1.
func unmask(hash crypto.Hash, db, h []byte, s *scratch) {
	var out [sha512.Size]byte
	seed := append(s.block[:0], h...)
	for counter := uint32(0); len(db) > 0; counter++ {
		mask := hashInto(&out, hash, binary.BigEndian.AppendUint32(seed, counter))
		n := min(len(mask), len(db))
		for i := range n {
			db[i] ^= mask[i]
		}
		db = db[n:]
	}
}

// weakROCA reports whether n has the form of the moduli of a faulty key
// generator, which can be factored: modulo every small prime below, n is a
// power of 65537. For an honest modulus the probability of that is below 2^-27.
// CVE-2017-15361.
func weakROCA(n *big.Int) bool {
	for _, p := range [...]int64{
		11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
	} {
		residue := new(big.Int).Mod(n, big.NewInt(p)).Int64()
		power := int64(1)
		for {
			if power == residue {
				break
			}
			if power = power * (65537 % p) % p; power == 1 {
				return false
			}
		}
	}
	return true
}
