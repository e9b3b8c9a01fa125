package refresh

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
)

// KeyBytes is the length of a key of a [Sealer]: AES-256.
const KeyBytes = 32

// keyIDBytes is the length of the fingerprint that names the key of a sealed
// text.
const keyIDBytes = 8

// sealedVersion begins everything that is sealed, so that a later format can be
// told from this one. It is authenticated, so nothing else opens.
const sealedVersion = 1

// errSealed reports data that no key opens. It does not say why: an attacker
// could learn from that.
var errSealed = errors.New("it was sealed with another key, for another purpose, or was changed")

// Sealer encrypts and authenticates with AES-256-GCM under keys of the caller.
// The first key seals; all of them open. To rotate a key, put a new one first
// and keep the old ones after it until nothing is sealed with them. Safe for
// concurrent use. NIST SP 800-38D.
type Sealer struct{ keys []sealKey }

// sealKey is a key with the name that it has in sealed data.
type sealKey struct {
	id   [keyIDBytes]byte
	aead cipher.AEAD
}

// NewSealer returns a Sealer for a key and older keys. The error says which one
// is not KeyBytes long.
func NewSealer(key []byte, older ...[]byte) (*Sealer, error) {
	s := &Sealer{}
	for i, k := range append([][]byte{key}, older...) {
		if len(k) != KeyBytes {
			return nil, fmt.Errorf("key %d has %d bytes, want %d", i, len(k), KeyBytes)
		}
		block, err := aes.NewCipher(k)
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, err
		}
		s.keys = append(s.keys, sealKey{id: fingerprint(k), aead: aead})
	}
	return s, nil
}

// fingerprint returns a name for a key that reveals nothing about it.
func fingerprint(key []byte) (id [keyIDBytes]byte) {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("assay refresh store: the name of this key"))
	copy(id[:], mac.Sum(nil))
	return id
}

// Seal encrypts text under the first key. context is not stored, and must be the
// same when the text is opened: it prevents that one sealed text replaces
// another.
func (s *Sealer) Seal(text []byte, context string) []byte {
	k := &s.keys[0]
	out := append([]byte{sealedVersion}, k.id[:]...)
	return k.aead.Seal(out, nil, text, additional(out, context))
}

// Open decrypts what Seal has encrypted. current reports whether that was under
// the first key. The error does not say what is wrong.
func (s *Sealer) Open(sealed []byte, context string) (text []byte, current bool, err error) {
	const header = 1 + keyIDBytes
	if len(sealed) < header {
		return nil, false, errSealed
	}
	for i := range s.keys {
		k := &s.keys[i]
		if string(k.id[:]) != string(sealed[1:header]) {
			continue
		}
		if text, err := k.aead.Open(nil, nil, sealed[header:],
			additional(sealed[:header], context)); err == nil {
			return text, i == 0, nil
		}
	}
	return nil, false, errSealed
}

// additional returns the data that is authenticated but not encrypted.
func additional(header []byte, context string) []byte {
	return append(append([]byte{}, header...), context...)
}
