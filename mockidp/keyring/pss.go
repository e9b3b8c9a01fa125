package keyring

import (
	"crypto"
	"encoding/binary"
	"errors"
)

// PSS has the parts of an encoded message of RSASSA-PSS before they are put
// together, so that a maker of malformed tokens can change one. RFC 8017, 9.1.1.
type PSS struct {
	Mask      crypto.Hash // of the mask generation function
	DB        []byte      // zeros, the separator and the salt
	Separator int         // the index of the separator in DB
	H         []byte      // the hash of digest and salt
	Trailer   byte

	emBits int
}

// NewPSS returns the parts that belong to a digest and a salt. The error says
// that there is no room for the salt in emBits.
func NewPSS(hash crypto.Hash, digest, salt []byte, emBits int) (*PSS, error) {
	emLen := (emBits + 7) / 8
	if emLen < hash.Size()+len(salt)+2 {
		return nil, errors.New("the RSA key is too short for this salt")
	}
	h := hash.New()
	h.Write(make([]byte, 8))
	h.Write(digest)
	h.Write(salt)
	p := &PSS{
		Mask: hash, DB: make([]byte, emLen-hash.Size()-1), H: h.Sum(nil), Trailer: 0xBC, emBits: emBits,
	}
	p.Separator = len(p.DB) - len(salt) - 1
	p.DB[p.Separator] = 1
	copy(p.DB[p.Separator+1:], salt)
	return p, nil
}

// Encode returns the encoded message. DB is masked in place.
func (p *PSS) Encode() []byte {
	for i, mask := range mgf1(p.H, len(p.DB), p.Mask) {
		p.DB[i] ^= mask
	}
	p.DB[0] &= 0xFF >> (8*((p.emBits+7)/8) - p.emBits)
	return append(append(p.DB, p.H...), p.Trailer)
}

// mgf1 is the mask generation function of RFC 8017, B.2.1.
func mgf1(seed []byte, n int, hash crypto.Hash) []byte {
	var mask []byte
	h := hash.New()
	for counter := uint32(0); len(mask) < n; counter++ {
		h.Reset()
		h.Write(seed)
		h.Write(binary.BigEndian.AppendUint32(nil, counter))
		mask = h.Sum(mask)
	}
	return mask[:n]
}
