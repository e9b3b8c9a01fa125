package plain

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"math/big"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// decryptionLiars decrypt what they should not, or trust it.
func decryptionLiars() []Liar {
	return []Liar{
		{
			Name:     "trusts-inner",
			Fault:    "It does not verify the signature of a token that it has decrypted.",
			CaughtBy: []string{"jwe.wrapped-bad-inner"},
			bend:     func(c *craft) { c.skipSignature(func(j *judgement) bool { return j.decryption != nil }) },
		},
		{
			Name:     "encryption-optional",
			Fault:    "It takes a token that is only signed although encryption was agreed on.",
			CaughtBy: []string{"jwe.required-but-plain"},
			bend: func(c *craft) {
				c.only("encryption", func(j *judgement) bool { return strings.Count(j.raw, ".") == 4 })
			},
		},
		{
			Name:     "rsa1-5-ok",
			Fault:    "It decrypts RSAES-PKCS1-v1_5 as well.",
			CaughtBy: []string{"jwe.rsa1-5"},
			bend:     func(c *craft) { c.unwraps, c.unwrap = unwrapsV15, unwrapV15 },
		},
		{
			Name: "any-point",
			// With an odd private key, multiplication of a point of order two
			// gives that point.
			Fault:    "It does not ask whether the ephemeral key is on the curve.",
			CaughtBy: []string{"jwe.invalid-curve"},
			bend:     func(c *craft) { c.agree = agreeAnywhere },
		},
		{
			Name:     "never-decrypts",
			Fault:    "It refuses every token that is encrypted.",
			CaughtBy: []string{"jwe.wrapped-good"},
			bend: func(c *craft) {
				c.wrap("encryption", func(j *judgement, next judge) *verifier.Error {
					if j.decryption != nil {
						return refuse(verifier.ReasonUnsupportedTokenType, "", "encrypted", "signed")
					}
					return next(j)
				})
			},
		},
	}
}

// unwrapsV15 allows RSA1_5 beside what was agreed on.
func unwrapsV15(key crypto.PrivateKey, alg string) bool {
	_, isRSA := key.(*rsa.PrivateKey)
	return unwrapsFor(key, alg) || isRSA && alg == "RSA1_5"
}

// unwrapV15 takes the padding of RSAES-PKCS1-v1_5 off. RFC 8017, 7.2.2.
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

// agreeAnywhere returns the first coordinate of a point of order two as it is.
func agreeAnywhere(own *ecdsa.PrivateKey, epk jsontext.Value) ([]byte, error) {
	jwk, _ := parseStrictly(epk)
	x, errX := coordinate(jwk, "x", 32)
	y, errY := coordinate(jwk, "y", 32)
	if errX == nil && errY == nil && bytes.Equal(y, make([]byte, 32)) {
		return x, nil
	}
	return agree(own, epk)
}
