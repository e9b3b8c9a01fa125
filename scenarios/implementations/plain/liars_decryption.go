package plain

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"math/big"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// decryptionLiars decrypt what they should not, or trust it.
func decryptionLiars() []Liar {
	decrypts := func(j *judgement) bool { return j.decryption != nil }
	return []Liar{
		{"trusts-inner", "It does not verify the signature of a token that it has decrypted.",
			ids{"jwe.wrapped-bad-inner"}, unsigned(decrypts)},
		{"encryption-claims", "It prefers the claims in the header of the encryption to those of the token.",
			ids{"jwe.header-claims", "jwe.header-user"}, readsEncryptionHeader},
		{"encryption-optional", "It accepts a token that is only signed although encryption was agreed on.",
			ids{"jwe.required-but-plain"},
			onlyIf(func(j *judgement) bool { return strings.Count(j.raw, ".") == 4 }, "encryption")},
		{"rsa1-5-ok", "It decrypts RSAES-PKCS1-v1_5 as well.", ids{"jwe.rsa1-5"},
			func(h *habits) { h.decryption.allows, h.decryption.unwrap = allowsV15, unwrapV15 }},
		{"any-point", "It does not check that the ephemeral key is on the curve.", ids{"jwe.invalid-curve"},
			func(h *habits) { h.decryption.agree = agreeAnywhere }},
		{"never-decrypts", "It refuses every encrypted token.", ids{"jwe.wrapped-good"},
			refusing(decrypts, "encryption", verifier.ReasonUnsupportedTokenType, "")},
	}
}

// readsEncryptionHeader replaces claims by the parameters of the same name.
func readsEncryptionHeader(h *habits) {
	var heads sync.Map
	around("encryption", func(j *judgement, next judge) *verifier.Error {
		segment, _, _ := strings.Cut(j.raw, ".")
		refusal := next(j)
		if text, ok := j.habits.reading.decode(segment); ok && refusal == nil {
			head, _ := j.habits.reading.parse(text)
			heads.Store(j, head)
		}
		return refusal
	})(h)
	beforehand("iss", func(j *judgement) {
		head, _ := heads.LoadAndDelete(j)
		parameters, _ := head.(object)
		for _, m := range parameters.members {
			j.claims = j.claims.without(m.name)
			j.claims.members = append(j.claims.members, m)
		}
	})(h)
}

// allowsV15 allows RSA1_5 besides what was agreed on.
func allowsV15(key crypto.PrivateKey, alg string) bool {
	_, isRSA := key.(*rsa.PrivateKey)
	return isAgreed(key, alg) || isRSA && alg == "RSA1_5"
}

// unwrapV15 removes the padding of RSAES-PKCS1-v1_5. RFC 8017, 7.2.2.
func unwrapV15(key *rsa.PrivateKey, alg string, wrapped []byte) ([]byte, error) {
	if alg != "RSA1_5" {
		return unwrapOAEP(key, alg, wrapped)
	}
	m := new(big.Int).SetBytes(wrapped)
	padded := m.Exp(m, key.D, key.N).Bytes()
	end := bytes.IndexByte(padded, 0)
	if end < 0 || padded[0] != 2 {
		return nil, errors.New("not padded")
	}
	return padded[end+1:], nil
}

// agreeAnywhere returns the x coordinate of a point of order two as it is: with
// an odd private key, multiplication of such a point gives that point.
func agreeAnywhere(own *ecdsa.PrivateKey, epk jsontext.Value) ([]byte, error) {
	jwk, _ := parseStrictly(epk)
	x, errX := coordinate(jwk, "x", 32)
	y, errY := coordinate(jwk, "y", 32)
	if errX == nil && errY == nil && bytes.Equal(y, make([]byte, 32)) {
		return x, nil
	}
	return agree(own, epk)
}
