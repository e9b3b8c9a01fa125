package plain

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"slices"

	"github.com/assay-id/assay/verifier"
)

// verifiesHMAC allows HS256, HS384 and HS512, with secrets that are found in
// the keys that candidates returns.
func verifiesHMAC(candidates func(*judgement, *keySet) ([]*key, *verifier.Error), secrets func(*key) [][]byte) bend {
	return func(h *habits) {
		h.signature.allows = func(allowed []verifier.Algorithm, alg string) bool {
			return hmacHash(alg) != 0 || isListed(allowed, alg)
		}
		h.keys.candidates = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
			if hmacHash(j.alg) == 0 {
				return keysNamed(j, set)
			}
			return candidates(j, set)
		}
		h.signature.verifies = func(k *key, alg string, input, signature []byte) bool {
			hash := hmacHash(alg)
			if hash == 0 {
				return verifies(k, alg, input, signature)
			}
			return slices.ContainsFunc(secrets(k), func(secret []byte) bool {
				mac := hmac.New(hash.New, secret)
				mac.Write(input)
				return hmac.Equal(mac.Sum(nil), signature)
			})
		}
	}
}

// publicForms returns the forms of a public key that have been mistaken for a
// secret, and the shared secret of a JWK that has one.
func publicForms(k *key) [][]byte {
	inPEM := func(kind string, der []byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}) }
	shared, _ := k.jwk.string("k")
	secret, _ := decodeBase64URL(shared)
	der, _ := x509.MarshalPKIXPublicKey(k.public)
	spki := inPEM("PUBLIC KEY", der)
	forms := [][]byte{secret, der, spki, bytes.TrimSpace(spki), bytes.ReplaceAll(spki, []byte("\n"), []byte("\r\n")), k.text}
	if chain, _ := k.jwk.strings("x5c"); len(chain) > 0 {
		certificate, _ := base64.StdEncoding.DecodeString(chain[0])
		forms = append(forms, inPEM("CERTIFICATE", certificate))
	}
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		n := public.N.Bytes()
		forms = append(forms, inPEM("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(public)), n, []byte(base64URL(n)))
	case *ecdsa.PublicKey:
		point, _ := public.Bytes()
		forms = append(forms, point)
	case ed25519.PublicKey:
		forms = append(forms, public, []byte(base64URL(public)))
	}
	return forms
}
