package plain

import (
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// readsStrings reads the string in a claim in another way.
func readsStrings(read func(jsontext.Value) (string, bool)) bend {
	return func(h *habits) { h.reading.string = read }
}

// userLiars accept a token that names no user, or is not an ID Token.
func userLiars() []Liar {
	return []Liar{
		{"no-sub", "It never reads sub.", ids{"sub.missing", "sub.null", "sub.empty", "sub.wrong-type", "type.jarm"}, without("sub")},
		{"sub-empty-ok", "It accepts an empty sub as a user.", ids{"sub.empty", "sub.blank"},
			unless(func(j *judgement) bool {
				sub, ok := j.claims.string("sub")
				return ok && strings.TrimSpace(sub) == ""
			}, "sub")},
		{"sub-unbounded", "It accepts a sub of any length.", ids{"sub.10k", "sub.256"},
			beforehand("sub", func(j *judgement) {
				unbounded := *j.Verifier
				unbounded.policy.maxSubject = len(j.payload)
				j.Verifier = &unbounded
			})},
		{"stringifies", "It reads a claim of another type as its JSON text.", ids{"sub.wrong-type"},
			readsStrings(func(value jsontext.Value) (string, bool) {
				if text, ok := unquote(value); ok {
					return text, true
				}
				return string(value), true
			})},
		{"unpacks-lists", "It takes the first element of a list where a string is expected.",
			ids{"iss.array", "sub.wrong-type"},
			readsStrings(func(value jsontext.Value) (string, bool) {
				if items, ok := elements(value); ok && len(items) > 0 {
					value = items[0]
				}
				return unquote(value)
			})},
		{"claims-optional", "It checks the claims that are there and requires none.",
			ids{"iss.missing", "aud.missing", "exp.missing", "iat.missing", "sub.missing", "scalekit.idp-initiated", "json.payload-empty-object"},
			all(onlyIf(has("iss"), "iss"), onlyIf(has("aud"), "aud"), onlyIf(has("exp"), "exp"), onlyIf(has("iat"), "iat"), onlyIf(has("sub"), "sub"))},
		{"no-typ", "It accepts every JWT of the issuer as an ID Token.",
			ids{
				"type.at-jwt", "type.at-jwt-prefixed", "type.unknown", "type.not-a-string", "type.logout", "type.logout-untyped", "type.dpop", "type.federation", "type.vc-jwt",
				"scalekit.access-token-aud-client", "org.roles",
			}, without("forms", "typ", "shape")},
		{"signature-only", "It accepts everything as an ID Token that a key of the issuer has signed.",
			ids{"type.client-assertion", "type.request-object"}, without("forms", "typ", "iss", "aud", "azp", "shape")},
		{"sid-for-sub", "It uses the session as the user if a token has no sub.", ids{"type.logout-sid-only"},
			all(onlyIf(func(j *judgement) bool { return j.claims.has("sub") || !j.claims.has("sid") }, "sub"), without("shape"))},
		{"hs-any-audience", "It accepts a token under a shared secret that has further audiences.", ids{"alg.hs-multi-aud"},
			around("aud", func(j *judgement, next judge) *verifier.Error {
				alg := j.alg
				j.alg = ""
				defer func() { j.alg = alg }()
				return next(j)
			})},
	}
}

// reports edits the claims that the caller gets.
func reports(edit func(claims map[string]any)) bend {
	return func(h *habits) { h.result.edit = edit }
}

// reportsSubject edits the subject that the caller gets.
func reportsSubject(edit func(sub string) string) bend {
	return reports(func(claims map[string]any) {
		if sub, ok := claims["sub"].(string); ok {
			claims["sub"] = edit(sub)
		}
	})
}

// reportsSubjectWithout removes some characters from the subject.
func reportsSubjectWithout(removed func(r rune) bool) bend {
	return reportsSubject(func(sub string) string {
		return strings.Map(func(r rune) rune {
			if removed(r) {
				return -1
			}
			return r
		}, sub)
	})
}

// reportLiars accept the right tokens and report another user.
func reportLiars() []Liar {
	return []Liar{
		{"sub-lower-case", "It reports sub in lower case.", ids{"sub.case-preserved"}, reportsSubject(strings.ToLower)},
		{"sub-trims", "It trims spaces off the sub that it reports.", ids{"sub.spaces-preserved"}, reportsSubject(strings.TrimSpace)},
		{"sub-normalised", "It composes the accents in the sub that it reports.", ids{"sub.no-normalisation"},
			reportsSubject(strings.NewReplacer("e\u0308", "ë").Replace)},
		{"sub-ascii", "It removes what is not ASCII from the sub that it reports.",
			ids{"sub.non-ascii", "sub.no-normalisation", "sub.1k-char"},
			reportsSubjectWithout(func(r rune) bool { return r >= 0x80 })},
		{"sub-c-string", "It reports sub up to the first NUL.", ids{"sub.nul"},
			reportsSubject(func(sub string) string { text, _, _ := strings.Cut(sub, "\x00"); return text })},
		{"sub-printable", "It removes control characters from the sub that it reports.", ids{"sub.control-chars"},
			reportsSubjectWithout(func(r rune) bool { return r < ' ' })},
		{"users-by-sub", "It identifies a user by sub alone, whichever issuer the token is from.",
			ids{"sub.issuer-scoped"}, identifiesBySubject()},
	}
}

// identifiesBySubject knows users for every verifier that it is bent into.
func identifiesBySubject() bend {
	var issuers sync.Map // by sub
	return reports(func(claims map[string]any) {
		if sub, ok := claims["sub"].(string); ok {
			claims["iss"], _ = issuers.LoadOrStore(sub, claims["iss"])
		}
	})
}
