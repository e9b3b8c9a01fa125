package verifier

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
)

// ecdsaKey is an ECDSA key with the size of its coordinates in bytes.
type ecdsaKey struct {
	pub   *ecdsa.PublicKey
	curve string
	size  int
}

// maxSignatureBytes is the length of the longest signature of any algorithm.
const maxSignatureBytes = maxRSABytes

// verifies reports whether sig is a signature of input by k. The caller has
// made sure with refuses that k fits alg.
func (k *publicKey) verifies(alg algorithm, input string, sig []byte, s *scratch) bool {
	text := s.copy(input)
	if alg.family == familyEdDSA {
		return ed25519.Verify(k.ed, text, sig)
	}
	digest := hashInto(&s.digest, alg.hash, text)
	switch alg.family {
	case familyPKCS1:
		return k.rsa.verifyPKCS1(alg.hash, digest, sig, s)
	case familyPSS:
		return k.rsa.verifyPSS(alg.hash, digest, sig, s)
	case familyECDSA:
		return k.ecdsa.verify(digest, sig, s)
	}
	return false
}

// verifyMAC reports whether sig is the HMAC of input under secret. RFC 7518,
// 3.2.
func verifyMAC(alg algorithm, secret []byte, input string, sig []byte) bool {
	mac := hmac.New(alg.hash.New, secret)
	mac.Write([]byte(input))
	return hmac.Equal(mac.Sum(nil), sig)
}

// hashInto writes the digest of text to buf and returns it.
func hashInto(buf *[sha512.Size]byte, hash crypto.Hash, text []byte) []byte {
	switch hash {
	case crypto.SHA256:
		sum := sha256.Sum256(text)
		return buf[:copy(buf[:], sum[:])]
	case crypto.SHA384:
		sum := sha512.Sum384(text)
		return buf[:copy(buf[:], sum[:])]
	default:
		*buf = sha512.Sum512(text)
		return buf[:]
	}
}

// maxDERSignature is the length of the longest ECDSA signature in DER: a
// SEQUENCE header of 3 bytes, and two INTEGERs of a header of 2 bytes, a sign
// byte and the 66 bytes of P-521.
const maxDERSignature = 3 + 2*(3+66)

// verify reports whether sig, the two integers r and s in fixed width one
// after the other, is an ECDSA signature of digest. RFC 7518, 3.4.
//
// crypto/ecdsa wants them in DER. Encoding them here avoids the two big.Int of
// its other function.
func (k *ecdsaKey) verify(digest, sig []byte, s *scratch) bool {
	if len(sig) != 2*k.size {
		return false
	}
	der := &s.der
	body := der[3:3]
	body = appendDERInteger(body, sig[:k.size])
	body = appendDERInteger(body, sig[k.size:])
	start := 1
	der[1], der[2] = 0x30, byte(len(body))
	if len(body) >= 0x80 {
		start = 0
		der[0], der[1], der[2] = 0x30, 0x81, byte(len(body))
	}
	return ecdsa.VerifyASN1(k.pub, digest, der[start:3+len(body)])
}

// appendDERInteger appends a big-endian unsigned integer as a DER INTEGER: no
// leading zeros, except one where the value would read as negative. ITU-T
// X.690, 8.3.
func appendDERInteger(dst, value []byte) []byte {
	for len(value) > 1 && value[0] == 0 {
		value = value[1:]
	}
	if value[0]&0x80 != 0 {
		dst = append(dst, 0x02, byte(len(value)+1), 0)
	} else {
		dst = append(dst, 0x02, byte(len(value)))
	}
	return append(dst, value...)
}
