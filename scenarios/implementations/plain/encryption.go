package plain

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// Decrypting returns a verifier like p for a client that has its ID Tokens
// encrypted to key, an RSA or ECDSA key: with RSA-OAEP-256 or ECDH-ES, and
// A256GCM. It refuses a token that is not. The production verifier never
// decrypts. OIDC Core 1.0, 3.1.3.7 item 1, 10.2.
func (p *Verifier) Decrypting(key crypto.PrivateKey) *Verifier {
	decrypting := *p
	decrypting.decryption = key
	return &decrypting
}

// checkEncryption replaces an encrypted token by its content, if encryption was
// agreed on. The refusals of what cannot be decrypted do not say why: that
// would help to decrypt it. RFC 7516, 5.2 and 11.5.
func (j *judgement) checkEncryption() *verifier.Error {
	if j.decryption == nil {
		return nil
	}
	segments := j.habits.reading.split(j.raw)
	if len(segments) == 3 {
		return refuse(verifier.ReasonUnsupportedTokenType, "", "signed", "encrypted")
	}
	if len(segments) != 5 {
		return malformed("", "another number of segments", "5 segments")
	}
	text, ok := j.habits.reading.decode(segments[0])
	if !ok {
		return malformed("header", "not base64url", "base64url without padding")
	}
	head, err := j.habits.reading.parse(text)
	if err != nil {
		return malformed("header", err.Error(), "a JSON object")
	}
	alg, _ := head.string("alg")
	if enc, _ := head.string("enc"); enc != "A256GCM" ||
		!j.habits.decryption.allows(j.decryption, alg) {
		return refuse(verifier.ReasonAlgNotAllowed, "alg", alg+" "+enc, "one that was agreed on")
	}
	if head.has("zip") || head.has("crit") {
		return refuse(verifier.ReasonUnsupportedCritical, "", "zip or crit", "neither")
	}
	plaintext, ok := j.decrypt(head, alg, segments)
	if !ok {
		return malformed("", "a token that does not decrypt", "one that does")
	}
	j.raw = string(plaintext)
	return nil
}

// isAgreed reports whether alg is the one that was agreed on for a key.
func isAgreed(key crypto.PrivateKey, alg string) bool {
	switch key.(type) {
	case *rsa.PrivateKey:
		return alg == "RSA-OAEP-256"
	case *ecdsa.PrivateKey:
		return alg == "ECDH-ES"
	}
	return false
}

// decrypt returns the content of a token in its five segments.
func (j *judgement) decrypt(head object, alg string, segments []string) ([]byte, bool) {
	var decoded [4][]byte
	for i, segment := range segments[1:] {
		var ok bool
		if decoded[i], ok = j.habits.reading.decode(segment); !ok {
			return nil, false
		}
	}
	contentKey, err := j.contentKey(head, alg, decoded[0])
	if err != nil {
		return nil, false
	}
	block, err := aes.NewCipher(contentKey)
	if err != nil || len(contentKey) != 32 {
		return nil, false
	}
	aead, err := cipher.NewGCM(block)
	if err != nil || len(decoded[1]) != aead.NonceSize() || len(decoded[3]) != aead.Overhead() {
		return nil, false
	}
	plaintext, err := aead.Open(nil, decoded[1], slices.Concat(decoded[2], decoded[3]),
		[]byte(segments[0]))
	return plaintext, err == nil
}

// contentKey returns the content encryption key. RFC 7518, 4.3 and 4.6.
func (j *judgement) contentKey(head object, alg string, wrapped []byte) ([]byte, error) {
	switch key := j.decryption.(type) {
	case *rsa.PrivateKey:
		return j.habits.decryption.unwrap(key, alg, wrapped)
	case *ecdsa.PrivateKey:
		value, _ := head.get("epk")
		if len(wrapped) != 0 {
			return nil, errors.New("an encrypted key")
		}
		z, err := j.habits.decryption.agree(key, value)
		if err != nil {
			return nil, err
		}
		enc, _ := head.string("enc")
		return concatKDF(z, enc), nil
	}
	return nil, errors.New("no such key")
}

func unwrapOAEP(key *rsa.PrivateKey, _ string, wrapped []byte) ([]byte, error) {
	return rsa.DecryptOAEP(sha256.New(), nil, key, wrapped, nil)
}

// agree returns the shared secret with the ephemeral key in a header, which
// must be on the curve of ours. RFC 8725, 3.4.
func agree(key *ecdsa.PrivateKey, epk jsontext.Value) ([]byte, error) {
	jwk, err := parseStrictly(epk)
	if err != nil {
		return nil, err
	}
	public, err := readPublicKey(jwk)
	if err != nil {
		return nil, err
	}
	point, ok := public.(*ecdsa.PublicKey)
	if !ok || point.Curve != key.Curve {
		return nil, errors.New("a key of another curve")
	}
	own, err := key.ECDH()
	if err != nil {
		return nil, err
	}
	var theirs *ecdh.PublicKey
	if theirs, err = point.ECDH(); err != nil {
		return nil, err
	}
	return own.ECDH(theirs)
}

// concatKDF derives 256 bits without party information. RFC 7518, 4.6.2.
func concatKDF(z []byte, enc string) []byte {
	var info strings.Builder
	field := func(n int) { info.Write(binary.BigEndian.AppendUint32(nil, uint32(n))) }
	field(1)
	info.Write(z)
	field(len(enc))
	info.WriteString(enc)
	field(0)
	field(0)
	field(256)
	sum := sha256.Sum256([]byte(info.String()))
	return sum[:]
}
