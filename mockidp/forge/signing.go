package forge

import (
	"crypto"
	"crypto/hmac"
	"crypto/rsa"
	_ "crypto/sha1" // for the alg RS1, which no verifier may accept
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"

	"github.com/assay-id/assay/mockidp/keyring"
)

// Signing says how a token is signed. The zero value signs with the key of the
// draft for its own algorithm.
type Signing struct {
	// Key signs instead of the draft's key, which the header still names.
	Key *keyring.Key

	// KeyName names that key instead. [Change.Resolve] looks it up and sets
	// Key; Forge refuses a name that was not resolved. KeyAlg is the
	// algorithm that the key is for; empty means the algorithm of the draft's
	// key.
	KeyName, KeyAlg string

	// Alg is how to sign, whatever the header says: an algorithm of
	// [keyring.Algs], HS256, HS384, HS512, RS1, or none, which leaves the
	// signature empty. Empty means the algorithm of the key. An ECDSA key
	// signs for ES256, ES384 and ES512 whatever its curve, over the hash that
	// the name implies.
	Alg string

	// Secret is the key of HS256, HS384 and HS512. It may be empty.
	Secret []byte

	// SecretFrom makes the secret from the public key that would have signed,
	// which is public knowledge.
	SecretFrom PublicForm

	// PSS, for PS256, PS384 and PS512, deviates from the one form that RFC
	// 7518, 3.5 allows.
	PSS PSSFault
}

// PSSFault is a form of RSASSA-PSS that JWS does not allow.
type PSSFault string

// The forms. The first is the right one.
const (
	PSSRight    PSSFault = ""
	PSSNoSalt   PSSFault = "no-salt"   // a salt of no bytes
	PSSLongSalt PSSFault = "long-salt" // the longest salt that fits the key
	PSSOtherMGF PSSFault = "mgf1-sha1" // MGF1 with SHA-1, although the hash is SHA-256
)

// PSSFaults returns all forms except the right one.
func PSSFaults() []PSSFault { return []PSSFault{PSSNoSalt, PSSLongSalt, PSSOtherMGF} }

// signer returns the key and the algorithm to sign with.
func (s Signing) signer(key *keyring.Key) (*keyring.Key, string, error) {
	switch {
	case s.Key != nil:
		key = s.Key
	case s.KeyName != "":
		return nil, "", fmt.Errorf("the key %q is a name only: it was not resolved", s.KeyName)
	}
	if s.Alg != "" {
		return key, s.Alg, nil
	}
	return key, key.Alg(), nil
}

// sign returns the signature bytes over input.
func (s Signing) sign(key *keyring.Key, input string) ([]byte, error) {
	key, alg, err := s.signer(key)
	if err != nil {
		return nil, err
	}
	switch alg {
	case "none":
		return nil, nil
	case "HS256", "HS384", "HS512":
		return s.mac(alg, key, input)
	case "RS1":
		return signSHA1(key, input)
	}
	if s.PSS != PSSRight {
		return s.PSS.sign(key, alg, input)
	}
	if private, other := otherCurve(key, alg); other {
		return signOnCurve(private, alg, input)
	}
	return key.Sign(alg, []byte(input))
}

// mac returns the HMAC of RFC 7518, 3.2.
func (s Signing) mac(alg string, key *keyring.Key, input string) ([]byte, error) {
	functions := map[string]func() hash.Hash{
		"HS256": sha256.New, "HS384": sha512.New384, "HS512": sha512.New,
	}
	secret := s.Secret
	if s.SecretFrom != PublicNone {
		var err error
		if secret, err = s.SecretFrom.of(key); err != nil {
			return nil, err
		}
	}
	m := hmac.New(functions[alg], secret)
	m.Write([]byte(input))
	return m.Sum(nil), nil
}

// signSHA1 makes the RSASSA-PKCS1-v1_5 signature with SHA-1 of RFC 8812, 2.
func signSHA1(key *keyring.Key, input string) ([]byte, error) {
	private, ok := key.Private().(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("alg is %q, which needs an RSA key: key %q is none", "RS1", key.ID())
	}
	h := crypto.SHA1.New()
	h.Write([]byte(input))
	return rsa.SignPKCS1v15(nil, private, crypto.SHA1, h.Sum(nil))
}

// sign makes a PSS signature in the form f.
func (f PSSFault) sign(key *keyring.Key, alg, input string) ([]byte, error) {
	private, ok := key.Private().(*rsa.PrivateKey)
	digestHash, known := keyring.Hash(alg)
	if !ok || !known {
		return nil, fmt.Errorf("a PSS signature for alg %q needs an RSA key and one of PS256, PS384, PS512",
			alg)
	}
	h := digestHash.New()
	h.Write([]byte(input))
	digest := h.Sum(nil)
	salt := make([]byte, digestHash.Size())
	mgf := digestHash
	switch f {
	case PSSNoSalt:
		salt = nil
	case PSSLongSalt:
		salt = make([]byte, private.Size()-digestHash.Size()-2)
	case PSSOtherMGF:
		mgf = crypto.SHA1
	default:
		return nil, fmt.Errorf("PSS form %q is not known, want %q, %q or %q",
			f, PSSNoSalt, PSSLongSalt, PSSOtherMGF)
	}
	em, err := encodePSS(digest, salt, private.N.BitLen()-1, digestHash, mgf)
	if err != nil {
		return nil, err
	}
	return rawRSA(private, em), nil
}

// encodePSS is EMSA-PSS-ENCODE of RFC 8017, 9.1.1, with the salt and the hash
// of the mask generation function given by the caller.
func encodePSS(digest, salt []byte, emBits int, digestHash, mgf crypto.Hash) ([]byte, error) {
	emLen := (emBits + 7) / 8
	hLen := digestHash.Size()
	if emLen < hLen+len(salt)+2 {
		return nil, errors.New("the RSA key is too short for this salt")
	}
	h := digestHash.New()
	h.Write(make([]byte, 8))
	h.Write(digest)
	h.Write(salt)
	hashed := h.Sum(nil)

	em := make([]byte, emLen)
	db := em[:emLen-hLen-1]
	db[len(db)-len(salt)-1] = 1
	copy(db[len(db)-len(salt):], salt)
	mask := mgf1(hashed, len(db), mgf)
	for i := range db {
		db[i] ^= mask[i]
	}
	db[0] &= 0xFF >> (8*emLen - emBits)
	copy(em[len(db):], hashed)
	em[emLen-1] = 0xBC
	return em, nil
}

// mgf1 is the mask generation function of RFC 8017, B.2.1.
func mgf1(seed []byte, n int, hash crypto.Hash) []byte {
	var mask []byte
	for counter := uint32(0); len(mask) < n; counter++ {
		h := hash.New()
		h.Write(seed)
		h.Write([]byte{byte(counter >> 24), byte(counter >> 16), byte(counter >> 8), byte(counter)})
		mask = h.Sum(mask)
	}
	return mask[:n]
}
