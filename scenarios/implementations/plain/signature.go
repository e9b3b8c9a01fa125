package plain

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	_ "crypto/sha256" // for crypto.Hash
	_ "crypto/sha512"
	"math/big"

	"github.com/assay-id/assay/verifier"
)

// algorithm describes a JWS algorithm. RFC 7518, 3; RFC 8037, 3.1; RFC
// 9864, 2.2.
type algorithm struct {
	scheme scheme
	hash   crypto.Hash    // zero for EdDSA, which has its own
	curve  elliptic.Curve // nil unless ECDSA
}

type scheme string

const (
	pkcs1 scheme = "RSASSA-PKCS1-v1_5"
	pss   scheme = "RSASSA-PSS"
	ec    scheme = "ECDSA"
	eddsa scheme = "EdDSA"
)

// algorithms returns all algorithms with a public key that can be allowed.
// "none" is not among them; hmacHash knows those with a shared secret.
func algorithms() map[string]algorithm {
	return map[string]algorithm{
		"RS256": {pkcs1, crypto.SHA256, nil}, "RS384": {pkcs1, crypto.SHA384, nil}, "RS512": {pkcs1, crypto.SHA512, nil},
		"PS256": {pss, crypto.SHA256, nil}, "PS384": {pss, crypto.SHA384, nil}, "PS512": {pss, crypto.SHA512, nil},
		"ES256": {ec, crypto.SHA256, elliptic.P256()}, "ES384": {ec, crypto.SHA384, elliptic.P384()}, "ES512": {ec, crypto.SHA512, elliptic.P521()},
		"EdDSA": {eddsa, 0, nil}, "Ed25519": {eddsa, 0, nil},
	}
}

// unfitFor says why k must not verify a signature of alg. A key serves only
// the algorithm that it is published for, and only those of its type. RFC 7517, 4.4;
// RFC 8725, 3.1.
func (k *key) unfitFor(alg string) string {
	if k.unfit != "" {
		return k.unfit
	}
	bothEdDSA := algorithms()[k.alg].scheme == eddsa && algorithms()[alg].scheme == eddsa
	if k.alg != "" && k.alg != alg && !bothEdDSA {
		return "published for " + k.alg
	}
	return k.wrongType(alg)
}

// wrongType says why k cannot be a key for alg.
func (k *key) wrongType(alg string) string {
	a := algorithms()[alg]
	fits := false
	switch public := k.public.(type) {
	case *rsa.PublicKey:
		fits = a.scheme == pkcs1 || a.scheme == pss
	case *ecdsa.PublicKey:
		fits = a.scheme == ec && public.Curve == a.curve
	case ed25519.PublicKey:
		fits = a.scheme == eddsa
	}
	if !fits {
		return "of another type"
	}
	return ""
}

// checkSignature verifies the signature with the keys that may have made it.
// RFC 7515, 5.2.
func (j *judgement) checkSignature() *verifier.Error {
	input := []byte(j.header + "." + j.payload)
	for _, k := range j.candidates {
		if j.habits.signature.verifies(k, j.alg, input, j.signed) {
			j.verified = true
			return nil
		}
	}
	j.keys.suspect(j.now)
	return refuse(verifier.ReasonInvalidSignature, "", "", "")
}

// hmacHash returns the hash of an HMAC algorithm, and zero for others. RFC
// 7518, 3.2.
func hmacHash(alg string) crypto.Hash {
	return map[string]crypto.Hash{
		"HS256": crypto.SHA256, "HS384": crypto.SHA384, "HS512": crypto.SHA512,
	}[alg]
}

// sharesSecret reports whether the token is verified with the client secret.
func (j *judgement) sharesSecret() bool {
	return hmacHash(j.alg) != 0 && isListed(j.policy.Algorithms, j.alg)
}

// verifies reports whether signature is one of k over input.
func verifies(k *key, alg string, input, signature []byte) bool {
	if hash := hmacHash(alg); hash != 0 && len(k.secret) > 0 {
		mac := hmac.New(hash.New, k.secret)
		mac.Write(input)
		return hmac.Equal(mac.Sum(nil), signature)
	}
	a, known := algorithms()[alg]
	if !known || k.wrongType(alg) != "" {
		return false
	}
	if a.scheme == eddsa {
		return ed25519.Verify(k.public.(ed25519.PublicKey), input, signature)
	}
	h := a.hash.New()
	h.Write(input)
	digest := h.Sum(nil)
	switch a.scheme {
	case pkcs1:
		return rsa.VerifyPKCS1v15(k.public.(*rsa.PublicKey), a.hash, digest, signature) == nil
	case pss:
		return rsa.VerifyPSS(k.public.(*rsa.PublicKey), a.hash, digest, signature, &rsa.PSSOptions{
			SaltLength: rsa.PSSSaltLengthEqualsHash,
		}) == nil
	}
	return verifiesECDSA(k.public.(*ecdsa.PublicKey), digest, signature)
}

// verifiesECDSA reads a signature as r and s, each as long as the order of the
// curve. RFC 7518, 3.4.
func verifiesECDSA(public *ecdsa.PublicKey, digest, signature []byte) bool {
	size := (public.Curve.Params().BitSize + 7) / 8
	if len(signature) != 2*size {
		return false
	}
	r, s := new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])
	return ecdsa.Verify(public, digest, r, s)
}
