package plain

import (
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// addressedIf compares each audience with each client ID in another way.
func addressedIf(matches func(audience, client string) bool) bend {
	return addressed(func(aud, clients []string) bool {
		return slices.ContainsFunc(aud, func(a string) bool {
			return slices.ContainsFunc(clients, func(client string) bool { return matches(a, client) })
		})
	})
}

// addressed finds a client ID in aud in another way.
func addressed(is func(aud, clients []string) bool) bend {
	return func(h *habits) { h.claims.addressed = is }
}

// readsAudience reads aud in another way.
func readsAudience(audience func(claims object) ([]string, bool)) bend {
	return func(h *habits) { h.claims.audience = audience }
}

// audienceLiars accept a token that was issued to somebody else, or find the
// client where it is not named.
func audienceLiars() []Liar {
	return []Liar{
		{"no-aud", "It never reads aud.", ids{"aud.other-client", "aud.client-not-allowed", "scalekit.access-token-aud-api"}, without("aud")},
		{"aud-contains-substring", "It accepts an aud that contains the client ID or is part of it.",
			ids{"aud.prefix", "aud.suffix-char", "aud.whitespace", "aud.list-in-string", "scalekit.aud-other-env-client"},
			addressedIf(func(a, client string) bool { return strings.Contains(a, client) || strings.Contains(client, a) })},
		{"aud-case", "It ignores case when it compares aud.", ids{"aud.case"}, addressedIf(strings.EqualFold)},
		{"aud-ignores-extras", "It finds the client ID in aud and does not check who else is there.",
			ids{"aud.untrusted-extra", "aud.10k"},
			configured(func(cfg *verifier.Config) { cfg.Require.TrustedAudiences = false })},
		{"aud-one-trusted", "It asks whether it trusts any additional audience, and not whether it trusts each.", ids{"aud.trusted-and-other"},
			unless(func(j *judgement) bool {
				aud, _ := audienceOf(j.claims)
				return anyListed(aud, j.policy.Audience) && anyListed(aud, j.policy.TrustedAudiences)
			}, "aud")},
		{"aud-first-ten", "It reads the first ten audiences and no others.", ids{"aud.other-late", "aud.client-late"},
			readsAudience(func(claims object) ([]string, bool) {
				aud, ok := audienceOf(claims)
				return aud[:min(len(aud), 10)], ok
			})},
		{"aud-empty-ok", "It has nothing to compare if aud is missing, empty or not a list of strings, and lets that pass.",
			ids{"aud.missing", "aud.null", "aud.wrong-type", "aud.empty-array", "aud.empty-string", "scalekit.m2m-token"},
			onlyIf(func(j *judgement) bool {
				aud, _ := audienceOf(j.claims)
				return slices.ContainsFunc(aud, func(a string) bool { return a != "" })
			}, "aud")},
		{"azp-as-aud", "It uses azp as the audience if there is one.", ids{"azp.only"},
			readsAudience(func(claims object) ([]string, bool) {
				if azp, ok := claims.string("azp"); ok {
					return []string{azp}, true
				}
				return audienceOf(claims)
			})},
		{"no-azp", "It never reads azp.", ids{"azp.mismatch", "azp.wrong-type", "azp.empty"}, without("azp")},
		{"aud-any-depth", "It finds the client ID anywhere in aud, also in an array or an object inside it, and skips what is not a string.",
			ids{"aud.nested-array", "aud.mixed-types"},
			readsAudience(func(claims object) ([]string, bool) {
				value, _ := claims.get("aud")
				return stringsIn(value), true
			})},
		{"aud-parses", "It parses a string that looks like JSON.", ids{"aud.json-in-string"},
			readsAudience(func(claims object) ([]string, bool) {
				text, _ := claims.string("aud")
				if _, ok := elements(jsontext.Value(text)); ok {
					return stringsIn(jsontext.Value(text)), true
				}
				return audienceOf(claims)
			})},
		{"aud-looks-alike", "It compares client IDs by how they look.", ids{"aud.homoglyph"},
			addressedIf(func(a, client string) bool { return strings.ReplaceAll(a, "\u0441", "c") == client })},
		{"aud-pattern", "It uses the audiences as patterns that the client ID may match.", ids{"aud.wildcard"},
			addressedIf(func(a, client string) bool {
				glob, _ := path.Match(a, client)
				return glob || a == client
			})},
		{"aud-issuer-ok", "It accepts a token that the issuer made for itself.", ids{"aud.issuer"},
			unless(func(j *judgement) bool {
				aud, _ := audienceOf(j.claims)
				return slices.Contains(aud, j.policy.Issuer)
			}, "aud")},
		{"aud-one-element", "It refuses a list of more than one audience.",
			ids{"aud.array-dup", "aud.char-includes", "aud.trusted-extra"},
			refusing(func(j *judgement) bool { aud, _ := audienceOf(j.claims); return len(aud) > 1 },
				"aud", verifier.ReasonInvalidAudience, "aud")},
		{"aud-list-beside-azp", "It refuses a token with azp whose aud is not a list, as Scalekit sends it.", ids{"aud.string"},
			refusing(func(j *judgement) bool { _, isString := j.claims.string("aud"); return isString && j.claims.has("azp") },
				"aud", verifier.ReasonInvalidAudience, "aud")},
		{"azp-empty-ok", "It treats an empty azp as no azp.", ids{"azp.empty"},
			unless(func(j *judgement) bool { value, _ := j.claims.get("azp"); return string(value) == `""` }, "azp")},
	}
}

// stringsIn returns the strings in a value at any depth.
func stringsIn(value jsontext.Value) []string {
	if text, ok := unquote(value); ok {
		return []string{text}
	}
	items, _ := elements(value)
	members, _ := readMembers(value)
	for _, m := range members {
		items = append(items, m.value)
	}
	var list []string
	for _, item := range items {
		list = append(list, stringsIn(item)...)
	}
	return list
}
