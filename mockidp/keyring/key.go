package keyring

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"math/big"
)

// Key is a signing key with the names under which it is published. It never
// changes and is safe for concurrent use; [Key.WithID] and [Key.WithAlg]
// return another Key with the same key material.
type Key struct {
	id       string
	alg      string
	private  crypto.Signer
	residues *residues // of an RSA key that can sign
}

func newKey(id, alg string, private crypto.Signer) *Key {
	k := &Key{id: id, alg: alg, private: private}
	if private, ok := private.(*rsa.PrivateKey); ok {
		k.residues = newResidues(private)
	}
	return k
}

// NewKey returns a Key of private, published under the key ID id for alg. It
// takes keys from elsewhere, a certificate file for instance; [Source] makes
// keys from a seed. It returns an error unless private is an RSA key, an
// ECDSA key on P-256, P-384 or P-521, or an Ed25519 key, and alg is one of
// [Algs] that the key supports.
func NewKey(id, alg string, private crypto.Signer) (*Key, error) {
	k := newKey(id, alg, private)
	if err := k.canSign(alg); err != nil {
		return nil, err
	}
	return k, nil
}

// ID returns the key ID, the kid of the JWK and of the tokens it signs. Those
// from a [Source] look like Scalekit's: "snk_" and seventeen digits.
func (k *Key) ID() string { return k.id }

// Alg returns the name of RFC 7518, 3.1 (RFC 8037 for EdDSA) for which the
// key is published.
func (k *Key) Alg() string { return k.alg }

// Private returns the private key: a *rsa.PrivateKey, a *ecdsa.PrivateKey or
// an ed25519.PrivateKey, or what cannot sign for a decoy. The caller must not
// change it.
func (k *Key) Private() crypto.Signer { return k.private }

// Public returns the public key: a *rsa.PublicKey, a *ecdsa.PublicKey or an
// ed25519.PublicKey. The caller must not change it.
func (k *Key) Public() crypto.PublicKey { return k.private.Public() }

// WithID returns the same key under another key ID.
func (k *Key) WithID(kid string) *Key {
	other := *k
	other.id = kid
	return &other
}

// WithAlg returns the same key published for another alg. It does not check
// that the key supports it, because publishing a key for an alg that it does
// not support is a test case.
func (k *Key) WithAlg(alg string) *Key {
	other := *k
	other.alg = alg
	return &other
}

// Same reports whether both keys have the same key material. It does not
// compare key ID and alg.
func (k *Key) Same(other *Key) bool {
	public, ok := k.Public().(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(other.Public())
}

// JWK returns the public key with the members kty, use, kid and alg, followed
// by those of its key type. The caller owns the result and may set, drop and
// add members. RFC 7517, 4; RFC 7518, 6; RFC 8037, 2.
func (k *Key) JWK() JWK {
	switch public := k.Public().(type) {
	case *rsa.PublicKey:
		return k.jwk("RSA",
			Member{Name: "n", Value: encode(public.N.Bytes())},
			Member{Name: "e", Value: encode(big.NewInt(int64(public.E)).Bytes())})
	case *ecdsa.PublicKey:
		// 0x04, then both coordinates at full length (SEC 1, 2.3.3), which
		// is the length RFC 7518, 6.2.1.2 asks for.
		point, err := public.Bytes()
		if err != nil {
			panic(fmt.Sprintf("keyring: internal error: encoding key %s: %v", k.id, err))
		}
		half := len(point[1:]) / 2
		return k.jwk("EC",
			Member{Name: "crv", Value: public.Params().Name},
			Member{Name: "x", Value: encode(point[1 : 1+half])},
			Member{Name: "y", Value: encode(point[1+half:])})
	case ed25519.PublicKey:
		return k.jwk("OKP",
			Member{Name: "crv", Value: "Ed25519"},
			Member{Name: "x", Value: encode(public)})
	}
	panic(fmt.Sprintf("keyring: internal error: key %s is a %T", k.id, k.Public()))
}

func (k *Key) jwk(kty string, own ...Member) JWK {
	return append(JWK{
		{Name: "kty", Value: kty},
		{Name: "use", Value: "sig"},
		{Name: "kid", Value: k.id},
		{Name: "alg", Value: k.alg},
	}, own...)
}

func encode(raw []byte) string {
	return base64.RawURLEncoding.EncodeToString(raw)
}
