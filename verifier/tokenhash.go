package verifier

import (
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
)

// checkHashes checks at_hash, c_hash and s_hash, which bind the token to what
// was issued with it.
func checkHashes(t *Token, in *Inputs) *Error {
	required, _ := in.hashesRequired()
	for _, h := range [...]struct {
		claim      claim
		name       string
		got, input string
	}{
		{claimAtHash, "at_hash", t.AccessTokenHash, in.AccessToken},
		{claimCHash, "c_hash", t.CodeHash, in.Code},
		{claimSHash, "s_hash", t.stateHash, in.State},
	} {
		switch {
		case !t.has(h.claim):
			if required&h.claim != 0 {
				return &Error{
					Reason: ReasonMissingClaim, Claim: h.name,
					Detail: "the response type requires it",
				}
			}
		case h.input != "":
			if err := checkHash(t, h.claim, h.name, h.got, h.input); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkHash compares one hash claim with the hash of input. If the hash of the
// algorithm is not known, it refuses: a check that cannot be made has not
// passed.
func checkHash(t *Token, bit claim, name, got, input string) *Error {
	refuse := func(detail string) *Error {
		return &Error{Reason: ReasonInvalidTokenHash, Claim: name, Detail: detail}
	}
	if t.bad(bit) {
		return refuse("want a string")
	}
	want, ok := leftHalf(t.Algorithm.lookup().hash, input)
	if !ok {
		return refuse("the hash of " + string(t.Algorithm) + " is not known")
	}
	if subtle.ConstantTimeCompare([]byte(got), []byte(want)) != 1 {
		return refuse("it is not the hash of what came with the token")
	}
	return nil
}

// leftHalf returns the left half of the hash of input in base64url. The hash
// function is the one of the token's alg; for EdDSA it is SHA-512, which
// Ed25519 uses internally. OIDC Core 1.0, 3.1.3.6.
func leftHalf(hash crypto.Hash, input string) (string, bool) {
	var digest []byte
	switch hash {
	case crypto.SHA256:
		sum := sha256.Sum256([]byte(input))
		digest = sum[:]
	case crypto.SHA384:
		sum := sha512.Sum384([]byte(input))
		digest = sum[:]
	case crypto.SHA512:
		sum := sha512.Sum512([]byte(input))
		digest = sum[:]
	default:
		return "", false
	}
	return base64.RawURLEncoding.EncodeToString(digest[:len(digest)/2]), true
}
