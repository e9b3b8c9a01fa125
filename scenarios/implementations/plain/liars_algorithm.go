package plain

import (
	"path"
	"slices"
	"strings"

	"github.com/assay-id/assay/verifier"
)

// allows compares alg with the allow-list in another way.
func allows(allow func(allowed []verifier.Algorithm, alg string) bool) bend {
	return func(h *habits) { h.signature.allows = allow }
}

// unsignedUnder skips the allow-list and the signature for tokens whose alg is
// one of these.
func unsignedUnder(is func(alg string) bool) bend {
	where := func(j *judgement) bool { return is(j.alg) }
	return all(unless(where, "alg"), unsigned(where))
}

// algorithmLiars let the header of a token say how it is to be verified.
func algorithmLiars() []Liar {
	return []Liar{
		{"decode-only", "It checks the claims and never the signature.",
			ids{
				"sig.flip", "sig.payload-tampered", "dos.malformed-corpus", "sig.header-tampered", "sig.attacker-key-same-kid",
				"alg.none", "alg.none-known-kid", "alg.family-mismatch", "hdr.jwk-known-kid", "hdr.kid-unknown", "scalekit.flow-tampered",
			},
			all(without("alg"), unsigned(always))},
		{"none-ok", `It accepts alg "none" with any signature, or without a segment for one.`,
			ids{"alg.none", "alg.none-known-kid", "alg.none-keep-sig", "alg.none-two-segments"},
			all(splits(optionalSignature), unsignedUnder(func(alg string) bool { return alg == "none" }))},
		{"none-blocklist", `It blocks the string "none", and verifies nothing if that is spelled in another way.`,
			ids{"alg.none-case", "alg.none-padded"}, unsignedUnder(misspelledNone)},
		{"alg-case", "It ignores case when it compares alg with the allow-list.", ids{"alg.lowercase"},
			beforehand("alg", func(j *judgement) { j.alg = strings.ToUpper(j.alg) })},
		{"any-good-alg", "It accepts every algorithm that Char documents, whichever the client has registered.", ids{"alg.strict-default"},
			configured(func(cfg *verifier.Config) {
				if slices.Equal(cfg.Algorithms, verifier.Strict().Algorithms) {
					cfg.Algorithms = nil
				}
			})},
		{"alg-optional", "It assumes RS256 if a token does not name an alg.",
			ids{"alg.missing", "alg.empty", "alg.not-a-string"}, assumesRS256},
		{"alg-of-key", "It verifies with the algorithm of the key if it does not know the one that the token names.",
			ids{"alg.unknown", "alg.jwe-name"},
			beforehand("alg", func(j *judgement) {
				if _, known := algorithms()[j.alg]; !known && hmacHash(j.alg) == 0 && j.alg != "none" {
					j.alg = "RS256"
				}
			})},
		{"no-allow-list", "It verifies every algorithm that it knows, whichever are configured.",
			ids{"alg.not-registered", "rot.alg-migration-strict", "alg.ps256-not-documented", "alg.eddsa-not-documented", "alg.es256-only"},
			allows(func(_ []verifier.Algorithm, alg string) bool {
				_, known := algorithms()[alg]
				return known
			})},
		{"trusts-alg", "It lets alg choose between a signature and an HMAC, and uses the public key as the secret.",
			ids{
				"alg.hs-spki-pem", "alg.hs-jwk-json", "alg.hs512-spki-pem", "alg.hs-pem-trimmed", "alg.hs-pkcs1-pem", "alg.hs-modulus",
				"alg.hs-ec-key", "alg.hs-ed-key", "alg.hs-der", "alg.hs-x509-pem", "alg.hs-empty-secret", "jwks.oct-used",
			},
			verifiesHMAC(func(j *judgement, set *keySet) ([]*key, *verifier.Error) { return set.withID(j.kid), nil }, publicForms)},
		{"hmac-unkeyed", "It accepts an HMAC because it was given no secret to verify it with.", ids{"alg.hs-client-secret"},
			unsignedUnder(func(alg string) bool { return hmacHash(alg) != 0 })},
		{"kid-path", "It reads the secret from the file that kid names in its folder of keys.", ids{"hdr.kid-traversal"},
			verifiesHMAC(func(j *judgement, _ *keySet) ([]*key, *verifier.Error) { return []*key{{id: j.kid}}, nil }, secretFromFile)},
	}
}

func misspelledNone(alg string) bool {
	invisible := strings.NewReplacer(" ", "", "\t", "", "\x00", "", "\u200D", "")
	return strings.EqualFold(invisible.Replace(alg), "none") && alg != "none"
}

func assumesRS256(h *habits) {
	around("header", func(j *judgement, next judge) *verifier.Error {
		refusal := next(j)
		if refusal != nil && refusal.Claim == "alg" || j.alg == "" {
			j.alg = "RS256"
			return nil
		}
		return refusal
	})(h)
}

// secretFromFile opens no file: the one that the scenario names is empty on
// every machine.
func secretFromFile(k *key) [][]byte {
	if path.Join("/srv/keys", k.id.text) == "/dev/null" {
		return [][]byte{{}}
	}
	return nil
}
