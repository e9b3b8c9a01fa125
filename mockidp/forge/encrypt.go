package forge

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/assay-id/assay/mockidp/keyring"
)

// Encryption makes encrypted tokens, JWE in the compact serialization. RFC
// 7516, 7.1. The content is always encrypted with A256GCM.
type Encryption struct {
	// Header is the protected header. It is not checked against how the token
	// is encrypted.
	Header keyring.Object

	// Key encrypts the content encryption key: an RSA key, with
	// RSAES-PKCS1-v1_5 if V15 is set and with RSAES-OAEP and SHA-256 if not.
	// RFC 7518, 4.2 and 4.3.
	Key *keyring.Key
	V15 bool

	// Secret, unless nil, is the content encryption key itself, of 32 bytes,
	// and the token has no encrypted key. RFC 7518, 4.5 and 4.6.
	Secret []byte
}

// Encrypt returns the token that holds text. It returns an error if there is
// neither a Secret nor an RSA key, and if either has the wrong length.
func (e Encryption) Encrypt(text []byte) (string, error) {
	header, err := textOf(e.Header, nil)
	if err != nil {
		return "", fmt.Errorf("header: %w", err)
	}
	contentKey, wrapped := e.Secret, []byte(nil)
	if contentKey == nil {
		contentKey = make([]byte, 32)
		rand.Read(contentKey)
		if wrapped, err = e.wrap(contentKey); err != nil {
			return "", err
		}
	}
	block, err := aes.NewCipher(contentKey)
	if err != nil || len(contentKey) != 32 {
		return "", fmt.Errorf("the secret has %d bytes, A256GCM needs 32", len(contentKey))
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	sealed := aead.Seal(nil, nonce, text, []byte(base64url(header)))
	split := len(sealed) - aead.Overhead()
	return strings.Join([]string{
		base64url(header), base64url(wrapped), base64url(nonce), base64url(sealed[:split]), base64url(sealed[split:]),
	}, "."), nil
}

// wrap encrypts the content encryption key.
func (e Encryption) wrap(contentKey []byte) ([]byte, error) {
	if e.Key == nil {
		return nil, errors.New("there is neither a key nor a secret to encrypt with")
	}
	public, ok := e.Key.Public().(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("the key %q is not RSA", e.Key.ID())
	}
	if !e.V15 {
		return rsa.EncryptOAEP(sha256.New(), rand.Reader, public, contentKey, nil)
	}
	// EME-PKCS1-v1_5, which the standard library has deprecated. RFC 8017,
	// 7.2.1. No byte of the padding may be zero.
	padding := make([]byte, public.Size()-len(contentKey)-3)
	rand.Read(padding)
	for i := range padding {
		padding[i] |= 1
	}
	m := new(big.Int).SetBytes(slices.Concat([]byte{2}, padding, []byte{0}, contentKey))
	return m.Exp(m, big.NewInt(int64(public.E)), public.N).FillBytes(make([]byte,
		public.Size())), nil
}

// ConcatKDF returns the key of 256 bits that ECDH-ES derives from the shared
// secret z for the algorithm enc, without party information. RFC 7518, 4.6.2.
func ConcatKDF(z []byte, enc string) []byte {
	info := binary.BigEndian.AppendUint32(nil, 1) // the only round
	info = append(info, z...)
	info = binary.BigEndian.AppendUint32(info, uint32(len(enc)))
	info = append(info, enc...)
	info = append(info, make([]byte, 8)...) // PartyUInfo and PartyVInfo: empty
	info = binary.BigEndian.AppendUint32(info, 256)
	sum := sha256.Sum256(info)
	return sum[:]
}
