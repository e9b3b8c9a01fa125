package plain

import (
	"crypto"

	"github.com/assay-id/assay/verifier"
)

// keyChoiceLiars verify with a key that is not the one that the issuer
// published under the kid for that algorithm.
func keyChoiceLiars() []Liar {
	return []Liar{
		{"any-key", "It tries every key of the issuer, ignoring kid, use and alg.",
			ids{
				"sig.other-published-key", "jwks.use-enc", "alg.jwk-alg-mismatch", "alg.pss-with-pkcs1-key", "hdr.kid-case", "hdr.kid-command", "jwks.no-kid-flood",
			},
			func(h *habits) { h.keys.candidates = allKeys }},
		{"no-key-ok", "It accepts a token whose key it cannot find.",
			ids{"hdr.kid-unknown", "hdr.kid-case", "hdr.kid-prototype", "jwks.empty", "rot.emergency"}, acceptsWithoutKey},
		{"weak-keys-ok", "It verifies with RSA keys of any size and Ed25519 points of any order.",
			ids{
				"jwks.rsa-1024", "jwks.rsa-2047", "jwks.rsa-roca", "jwks.rsa-e1", "jwks.rsa-e-even", "jwks.rsa-n-zero",
				"sig.eddsa-small-order",
			},
			func(h *habits) { h.keys.unfit = func(crypto.PublicKey) string { return "" } }},
	}
}

func allKeys(_ *judgement, set *keySet) ([]*key, *verifier.Error) {
	var found []*key
	for _, k := range set.keys {
		if public, err := readPublicKey(k.jwk); err == nil {
			found = append(found, &key{public: public})
		}
	}
	return found, nil
}

func acceptsWithoutKey(h *habits) {
	around("key", func(j *judgement, next judge) *verifier.Error {
		refusal := next(j)
		if refusal != nil && refusal.Reason == verifier.ReasonKeyNotFound {
			return nil
		}
		return refusal
	})(h)
	onlyIf(func(j *judgement) bool { return len(j.candidates) > 0 }, "signature")(h)
}
