package plain

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"math/big"
	"slices"
	"sync"
)

// numberLiars treat an RSA signature as a number of any size, or as a word that
// opens the door.
func numberLiars() []Liar {
	return []Liar{
		{"rsa-zero", "It accepts what its arithmetic returns zero for, as it does after an error.", ids{"sig.all-zero"},
			verifiesRSA(pkcs1, func(em, _ []byte, _ crypto.Hash) bool { return len(bytes.TrimLeft(em, "\x00")) == 0 })},
		{"rsa-unreduced", "It reduces an RSA signature modulo n instead of checking its range.", ids{"sig.not-reduced"}, verifiesWith(verifiesReduced)},
		{"rsa-rabin", "It accepts an RSA signature and its negative.", ids{"sig.negated"}, verifiesWith(verifiesNegative)},
		{"rsa-pads", "It appends zeros to an RSA signature that is too short, and looks at as many bytes as there were.", ids{"sig.truncated"},
			verifiesWith(func(k *key, alg string, input, signature []byte) bool {
				public, ok := k.public.(*rsa.PublicKey)
				return ok && len(signature) < public.Size() || verifies(k, alg, input, signature)
			})},
		{"remembers-signatures", "It remembers signatures that were good, and not what they sign.", ids{"sig.swapped"}, remembersSignatures},
		{"any-padding", "It accepts PKCS#1 as well as PSS, whichever alg names.", ids{"sig.other-padding", "sig.pss-other-padding"},
			verifiesWith(func(k *key, alg string, input, signature []byte) bool {
				return verifies(k, alg, input, signature) || verifies(k, map[string]string{"RS256": "PS256", "PS256": "RS256"}[alg], input, signature)
			})},
	}
}

func remembersSignatures(h *habits) {
	var good sync.Map
	h.signature.verifies = func(k *key, alg string, input, signature []byte) bool {
		if _, known := good.Load(string(signature)); known {
			return true
		}
		ok := verifies(k, alg, input, signature)
		if ok {
			good.Store(string(signature), true)
		}
		return ok
	}
}

func verifiesReduced(k *key, alg string, input, signature []byte) bool {
	if public, ok := k.public.(*rsa.PublicKey); ok {
		s := new(big.Int).SetBytes(signature)
		signature = s.Mod(s, public.N).FillBytes(make([]byte, public.Size()))
	}
	return verifies(k, alg, input, signature)
}

func verifiesNegative(k *key, alg string, input, signature []byte) bool {
	public, ok := k.public.(*rsa.PublicKey)
	if !ok || verifies(k, alg, input, signature) {
		return verifies(k, alg, input, signature)
	}
	s := new(big.Int).SetBytes(signature)
	if s.Cmp(public.N) > 0 {
		return false
	}
	return verifies(k, alg, input, s.Sub(public.N, s).FillBytes(make([]byte, public.Size())))
}

// verifiesRSA also accepts a signature of the scheme if good finds the digest
// in its encoded message. RFC 8017, 5.2.2.
func verifiesRSA(s scheme, good func(em, digest []byte, hash crypto.Hash) bool) bend {
	return verifiesWith(func(k *key, alg string, input, signature []byte) bool {
		a := algorithms()[alg]
		if verifies(k, alg, input, signature) || a.scheme != s {
			return verifies(k, alg, input, signature)
		}
		public := k.public.(*rsa.PublicKey)
		m := new(big.Int).SetBytes(signature)
		m.Exp(m, big.NewInt(int64(public.E)), public.N)
		return good(m.FillBytes(make([]byte, public.Size())), hashOf(a.hash, input), a.hash)
	})
}

// oidSHA256 is the ASN.1 of the object identifier of SHA-256.
const oidSHA256 = "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"

// digestInfo is the ASN.1 before the digest in an encoded message. RFC 8017,
// 9.2.
const digestInfo = "\x30\x31\x30\x0d" + oidSHA256 + "\x05\x00\x04\x20"

// messageLiars parse the encoded message of PKCS#1 instead of comparing it with
// the one that they expect.
func messageLiars() []Liar {
	parses := func(good func(em, digest []byte, hash crypto.Hash) bool) bend { return verifiesRSA(pkcs1, good) }
	// padded divides an encoded message at its first zero after two bytes.
	padded := func(em []byte) (padding, rest []byte) {
		padding, rest, _ = bytes.Cut(em[2:], []byte{0})
		return padding, rest
	}
	onlyFF := func(padding []byte) bool { return len(bytes.Trim(padding, "\xff")) == 0 }
	info := func(digest []byte) []byte { return slices.Concat([]byte(digestInfo), digest) }
	return []Liar{
		{"pkcs1-forgery", "It ignores what comes after the digest in an RSA signature.", ids{"sig.pkcs1-garbage-after-hash"},
			parses(func(em, digest []byte, _ crypto.Hash) bool {
				padding, rest := padded(em)
				return em[1] == 1 && onlyFF(padding) && bytes.HasPrefix(rest, info(digest))
			})},
		{"pkcs1-any-padding", "It skips the padding of an RSA signature and does not look at its bytes.", ids{"sig.pkcs1-padding"},
			parses(func(em, digest []byte, _ crypto.Hash) bool {
				_, rest := padded(em)
				return em[0] == 0 && em[1] == 1 && bytes.Equal(rest, info(digest))
			})},
		{"pkcs1-any-type", "It does not look at the first two bytes of an encoded message.", ids{"sig.pkcs1-block-type"},
			parses(func(em, digest []byte, _ crypto.Hash) bool {
				padding, rest := padded(em)
				return onlyFF(padding) && bytes.Equal(rest, info(digest))
			})},
		{"pkcs1-type-0", "It accepts block type 0, which is padded with zeros.", ids{"sig.pkcs1-block-type"},
			parses(func(em, digest []byte, _ crypto.Hash) bool {
				return bytes.Equal(bytes.TrimLeft(em, "\x00"), info(digest))
			})},
		{"pkcs1-type-2", "It accepts block type 2, which is padded with any bytes but zero.", ids{"sig.pkcs1-block-type"},
			parses(func(em, digest []byte, _ crypto.Hash) bool {
				_, rest := padded(em)
				return em[0] == 0 && em[1] == 2 && bytes.Equal(rest, info(digest))
			})},
		{"pkcs1-skips-ff", "It skips every 0xFF and then one byte, whichever that is.", ids{"sig.pkcs1-separator"},
			parses(func(em, digest []byte, _ crypto.Hash) bool {
				rest := bytes.TrimLeft(em[2:], "\xff")
				return bytes.Equal(rest, info(digest)) || bytes.Equal(rest[1:], info(digest))
			})},
		{"pkcs1-number", "It reads the encoded message as a number, which has no leading zeros, and accepts padding of any length.",
			ids{"sig.pkcs1-short-padding"},
			parses(func(em, digest []byte, _ crypto.Hash) bool {
				em = bytes.TrimLeft(em, "\x00")
				padding, rest, _ := bytes.Cut(em[1:], []byte{0})
				return em[0] == 1 && onlyFF(padding) && bytes.Equal(rest, info(digest))
			})},
		{"pkcs1-finds-info", "It looks for the digest after the object identifier, whatever is around it.",
			ids{"sig.pkcs1-missing-null", "sig.pkcs1-ber-length", "sig.pkcs1-parameters", "sig.pkcs1-trailing-in-digest-info", "sig.pkcs1-long-hash", "sig.pkcs1-ber-forms"},
			parses(func(em, digest []byte, _ crypto.Hash) bool {
				_, rest, found := bytes.Cut(em, []byte(oidSHA256))
				return found && bytes.Contains(rest, digest)
			})},
		{"pkcs1-any-hash", "It does not compare the object identifier of the hash.", ids{"sig.pkcs1-other-oid"},
			parses(func(em, digest []byte, _ crypto.Hash) bool {
				_, rest := padded(em)
				return len(rest) == len(digestInfo)+len(digest) && rest[0] == 0x30 && bytes.HasSuffix(rest, digest)
			})},
		{"pkcs1-bare-ok", "It accepts a digest without the name of its hash.", ids{"sig.pkcs1-bare-hash"},
			parses(func(em, digest []byte, _ crypto.Hash) bool {
				_, rest := padded(em)
				return bytes.Equal(rest, digest)
			})},
		{"pkcs1-ends-with", "It compares only the end of an encoded message with the digest.",
			ids{"sig.pkcs1-hash-at-end", "sig.pkcs1-bare-hash", "sig.pkcs1-padding", "sig.pkcs1-other-oid"},
			parses(func(em, digest []byte, _ crypto.Hash) bool { return bytes.HasSuffix(em, digest) })},
		{"pkcs1-as-long-as-given", "It compares as much of the digest as the signature has.", ids{"sig.pkcs1-short-hash"},
			parses(func(em, digest []byte, _ crypto.Hash) bool {
				_, rest, found := bytes.Cut(em, []byte(oidSHA256+"\x05\x00\x04"))
				return found && len(rest) == 1+int(rest[0]) && bytes.HasPrefix(digest, rest[1:])
			})},
		{"pkcs1-as-long-as-digest", "It compares as much of what was signed as the digest has.", ids{"sig.pkcs1-long-hash"},
			parses(func(em, digest []byte, _ crypto.Hash) bool {
				_, rest, found := bytes.Cut(em, []byte(oidSHA256+"\x05\x00\x04"))
				return found && bytes.HasPrefix(rest[1:], digest)
			})},
		{"pkcs1-half", "It compares the first sixteen bytes of the digest.", ids{"sig.pkcs1-half-hash"},
			parses(func(em, digest []byte, _ crypto.Hash) bool {
				_, rest := padded(em)
				return bytes.HasPrefix(rest, info(digest)[:len(digestInfo)+16])
			})},
		{"pkcs1-last-half", "It compares the last sixteen bytes of the digest.", ids{"sig.pkcs1-half-hash", "sig.pkcs1-hash-at-end"},
			parses(func(em, digest []byte, _ crypto.Hash) bool { return bytes.HasSuffix(em, digest[16:]) })},
	}
}

// pssParts are the parts of the encoded message of a PSS signature. RFC 8017,
// 9.1.1.
type pssParts struct {
	top       byte   // the bit that the modulus leaves no room for
	padding   []byte // should be zeros
	separator byte   // should be 1
	salt      []byte
	hash      []byte
	want      []byte // the hash of digest and salt
	trailer   byte   // should be 0xBC
}

// differs reports whether anything but the allowed part is wrong.
func (p pssParts) differs(allowed string) bool {
	for part, wrong := range map[string]bool{
		"top": p.top != 0, "trailer": p.trailer != 0xBC, "hash": !bytes.Equal(p.hash, p.want),
		"padding": p.separator != 1 || len(bytes.Trim(p.padding, "\x00")) > 0,
	} {
		if wrong && part != allowed {
			return true
		}
	}
	return false
}

// parsesPSS also accepts a PSS signature if good finds nothing wrong with its
// parts.
func parsesPSS(good func(pssParts) bool) bend {
	return verifiesRSA(pss, func(em, digest []byte, hash crypto.Hash) bool {
		size := hash.Size()
		db, hashed := em[:len(em)-size-1], em[len(em)-size-1:len(em)-1]
		p := pssParts{top: em[0] & 0x80, hash: hashed, trailer: em[len(em)-1]}
		for i, b := range mask(hash, hashed, len(db)) {
			db[i] ^= b
		}
		db[0] &= 0x7F
		p.salt = db[len(db)-size:]
		p.padding, p.separator = db[:len(db)-size-1], db[len(db)-size-1]
		p.want = hashOf(hash, slices.Concat(make([]byte, 8), digest, p.salt))
		return good(p)
	})
}

// pssLiars leave a step of EMSA-PSS-VERIFY out. RFC 8017, 9.1.2.
func pssLiars() []Liar {
	ignores := func(part string) bend { return parsesPSS(func(p pssParts) bool { return !p.differs(part) }) }
	return []Liar{
		{"pss-any-trailer", "It does not look at the last byte of a PSS signature's message.", ids{"sig.pss-trailer", "sig.pss-parts-sha512", "sig.pss-parts-sha384"}, ignores("trailer")},
		{"pss-any-top-bit", "It does not look at the unused bit of a PSS signature's message.", ids{"sig.pss-top-bit"}, ignores("top")},
		{"pss-any-padding", "It takes the salt from the end of a PSS signature's message and does not look at what is before it.",
			ids{"sig.pss-padding", "sig.pss-parts-sha512"}, ignores("padding")},
		{"pss-half", "It compares the first half of the hash in a PSS signature.", ids{"sig.pss-hash"},
			parsesPSS(func(p pssParts) bool {
				return !p.differs("hash") && bytes.Equal(p.hash[:len(p.hash)/2], p.want[:len(p.hash)/2])
			})},
		{"pss-last-half", "It compares the last half of the hash in a PSS signature.", ids{"sig.pss-hash"},
			parsesPSS(func(p pssParts) bool {
				return !p.differs("hash") && bytes.Equal(p.hash[len(p.hash)/2:], p.want[len(p.hash)/2:])
			})},
	}
}
