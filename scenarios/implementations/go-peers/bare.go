package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"math/big"
)

// newBare returns the check that everything is compared with: the signature of
// one token by the standard library, SHA-256 included, and nothing else.
func newBare(e *environment, alg, raw string) (verify, error) {
	input, sig := parts(raw)
	if alg == "RS256" {
		return func(string) error {
			digest := sha256.Sum256([]byte(input))
			return rsa.VerifyPKCS1v15(&e.rsa.PublicKey, crypto.SHA256, digest[:], sig)
		}, nil
	}
	r, s := new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:])
	return func(string) error {
		digest := sha256.Sum256([]byte(input))
		if !ecdsa.Verify(&e.ec.PublicKey, digest[:], r, s) {
			return errors.New("invalid signature")
		}
		return nil
	}, nil
}
