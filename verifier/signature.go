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
func (k *publicKey) verifies(alg algorithm, input string, sig []byte) bool {
	if alg.family == familyEdDSA {
		return ed25519.Verify(k.ed, []byte(input), sig)
	}
	var buf [sha512.Size]byte
	digest := hashInto(&buf, alg.hash, input)
	switch alg.family {
	case familyPKCS1:
		return k.rsa.verifyPKCS1(alg.hash, digest, sig)
	case familyPSS:
		return k.rsa.verifyPSS(alg.hash, digest, sig)
	case familyECDSA:
		return k.ecdsa.verify(digest, sig)
	}
	return false
}

// checkMAC verifies a signature of the symmetric algorithms. A kid is no
// matter: there is one secret. RFC 7518, 3.2.
func (v *Verifier) checkMAC(parts segments, sig []byte, entry headerEntry) (*publicKey, *Error) {
	mac := hmac.New(entry.alg.hash.New, v.secret)
	mac.Write([]byte(parts.signed))
	if !hmac.Equal(mac.Sum(nil), sig) {
		return nil, &Error{Reason: ReasonInvalidSignature, detail: "the client secret does not verify it"}
	}
	return &publicKey{}, nil
}

// hashInto writes the digest of input to buf and returns it.
func hashInto(buf *[sha512.Size]byte, hash crypto.Hash, input string) []byte {
	switch hash {
	case crypto.SHA256:
		sum := sha256.Sum256([]byte(input))
		return buf[:copy(buf[:], sum[:])]
	case crypto.SHA384:
		sum := sha512.Sum384([]byte(input))
		return buf[:copy(buf[:], sum[:])]
	default:
		*buf = sha512.Sum512([]byte(input))
		return buf[:]
	}
}

// verify reports whether sig, the two integers r and s in fixed width one
// after the other, is an ECDSA signature of digest. RFC 7518, 3.4.
//
// crypto/ecdsa wants them in DER. Encoding them here, into the stack, saves
// the detour through two big.Int that its other form takes.
func (k *ecdsaKey) verify(digest, sig []byte) bool {
	if len(sig) != 2*k.size {
		return false
	}
	// SEQUENCE header of at most 3 bytes, and twice an INTEGER header of 2, a
	// sign byte and 66 bytes.
	var der [3 + 2*(3+66)]byte
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
