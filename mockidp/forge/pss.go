package forge

import (
	"crypto"
	"crypto/rsa"
	"fmt"
	"math/big"

	"github.com/assay-id/assay/mockidp/internal/words"
	"github.com/assay-id/assay/mockidp/keyring"
)

// PSSFault is a form of RSASSA-PSS that JWS does not allow.
type PSSFault string

// The forms. The first is the right one. RFC 8017, 9.1.2 compares each part of
// an encoded message in a step of its own.
const (
	PSSRight     PSSFault = ""
	PSSNoSalt    PSSFault = "no-salt"    // a salt of no bytes
	PSSShortSalt PSSFault = "short-salt" // a salt of 20 bytes, as long as a SHA-1
	PSSLongSalt  PSSFault = "long-salt"  // the longest salt that fits the key
	PSSOtherMGF  PSSFault = "mgf1-sha1"  // MGF1 with SHA-1, although the hash is SHA-256
	PSSTrailer   PSSFault = "trailer"    // the last byte is 0xCC
	PSSTopBit    PSSFault = "top-bit"    // the bit above emBits is set
	PSSPadding   PSSFault = "padding"    // a byte before the 0x01 is not zero
	PSSSeparator PSSFault = "separator"  // 0x02 instead of the 0x01 before the salt
	PSSHashEnd   PSSFault = "hash-end"   // the last byte of the hash is another one
	PSSHashStart PSSFault = "hash-start" // the first byte of the hash is another one
)

// PSSFaults returns all forms except the right one.
func PSSFaults() []PSSFault {
	return []PSSFault{
		PSSNoSalt, PSSShortSalt, PSSLongSalt, PSSOtherMGF, PSSTrailer, PSSTopBit, PSSPadding,
		PSSSeparator, PSSHashEnd, PSSHashStart,
	}
}

// sign makes a PSS signature in the form f.
func (f PSSFault) sign(key *keyring.Key, alg, input string) ([]byte, error) {
	private, ok := key.Private().(*rsa.PrivateKey)
	hash, known := keyring.Hash(alg)
	if !ok || !known {
		return nil, fmt.Errorf("a PSS signature for alg %q needs an RSA key and one of PS256, PS384, PS512",
			alg)
	}
	salt := make([]byte, hash.Size())
	switch f {
	case PSSNoSalt:
		salt = nil
	case PSSShortSalt:
		salt = make([]byte, crypto.SHA1.Size())
	case PSSLongSalt:
		salt = make([]byte, private.Size()-hash.Size()-2)
	}
	// With the top bit, about half of all encoded messages are above the
	// modulus; another salt gives another one.
	for i := range mostSalts {
		if len(salt) > 0 {
			salt[0] = byte(i)
		}
		em, err := f.encode(digest(hash, input), salt, private.N.BitLen()-1, hash)
		if err != nil {
			return nil, err
		}
		if new(big.Int).SetBytes(em).Cmp(private.N) < 0 {
			return key.Raise(em)
		}
	}
	return nil, fmt.Errorf("no encoded message of %d is below the modulus", mostSalts)
}

const mostSalts = 256

// encode is EMSA-PSS-ENCODE of RFC 8017, 9.1.1, with the salt given by the
// caller and one step done wrongly.
func (f PSSFault) encode(digest, salt []byte, emBits int, hash crypto.Hash) ([]byte, error) {
	p, err := keyring.NewPSS(hash, digest, salt, emBits)
	if err != nil {
		return nil, err
	}
	switch f {
	case PSSRight, PSSNoSalt, PSSShortSalt, PSSLongSalt, PSSTopBit:
	case PSSOtherMGF:
		p.Mask = crypto.SHA1
	case PSSTrailer:
		p.Trailer = 0xCC
	case PSSPadding:
		p.DB[8] = 1
	case PSSSeparator:
		p.DB[p.Separator] = 2
	case PSSHashEnd:
		p.H[len(p.H)-1] ^= 1
	case PSSHashStart:
		p.H[0] ^= 1
	default:
		return nil, fmt.Errorf("PSS form %q is not known, want one of %s", f, words.Join(PSSFaults()))
	}
	em := p.Encode()
	if f == PSSTopBit {
		em[0] |= 0x80 >> (8*len(em) - emBits - 1)
	}
	return em, nil
}
