package plain

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// changedReportLiars accept the right tokens and report other claims.
func changedReportLiars() []Liar {
	// name edits the name that is reported.
	name := func(pairs ...string) bend {
		return reports(func(claims map[string]any) {
			if text, ok := claims["name"].(string); ok {
				claims["name"] = strings.NewReplacer(pairs...).Replace(text)
			}
		})
	}
	// each replaces every reported value, or drops it.
	each := func(edit func(name string, value any) (any, bool)) bend {
		return reports(func(claims map[string]any) {
			for _, name := range slices.Collect(maps.Keys(claims)) {
				value, keep := edit(name, claims[name])
				if claims[name] = value; !keep {
					delete(claims, name)
				}
			}
		})
	}
	// texts edits every reported string.
	texts := func(edit func(string) string) bend {
		return each(func(_ string, value any) (any, bool) {
			if text, ok := value.(string); ok {
				return edit(text), true
			}
			return value, true
		})
	}
	return []Liar{
		{"drops-falsy", "It reports no claim that is false, zero, empty or null.", ids{"base.falsy-claims"},
			each(func(_ string, value any) (any, bool) {
				list, isList := value.([]any)
				return value, value != nil && value != false && value != "" && value != json.Number("0") && !(isList && len(list) == 0)
			})},
		{"null-is-empty", "It reports null as an empty string.", ids{"base.falsy-claims"},
			each(func(_ string, value any) (any, bool) {
				if value == nil {
					return "", true
				}
				return value, true
			})},
		{"there-is-true", "It reports every email_verified as true.", ids{"base.false-is-not-true", "base.falsy-claims"},
			each(func(name string, value any) (any, bool) {
				if name == "email_verified" {
					return true, true
				}
				return value, true
			})},
		{"not-empty-is-true", "It reports email_verified as true if it is anything but false, null, zero or empty.", ids{"base.false-is-not-true"},
			each(func(name string, value any) (any, bool) {
				if name == "email_verified" {
					return value != nil && value != false && value != "" && value != json.Number("0"), true
				}
				return value, true
			})},
		{"numbers-in-double", "It reports numbers in double precision.", ids{"base.big-numbers"},
			each(func(_ string, value any) (any, bool) {
				if number, ok := value.(json.Number); ok {
					if f, err := number.Float64(); err == nil && f > 1e15 {
						return json.Number(strconv.FormatFloat(f, 'f', -1, 64)), true
					}
				}
				return value, true
			})},
		{"reads-dates", "It reports every string that is a date and a time in UTC.", ids{"base.strings-verbatim"},
			texts(func(text string) string {
				if t, err := time.Parse(time.RFC3339, text); err == nil {
					return t.UTC().Format(time.RFC3339)
				}
				return text
			})},
		{"reads-numbers", "It reports every string that is a number in the way that it writes numbers.", ids{"base.strings-verbatim"},
			texts(func(text string) string {
				if f, err := strconv.ParseFloat(text, 64); err == nil {
					return strconv.FormatFloat(f, 'g', -1, 64)
				}
				return text
			})},
		{"reads-words", "It reports strings that are truth values elsewhere as these.", ids{"base.strings-verbatim"},
			texts(strings.NewReplacer("true", "1", "no", "false", "null", "", "~", "").Replace)},
		{"names-untagged", "It reports a claim with a language tag under the name without it.", ids{"base.language-tags"},
			reports(func(claims map[string]any) {
				for _, tagged := range slices.Sorted(maps.Keys(claims)) {
					if plain, _, cut := strings.Cut(tagged, "#"); cut {
						claims[plain] = claims[tagged]
					}
				}
			})},
		{"finds-tagged", "It finds a claim by its name with any language tag.", ids{"base.language-tag-only"},
			findsAs(func(name string) string { plain, _, _ := strings.Cut(name, "#"); return plain })},
		{"reports-standard", "It reports the claims that OpenID Connect defines, and no others.", ids{"base.profile-reported", "base.big-numbers"},
			each(func(name string, value any) (any, bool) {
				return value, !slices.Contains([]string{"oid", "xoid", "sid", "client_id", "account"}, name)
			})},
		{"joins-names", "It reports the given name and the family name as each other.", ids{"base.profile-reported"},
			reports(func(claims map[string]any) {
				if claims["given_name"] != nil {
					claims["given_name"], claims["family_name"] = claims["family_name"], claims["given_name"]
				}
			})},
		{"names-in-lower-case", "It reports every claim under its name in lower case.", ids{"json.absent-but-in-case", "json.case-shadow-others"},
			reports(func(claims map[string]any) {
				for _, name := range slices.Sorted(maps.Keys(claims)) {
					claims[strings.ToLower(name)] = claims[name]
				}
			})},
		{"returns-are-feeds", "It reads every escaped white space as a space.", ids{"json.escapes-anywhere", "json.escapes-kept"}, name("\n", " ", "\r", " ", "\t", " ")},
		{"no-backspace", "It reads the escapes of backspace and form feed as the letters.", ids{"json.escapes-anywhere"}, name("\b", "b", "\f", "f")},
		{"basic-plane", "It replaces characters beyond the Basic Multilingual Plane.", ids{"json.escapes-anywhere", "base.utf8-claims"},
			name("\U0001F600", "\uFFFD", "\U0010FFFF", "\uFFFD", "\U00010000", "\uFFFD")},
		{"no-delete", "It removes 0x7F and the separators of lines from what it reports.", ids{"json.escapes-anywhere"}, name("\x7F", "", "\u2028", "")},
	}
}

// organizationLiars know the organization by another claim than oid, or read
// one of another type.
func organizationLiars() []Liar {
	liars := []Liar{
		{"oid-of-list", "It looks for the allowed organization in an oid that is a list.", ids{"org.wrong-type"},
			reads("oid", func(value jsontext.Value) (string, bool) {
				items, ok := elements(value)
				if !ok || len(items) == 0 {
					return "", false
				}
				return unquote(items[0])
			})},
		{"oid-as-text", "It reads an oid of another type as its JSON text.", ids{"org.wrong-type"},
			reads("oid", func(value jsontext.Value) (string, bool) { return string(value), value.Kind() != jsontext.KindString })},
		{"oid-only-if-text", "It requires no organization if oid is not a string.", ids{"org.wrong-type"},
			onlyIf(func(j *judgement) bool { _, isText := j.claims.string("oid"); return isText || !j.claims.has("oid") }, "requirements")},
	}
	for _, claim := range []string{"org_id", "organization", "tenant", "tid", "xoid"} {
		liars = append(liars,
			Liar{"organization-by-" + claim, "It reports " + claim + " as oid if there is one.", ids{"org.other-name"},
				reports(func(claims map[string]any) {
					if id, there := claims[claim]; there {
						claims["oid"] = id
					}
				})},
			Liar{"allows-by-" + claim, "It compares " + claim + " with the allowed organizations if there is one.", ids{"org.other-name-only"},
				beforehand("requirements", func(j *judgement) {
					if id, ok := j.claims.string(claim); ok {
						j.claims = j.claims.with("oid", id)
					}
				})})
	}
	return liars
}

// reads replaces a claim by the string that another reading finds in it, if it
// finds one.
func reads(claim string, read func(jsontext.Value) (string, bool)) bend {
	return beforehand("requirements", func(j *judgement) {
		value, there := j.claims.get(claim)
		if text, ok := read(value); there && ok {
			j.claims = j.claims.with(claim, text)
		}
	})
}
