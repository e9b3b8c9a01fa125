package verifier_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha512" // SHA-384 and SHA-512 for signers
	"sync"
	"testing"

	"github.com/assay-id/assay/verifier"
)

// signer is one key with the algorithm that it signs for.
type signer struct {
	alg  verifier.Algorithm
	hash crypto.Hash
	sign func(digest []byte, input []byte) ([]byte, error)
	jwk  object // the public key, without kid
}

// signers has a key of each asymmetric algorithm. They are made once: an RSA
// key takes a tenth of a second.
var signers = sync.OnceValue(func() map[verifier.Algorithm]signer {
	all := make(map[verifier.Algorithm]signer)
	for _, s := range []signer{
		rsaSigner(verifier.RS256, crypto.SHA256, testKey()),
		rsaSigner(verifier.RS384, crypto.SHA384, testKey()),
		rsaSigner(verifier.RS512, crypto.SHA512, testKey()),
		pssSigner(verifier.PS256, crypto.SHA256, testKey(), rsa.PSSSaltLengthEqualsHash),
		pssSigner(verifier.PS384, crypto.SHA384, testKey(), rsa.PSSSaltLengthEqualsHash),
		pssSigner(verifier.PS512, crypto.SHA512, testKey(), rsa.PSSSaltLengthEqualsHash),
		ecdsaSigner(verifier.ES256, crypto.SHA256, elliptic.P256()),
		ecdsaSigner(verifier.ES384, crypto.SHA384, elliptic.P384()),
		ecdsaSigner(verifier.ES512, crypto.SHA512, elliptic.P521()),
		edSigner(verifier.EdDSA),
		edSigner(verifier.Ed25519),
	} {
		all[s.alg] = s
	}
	return all
})

// rsaJWK returns the public JWK of key for alg.
func rsaJWK(alg verifier.Algorithm, key *rsa.PrivateKey) object {
	return object{"kty": "RSA", "use": "sig", "alg": string(alg), "n": encode(key.N.Bytes()), "e": "AQAB"}
}

func rsaSigner(alg verifier.Algorithm, hash crypto.Hash, key *rsa.PrivateKey) signer {
	return signer{alg: alg, hash: hash, jwk: rsaJWK(alg, key), sign: func(digest, _ []byte) ([]byte, error) {
		return rsa.SignPKCS1v15(nil, key, hash, digest)
	}}
}

func pssSigner(alg verifier.Algorithm, hash crypto.Hash, key *rsa.PrivateKey, salt int) signer {
	return signer{alg: alg, hash: hash, jwk: rsaJWK(alg, key), sign: func(digest, _ []byte) ([]byte, error) {
		return rsa.SignPSS(rand.Reader, key, hash, digest, &rsa.PSSOptions{SaltLength: salt, Hash: hash})
	}}
}

func ecdsaSigner(alg verifier.Algorithm, hash crypto.Hash, curve elliptic.Curve) signer {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic(err)
	}
	size := (curve.Params().BitSize + 7) / 8
	point, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	return signer{
		alg: alg, hash: hash,
		jwk: object{
			"kty": "EC", "use": "sig", "alg": string(alg), "crv": curve.Params().Name,
			"x": encode(point[1 : 1+size]), "y": encode(point[1+size:]),
		},
		sign: func(digest, _ []byte) ([]byte, error) {
			r, s, err := ecdsa.Sign(rand.Reader, key, digest)
			if err != nil {
				return nil, err
			}
			sig := make([]byte, 2*size)
			r.FillBytes(sig[:size])
			s.FillBytes(sig[size:])
			return sig, nil
		},
	}
}

func edSigner(alg verifier.Algorithm) signer {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return signer{
		alg:  alg,
		jwk:  object{"kty": "OKP", "use": "sig", "alg": string(alg), "crv": "Ed25519", "x": encode(public)},
		sign: func(_, input []byte) ([]byte, error) { return ed25519.Sign(private, input), nil },
	}
}

func hmacSigner(alg verifier.Algorithm, hash crypto.Hash, secret []byte) signer {
	return signer{alg: alg, sign: func(_, input []byte) ([]byte, error) {
		mac := hmac.New(hash.New, secret)
		mac.Write(input)
		return mac.Sum(nil), nil
	}}
}

// token makes a token of the header and claims given, with the alg of s.
func (s signer) token(t testing.TB, header, claims object) string {
	t.Helper()
	return s.signText(t, encode(text(t, with(header, object{"alg": string(s.alg)})))+"."+encode(text(t, claims)))
}

// signText signs any text and appends the signature.
func (s signer) signText(t testing.TB, input string) string {
	t.Helper()
	var digest []byte
	if s.hash != 0 {
		h := s.hash.New()
		h.Write([]byte(input))
		digest = h.Sum(nil)
	}
	sig, err := s.sign(digest, []byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + encode(sig)
}

// verifier returns a verifier that allows the algorithm of s and has its key.
func (s signer) verifier(t testing.TB, change func(*verifier.Config)) *verifier.Verifier {
	t.Helper()
	source, err := verifier.Static(keySet(t, with(s.jwk, object{"kid": testKeyID})))
	if err != nil {
		t.Fatal(err)
	}
	return newVerifier(t, func(c *verifier.Config) {
		c.Keys, c.Algorithms = source, []verifier.Algorithm{s.alg}
		if change != nil {
			change(c)
		}
	})
}
