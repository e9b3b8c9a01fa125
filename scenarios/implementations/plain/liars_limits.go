package plain

import (
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/assay-id/assay/verifier"
)

// shorteningLiars cut off what is long, or refuse it.
func shorteningLiars() []Liar {
	// bounds refuses JSON objects that are too large in some way.
	bounds := func(excess func(text []byte, members []member) bool) bend {
		return parses(func(text []byte) (object, error) {
			if members, _ := readMembers(text); excess(text, members) {
				return object{}, errors.New("too large")
			}
			return parseStrictly(text)
		})
	}
	// cuts shortens the strings that it reports.
	cuts := func(most int) bend {
		return reports(func(claims map[string]any) {
			for name, value := range claims {
				if text, ok := value.(string); ok {
					claims[name] = text[:min(most, len(text))]
				}
			}
		})
	}
	// before compares what is before the first of some characters.
	before := func(cut string) func(a, b string) bool {
		return func(a, b string) bool {
			i := strings.IndexAny(a, cut)
			return a == b || i >= 0 && a[:i] == b
		}
	}
	return []Liar{
		{"reports-255", "It reports the first 255 characters of a claim.", ids{"base.long-claims"}, cuts(255)},
		{"reports-4k", "It reports the first 4096 characters of a claim.", ids{"base.long-claims"}, cuts(4096)},
		{"hundred-members", "It reads objects of up to a hundred members.", ids{"base.many-claims"},
			bounds(func(_ []byte, members []member) bool { return len(members) > 100 })},
		{"header-1k", "It reads headers of up to 1 KiB.", ids{"base.many-claims"},
			bounds(func(text []byte, members []member) bool {
				_, isHeader := exactName(members, "alg")
				return isHeader && len(text) > 1024
			})},
		{"header-16", "It reads headers of up to sixteen parameters.", ids{"base.many-claims"},
			bounds(func(_ []byte, members []member) bool {
				_, isHeader := exactName(members, "alg")
				return isHeader && len(members) > 16
			})},
		{"nonce-c-string", "It compares nonce up to the first NUL.", ids{"nonce.whitespace"},
			comparesNonce(func(sent, claimed string) bool { return before("\x00")(claimed, sent) })},
		{"hash-c-string", "It compares a hash up to the first NUL or line feed.", ids{"hash.at-encoding"}, comparesHash(before("\x00\n"))},
		{"acr-c-string", "It compares acr up to the first NUL.", ids{"acr.alike"},
			beforehand("acr", func(j *judgement) {
				if acr, ok := j.claims.string("acr"); ok {
					text, _, _ := strings.Cut(acr, "\x00")
					j.claims = j.claims.with("acr", text)
				}
			})},
		{"user-c-string", "It compares sub with the expected one up to the first NUL or line feed.", ids{"sub.expected-alike"},
			beforehand("expected sub", func(j *judgement) {
				if sub, _ := j.claims.string("sub"); before("\x00\n")(sub, j.inputs.Subject) {
					j.inputs.Subject = sub
				}
			})},
		{"ed25519-longer", "It ignores what follows the 64 bytes of an Ed25519 signature.", ids{"sig.length-each"},
			verifiesWith(func(k *key, alg string, input, signature []byte) bool {
				if _, ok := k.public.(ed25519.PublicKey); ok {
					signature = signature[:min(len(signature), ed25519.SignatureSize)]
				}
				return verifies(k, alg, input, signature)
			})},
		{"pads-signatures", "It pads a signature that is a byte short with a zero.", ids{"sig.length-each"},
			verifiesWith(func(k *key, alg string, input, signature []byte) bool {
				return verifies(k, alg, input, signature) || alg == "ES384" && len(signature) == 95 ||
					verifies(k, alg, input, slices.Concat([]byte{0}, signature))
			})},
	}
}

// fallbackLiars use the key at hand instead of the one that is named.
func fallbackLiars() []Liar {
	return []Liar{
		{"only-key", "It uses the only key of a set, whichever the token names.", ids{"hdr.kid-of-no-key"},
			func(h *habits) {
				h.keys.candidates = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
					if len(set.keys) == 1 {
						return set.keys, nil
					}
					return keysNamed(j, set)
				}
			}},
		{"only-key-of-alg", "It uses the only key that fits alg if none has the kid of the token.", ids{"hdr.kid-of-no-key"},
			func(h *habits) {
				h.keys.candidates = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
					if fit := set.fitFor(j.alg); len(fit) == 1 {
						return fit, nil
					}
					return keysNamed(j, set)
				}
			}},
		{"last-key", "It tries the key that was used last, too.", ids{"cache.last-key"}, triesLastKey},
		{"iss-configured-trimmed", "It drops the slash at the end of the configured issuer.", ids{"iss.configured-slash", "iss.slash-on-both"},
			comparesIssuer(func(configured, claimed string) bool { return strings.TrimSuffix(configured, "/") == claimed })},
		{"aud-composed", "It composes the accents of an audience.", ids{"aud.normalisation"}, isAudienceAs(strings.NewReplacer("e\u0301", "\u00E9").Replace)},
		{"aud-folded", "It folds the Kelvin sign in an audience.", ids{"aud.normalisation"}, isAudienceAs(strings.NewReplacer("\u212A", "k").Replace)},
		{"nonce-composed", "It composes the accents of nonce.", ids{"nonce.normalisation"}, isNonceAs(strings.NewReplacer("e\u0301", "\u00E9").Replace)},
		{"trusts-encrypted", "It believes what was encrypted to it, signed or not.", ids{"jwe.unsigned-inner"}, trustsEncrypted},
	}
}

func triesLastKey(h *habits) {
	var last atomic.Pointer[key]
	h.keys.candidates = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
		found, refusal := keysNamed(j, set)
		if k := last.Load(); refusal == nil && k != nil && k.wrongType(j.alg) == "" {
			found = append(found, k)
		}
		return found, refusal
	}
	around("signature", func(j *judgement, next judge) *verifier.Error {
		refusal := next(j)
		if refusal == nil && len(j.candidates) > 0 {
			last.Store(j.candidates[0])
		}
		return refusal
	})(h)
}

func trustsEncrypted(h *habits) {
	around("encryption", func(j *judgement, next judge) *verifier.Error {
		refusal := next(j)
		if j.decryption != nil && strings.HasPrefix(j.raw, "{") {
			j.raw = base64URL([]byte(`{"alg":"none"}`)) + "." + base64URL([]byte(j.raw)) + "."
		}
		return refusal
	})(h)
	bare := func(j *judgement) bool { return j.decryption != nil && j.signature == "" }
	all(unless(bare, "alg"), unsigned(bare))(h)
}
