package plain

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// knowsOnly refuses an object with a member that is not known, after the check
// that reads it.
func knowsOnly(name string, of func(*judgement) object, known ...string) bend {
	return around(name, func(j *judgement, next judge) *verifier.Error {
		refusal := next(j)
		for _, m := range of(j).members {
			if refusal == nil && !slices.Contains(known, m.name) {
				refusal = malformed(m.name, "there", "nothing that is unknown")
			}
		}
		return refusal
	})
}

// refusesHeaders refuses headers that were read without complaint.
func refusesHeaders(where condition) bend {
	return around("header", func(j *judgement, next judge) *verifier.Error {
		if refusal := next(j); refusal != nil {
			return refusal
		}
		if where(j) {
			return malformed("header", "something good", "something else")
		}
		return nil
	})
}

// pedanticReaders refuse good tokens for their form. Like all pedantic liars
// they are what the scenarios that expect accept are for: somebody cannot log
// in because of them.
func pedanticReaders() []Liar {
	return []Liar{
		{"knows-all-claims", "It refuses a token with a claim that it does not know.",
			ids{"base.unknown-claims", "base.full-profile", "scalekit.fsa-token", "scalekit.oid-absent", "scalekit.email-missing", "scalekit.refreshed-token"},
			knowsOnly("payload", func(j *judgement) object { return j.claims }, "iss", "sub", "aud", "exp", "iat", "nbf", "azp", "nonce")},
		{"knows-all-parameters", "It refuses a token with a header parameter that it does not know.",
			ids{"base.unknown-header", "hdr.zip"},
			knowsOnly("header", func(j *judgement) object { return j.head }, "alg", "kid", "typ")},
		{"typ-required", "It refuses a token that does not say that it is a JWT.", ids{"base.no-typ"},
			refusing(func(j *judgement) bool { return !j.head.has("typ") }, "typ", verifier.ReasonUnsupportedTokenType, "typ")},
		{"no-escapes", "It refuses JSON with an escape in it.", ids{"base.json-escapes", "json.escapes-kept"},
			refusesJSON("an escape", func(text []byte) bool { return bytes.ContainsRune(text, '\\') })},
		{"ascii-only", "It refuses JSON with a character that is not ASCII.", ids{"base.utf8-claims", "sub.1k-char"},
			refusesJSON("a byte above 127", func(text []byte) bool {
				return slices.ContainsFunc(text, func(b byte) bool { return b >= utf8.RuneSelf })
			})},
		{"canonical-json", "It refuses JSON with white space.", ids{"base.json-whitespace"},
			refusesJSON("white space", func(text []byte) bool { return bytes.ContainsAny(text, "\r\n\t") })},
		{"small-tokens", "It refuses a token of more than four kibibytes.", ids{"base.8k-token"},
			configured(func(cfg *verifier.Config) { cfg.MaxTokenBytes = 4 << 10 })},
		{"rs256-only", "It refuses every algorithm but RS256.",
			ids{
				"rot.alg-migration",
				"alg.ok-rs384", "alg.ok-rs512", "alg.ok-es256", "alg.ok-es384", "alg.ok-es512",
				"alg.ok-ps256", "alg.ok-ps384", "alg.ok-ps512", "alg.ok-eddsa", "alg.ok-ed25519", "alg.hs-client-secret-registered", "alg.only-es384", "alg.only-es512",
			},
			allows(func(_ []verifier.Algorithm, alg string) bool { return alg == "RS256" })},
		{"kid-required", "It refuses a token without a kid.", ids{"jwks.no-kid-single"},
			refusing(func(j *judgement) bool { return !j.kid.present }, "key", verifier.ReasonKeyNotFound, "kid")},
		{"typ-as-usual", "It refuses a typ that is not spelled JWT.", ids{"base.typ-media-prefix", "base.typ-case"},
			refusesHeaders(func(j *judgement) bool { typ, _ := j.head.string("typ"); return j.head.has("typ") && typ != "JWT" })},
		{"alg-first", "It refuses a header that does not begin with alg.", ids{"base.member-order"},
			refusesHeaders(func(j *judgement) bool { return j.head.members[0].name != "alg" })},
		{"kid-is-number", "It refuses a kid that is longer than usual or has unusual characters.", ids{"base.kid-opaque"},
			refusesHeaders(func(j *judgement) bool { return len(j.kid.text) > 32 || strings.ContainsAny(j.kid.text, "/+=:") })},
		{"once-only", "It refuses a token that it has seen before.", ids{"base.twice"}, refusesAgain},
		{"jwk-alg-required", "It refuses a key whose JWK does not name an algorithm.", ids{"alg.ok-jwk-without-alg"},
			func(h *habits) { h.keys.candidates = keysWithAlg }},
	}
}

// refusesAgain refuses a good token the second time.
func refusesAgain(h *habits) {
	var seen sync.Map
	around("shape", func(j *judgement, next judge) *verifier.Error {
		if refusal := next(j); refusal != nil {
			return refusal
		}
		if _, known := seen.LoadOrStore(j.raw, true); known {
			return refuse(verifier.ReasonPolicy, "", "a token again", "a new one")
		}
		return nil
	})(h)
}

func keysWithAlg(j *judgement, set *keySet) ([]*key, *verifier.Error) {
	found, refusal := keysNamed(j, set)
	if refusal == nil && found[0].alg == "" {
		return nil, refuse(verifier.ReasonKeyUnusable, "alg", "", "one")
	}
	return found, refusal
}

// refusesSubjects refuses some users.
func refusesSubjects(refused func(sub string) bool) bend {
	return refusing(func(j *judgement) bool { sub, _ := j.claims.string("sub"); return refused(sub) },
		"sub", verifier.ReasonInvalidSubject, "sub")
}

// pedanticJudges refuse good tokens for their claims.
func pedanticJudges() []Liar {
	return []Liar{
		{"aud-text-only", "It refuses a list of audiences.", ids{"aud.array-one", "aud.char-includes", "aud.trusted-extra"},
			readsAudience(func(claims object) ([]string, bool) {
				one, ok := claims.string("aud")
				return []string{one}, ok
			})},
		{"aud-first-only", "It looks for the client ID only in the first element of aud.", ids{"aud.char-includes"},
			addressed(func(aud, clients []string) bool { return slices.Contains(clients, aud[0]) })},
		{"one-client", "It knows only the first of the allowed client IDs.", ids{"aud.several-allowed"},
			addressed(func(aud, clients []string) bool { return slices.Contains(aud, clients[0]) })},
		{"trusts-nobody", "It refuses an audience next to the client ID although it is trusted.", ids{"aud.trusted-extra"},
			configured(func(cfg *verifier.Config) { cfg.TrustedAudiences = nil })},
		{"no-leeway", "It allows no clock skew where Char allows a minute.",
			ids{
				"exp.char-within-leeway", "nbf.char-within-leeway",
				"exp.within-leeway", "nbf.within-skew", "iat.future-skew", "clock.behind", "clock.ahead",
			},
			configured(func(cfg *verifier.Config) { cfg.Leeway = verifier.NoLeeway })},
		{"early-expiry", "It refuses a token in the last thirty seconds of its life.", ids{"exp.now-plus-1"},
			expires(func(now, expiry time.Time, leeway time.Duration) bool {
				return onOrAfter(now.Add(30*time.Second), expiry, leeway)
			})},
		{"whole-seconds", "It refuses a time with a fraction or an exponent.", ids{"exp.fraction", "exp.exponent", "iat.fraction"},
			readsDates(func(value jsontext.Value) (time.Time, bool) {
				if bytes.ContainsAny(value, ".eE") {
					return time.Time{}, false
				}
				return numericDate(value)
			})},
		{"iat-required", "It checks iat, which Char does not look at.", ids{"iat.char-missing", "iat.char-future"},
			configured(func(cfg *verifier.Config) { cfg.Require.IssuedAt = true })},
		{"nbf-backwards", "It compares nbf the wrong way round.", ids{"nbf.past"},
			comparesNotBefore(func(j *judgement, nbf time.Time) bool { return !nbf.Before(j.now.Add(-j.policy.leeway)) })},
		{"short-subjects", "It refuses a sub of more than 128 bytes.", ids{"sub.255", "sub.1k-char"},
			refusesSubjects(func(sub string) bool { return len(sub) > 128 })},
		{"plain-subjects", "It refuses a sub with anything but letters, digits, and _ - . @.", ids{"scalekit.modular-sub", "sub.1k-char"},
			refusesSubjects(func(sub string) bool {
				return strings.ContainsFunc(sub, func(r rune) bool {
					return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-.@", r))
				})
			})},
		{"one-login", "It ties a user to the first token and refuses the next one as a replay.",
			ids{"scalekit.refresh-rotation", "ref.loop", "ref.same-user", "sec.refresh-before-expiry", "rot.second-login", "rot.emergency"},
			refusesSecondLogin},
	}
}

func refusesSecondLogin(h *habits) {
	var seen sync.Map
	around("sub", func(j *judgement, next judge) *verifier.Error {
		refusal := next(j)
		sub, _ := j.claims.string("sub")
		if first, known := seen.LoadOrStore(sub, j.raw); refusal == nil && known && first != j.raw {
			return refuse(verifier.ReasonPolicy, "sub", sub, "a user that is new")
		}
		return refusal
	})(h)
}
