package forge

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"

	"github.com/assay-id/assay/mockidp/internal/words"
	"github.com/assay-id/assay/mockidp/keyring"
)

// PublicForm is an encoding of a public key that a faulty verifier may use as
// a secret. RFC 8725, 2.1.
type PublicForm string

// The forms.
const (
	PublicNone  PublicForm = ""      // none: Signing.Secret counts
	PublicPEM   PublicForm = "pem"   // SubjectPublicKeyInfo in PEM
	PublicDER   PublicForm = "der"   // SubjectPublicKeyInfo
	PublicPKCS1 PublicForm = "pkcs1" // RSAPublicKey in PEM (RFC 8017, A.1.1)
	PublicJWK   PublicForm = "jwk"   // the JWK as it is published
)

// PublicForms returns all forms except the first.
func PublicForms() []PublicForm {
	return []PublicForm{PublicPEM, PublicDER, PublicPKCS1, PublicJWK}
}

// of returns the public half of key in this form.
func (f PublicForm) of(key *keyring.Key) ([]byte, error) {
	switch f {
	case PublicPEM, PublicDER:
		der, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil || f == PublicDER {
			return der, err
		}
		return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
	case PublicPKCS1:
		public, ok := key.Public().(*rsa.PublicKey)
		if !ok {
			return nil, fmt.Errorf("the form %q needs an RSA key: key %q is none", f, key.ID())
		}
		return pem.EncodeToMemory(&pem.Block{
			Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(public),
		}), nil
	case PublicJWK:
		return json.Marshal(key.JWK())
	}
	return nil, fmt.Errorf("form of the public key is %q, want one of %s",
		f, words.Join(PublicForms()))
}
