package verifier

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/binary"

	"filippo.io/bigmod"
)

// verifyPSS reports whether sig is an RSASSA-PSS signature of digest with a
// salt as long as the digest, and with the same hash in the mask. RFC 7518, 3.5;
// RFC 8017, 8.1.2.
func (k *rsaKey) verifyPSS(hash crypto.Hash, digest, sig []byte, s *scratch) bool {
	if k.modulus == nil {
		return rsa.VerifyPSS(k.pub, hash, digest, sig, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}) == nil
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
