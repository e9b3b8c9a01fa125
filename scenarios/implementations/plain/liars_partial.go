package plain

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/hex"
	"slices"
)

// uncheckedLiars know an algorithm and do not check its signatures, or check
// them with another hash.
func uncheckedLiars() []Liar {
	form := func(algs ...string) bend {
		return verifiesWith(func(k *key, alg string, input, signature []byte) bool {
			return slices.Contains(algs, alg) && len(signature) > 0 || verifies(k, alg, input, signature)
		})
	}
	return []Liar{
		{"es384-unchecked", "It accepts every signature of ES384 and ES512.", ids{"sig.one-bit", "sig.tampered", "sig.attacker-key-each"}, form("ES384", "ES512")},
		{"eddsa-unchecked", "It accepts every signature of EdDSA.", ids{"sig.one-bit", "sig.tampered", "sig.attacker-key-each"}, form("EdDSA")},
		{"pss-unchecked", "It accepts every signature of PS256.", ids{"sig.one-bit", "sig.tampered"}, form("PS256")},
		{"eddsa-first-half", "It ignores the lowest bits of the second half of an Ed25519 signature.", ids{"sig.one-bit"},
			verifiesWith(func(k *key, alg string, input, signature []byte) bool {
				other := slices.Clone(signature)
				if len(other) == ed25519.SignatureSize {
					other[32] ^= 1
				}
				return verifies(k, alg, input, signature) || alg == "EdDSA" && verifies(k, alg, input, other)
			})},
		{"ec-any-hash", "It verifies an ECDSA signature over any hash.", ids{"sig.ecdsa-wrong-digest"},
			verifiesWith(func(k *key, alg string, input, signature []byte) bool {
				public, isEC := k.public.(*ecdsa.PublicKey)
				return verifies(k, alg, input, signature) || isEC &&
					slices.ContainsFunc([]crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512}, func(hash crypto.Hash) bool {
						return verifiesECDSA(public, hashOf(hash, input), signature)
					})
			})},
		{"pss-whole-bytes", "It expects the encoded message of PSS to be as long as the modulus.", ids{"sig.pss-odd-modulus"},
			verifiesWith(func(k *key, alg string, input, signature []byte) bool {
				public, isRSA := k.public.(*rsa.PublicKey)
				return verifies(k, alg, input, signature) && !(isRSA && algorithms()[alg].scheme == pss && public.N.BitLen()%8 == 1)
			})},
	}
}

// digestLiars compare a part of the encoded message of PKCS#1, which is easier
// to forge than the whole.
func digestLiars() []Liar {
	// prefix compares all of an encoded message but the end of its digest.
	prefix := func(most int) bend {
		return verifiesRSA(pkcs1, func(em, digest []byte, hash crypto.Hash) bool {
			return hash.Size() > most && bytes.Equal(em[:len(em)-hash.Size()+most], pkcs1Message(len(em), digest, hash)[:len(em)-hash.Size()+most])
		})
	}
	// but compares all but some bytes.
	but := func(from, to int) bend {
		return verifiesRSA(pkcs1, func(em, digest []byte, hash crypto.Hash) bool {
			want := pkcs1Message(len(em), digest, hash)
			return bytes.Equal(em[:from], want[:from]) && bytes.Equal(em[to:], want[to:])
		})
	}
	return []Liar{
		{"pkcs1-sha1-size", "It compares the first twenty bytes of a digest, as many as a SHA-1 has.", ids{"sig.pkcs1-one-bit", "sig.pkcs1-sha512-part", "sig.pkcs1-sha384-part"}, prefix(20)},
		{"pkcs1-sha256-size", "It compares the first 32 bytes of every digest.", ids{"sig.pkcs1-sha512-part", "sig.pkcs1-sha384-part"}, prefix(32)},
		{"pkcs1-without-last", "It does not compare the last byte of a digest.", ids{"sig.pkcs1-one-bit"}, prefix(31)},
		{"pkcs1-without-first", "It does not compare the first byte of a digest.", ids{"sig.pkcs1-one-bit"}, but(224, 225)},
		{"pkcs1-without-middle", "It does not compare the bytes 224 to 239 but at their end.", ids{"sig.pkcs1-one-bit"}, but(225, 239)},
		{"pkcs1-without-parameters", "It does not look at the parameters of the digest's algorithm.", ids{"sig.pkcs1-one-bit"}, but(220, 222)},
		{"pkcs1-without-tags", "It does not look at the tags and lengths of the digest's ASN.1.", ids{"sig.pkcs1-one-bit"}, but(205, 211)},
	}
}

// pkcs1Message is EMSA-PKCS1-v1_5. RFC 8017, 9.2.
func pkcs1Message(size int, digest []byte, hash crypto.Hash) []byte {
	info := []byte(digestInfo)
	switch hash {
	case crypto.SHA384:
		info, _ = hex.DecodeString("3041300d060960864801650304020205000430")
	case crypto.SHA512:
		info, _ = hex.DecodeString("3051300d060960864801650304020305000440")
	}
	padding := bytes.Repeat([]byte{0xFF}, size-3-len(info)-len(digest))
	return slices.Concat([]byte{0, 1}, padding, []byte{0}, info, digest)
}

// orderLiars know some of the Ed25519 points of small order.
func orderLiars() []Liar {
	refuses := func(encodings ...string) bend {
		return func(h *habits) {
			h.keys.unfit = func(public crypto.PublicKey) string {
				if point, ok := public.(ed25519.PublicKey); ok {
					if slices.Contains(encodings, hex.EncodeToString(point)) {
						return "the point has a small order"
					}
					return ""
				}
				return unfitMaterial(public)
			}
		}
	}
	return []Liar{
		{"order-one", "It knows one encoding of the neutral element, and no other point of small order.",
			ids{"sig.eddsa-small-order-spelled", "sig.eddsa-small-order-others"}, refuses("0100000000000000000000000000000000000000000000000000000000000000")},
		{"order-canonical", "It knows the points of small order by their right encodings only.", ids{"sig.eddsa-small-order-spelled"},
			refuses(
				"0100000000000000000000000000000000000000000000000000000000000000",
				"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
				"0000000000000000000000000000000000000000000000000000000000000000",
				"0000000000000000000000000000000000000000000000000000000000000080",
				"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
				"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
				"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
				"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
			)},
	}
}
