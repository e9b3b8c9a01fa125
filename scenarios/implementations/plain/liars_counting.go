package plain

import (
	"crypto"
	"slices"
	"strings"

	"github.com/assay-id/assay/verifier"
)

// countingLiars compare lists in a way that is not about each of their entries.
func countingLiars() []Liar {
	// methods makes the check of amr only unless this says that the methods
	// suffice.
	methods := func(suffice func(wanted, there []string) bool) bend {
		return unless(func(j *judgement) bool {
			there, _ := j.claims.strings("amr")
			return suffice(j.inputs.AMR, there)
		}, "amr")
	}
	hits := func(wanted, there []string) (n int) {
		for _, method := range there {
			if slices.Contains(wanted, method) {
				n++
			}
		}
		return n
	}
	return []Liar{
		{"amr-counted", "It counts the methods of amr that are required.", ids{"amr.required-each"},
			methods(func(wanted, there []string) bool { return hits(wanted, there) >= len(wanted) })},
		{"amr-length", "It is content with as many methods as are required if one of them is.", ids{"amr.required-each"},
			methods(func(wanted, there []string) bool { return hits(wanted, there) > 0 && len(there) >= len(wanted) })},
		{"amr-joined", "It looks for the methods in the text of the list.", ids{"amr.required-each"},
			methods(func(wanted, there []string) bool {
				text := strings.Join(there, " ")
				return !slices.ContainsFunc(wanted, func(method string) bool { return !strings.Contains(text, method) })
			})},
		{"amr-in-order", "It compares amr with the list of required methods.", ids{"amr.required-any-order"},
			refusing(func(j *judgement) bool {
				there, _ := j.claims.strings("amr")
				return len(j.inputs.AMR) > 1 && !slices.Equal(there, j.inputs.AMR)
			}, "amr", verifier.ReasonInvalidAMR, "amr")},
		{"amr-as-many", "It requires as many methods as were asked for.", ids{"amr.required-any-order"},
			refusing(func(j *judgement) bool {
				there, _ := j.claims.strings("amr")
				return len(j.inputs.AMR) > 1 && len(there) != len(j.inputs.AMR)
			}, "amr", verifier.ReasonInvalidAMR, "amr")},
	}
}

// cuttingSecretLiars make an HMAC with something other than the whole secret.
func cuttingSecretLiars() []Liar {
	cuts := func(most func(crypto.Hash) int) bend {
		return verifiesWith(func(k *key, alg string, input, signature []byte) bool {
			if hash := hmacHash(alg); hash != 0 {
				k = &key{secret: k.secret[:min(len(k.secret), most(hash))]}
			}
			return verifies(k, alg, input, signature)
		})
	}
	bytes := func(n int) func(crypto.Hash) int { return func(crypto.Hash) int { return n } }
	both := ids{"alg.hs-long-secret", "alg.hs-long-secret-cut"}
	return []Liar{
		{"secret-cut-at-block", "It uses a block of a secret that is longer.", both,
			cuts(func(hash crypto.Hash) int { return hash.New().BlockSize() })},
		{"secret-cut-at-hash", "It uses as much of a secret as the hash is long.", both, cuts(crypto.Hash.Size)},
		{"secret-cut-at-72", "It uses the first 72 bytes of a secret.", both, cuts(bytes(72))},
		{"secret-cut-at-255", "It uses the first 255 bytes of a secret.", both, cuts(bytes(255))},
		{"secret-of-set", "It makes an HMAC with the symmetric keys of the JWK Set as well.", ids{"alg.hs-oct-in-set"},
			around("key", func(j *judgement, next judge) *verifier.Error {
				refusal := next(j)
				if refusal != nil || !j.sharesSecret() {
					return refusal
				}
				set, refusal := j.keys.find(j.ctx, j.now, j.kid)
				if refusal != nil {
					return refusal
				}
				for _, k := range set.keys {
					if secret := sharedSecret(k)[0]; len(secret) > 0 {
						j.candidates = append(j.candidates, &key{secret: secret})
					}
				}
				return nil
			})},
	}
}
