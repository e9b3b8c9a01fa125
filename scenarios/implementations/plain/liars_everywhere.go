package plain

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// claimPlace is a place where a claim is that is not the claim.
type claimPlace struct {
	name, words string
	find        func(j *judgement, claim string) (jsontext.Value, bool)
}

func claimPlaces() []claimPlace {
	named := func(form func(claim string) string) func(*judgement, string) (jsontext.Value, bool) {
		return func(j *judgement, claim string) (jsontext.Value, bool) { return j.claims.get(form(claim)) }
	}
	within := func(outer string) func(*judgement, string) (jsontext.Value, bool) {
		return func(j *judgement, claim string) (jsontext.Value, bool) { return inner(j.claims, outer).get(claim) }
	}
	return []claimPlace{
		{"of-header", "in the header", func(j *judgement, claim string) (jsontext.Value, bool) { return j.head.get(claim) }},
		{"of-metadata", "in app_metadata", within("app_metadata")},
		{"of-token", "in id_token", within("id_token")},
		{"upper", "under its name in upper case", named(strings.ToUpper)},
		{"of-namespace", "under a name that is a URL", named(func(claim string) string { return "https://claims.example/" + claim })},
		{"of-verified", "in verified_claims", func(j *judgement, claim string) (jsontext.Value, bool) {
			return inner(inner(j.claims, "verified"), "claims").get(claim)
		}},
		{"trimmed", "under its name with a space", named(func(claim string) string { return claim + " " })},
		{"of-identity", "in the first of its identities", func(j *judgement, claim string) (jsontext.Value, bool) {
			list, _ := j.claims.get("identities")
			items, _ := elements(list)
			if len(items) == 0 {
				return nil, false
			}
			o, _ := parseStrictly(items[0])
			return o.get(claim)
		}},
		{"custom", "under its name as a custom claim", named(func(claim string) string { return "custom:" + claim })},
	}
}

// everywhereLiars prefer each claim in a place that is not its own, or look
// there if it is missing.
func everywhereLiars() []Liar {
	var list []Liar
	for i, c := range []struct {
		claim             string
		preferred, missed ids // what catches those that prefer the place, and those that look there if the claim is missing
	}{
		{"iss", ids{"iss.elsewhere"}, ids{"iss.elsewhere"}},
		{"aud", ids{"aud.elsewhere"}, ids{"aud.elsewhere"}},
		{"exp", ids{"exp.elsewhere"}, ids{"exp.elsewhere"}},
		{"nbf", ids{"nbf.elsewhere"}, nil},
		{"sub", ids{"sub.elsewhere", "sub.expected-anywhere"}, ids{"sub.elsewhere-only"}},
		{"nonce", ids{"nonce.anywhere"}, ids{"nonce.anywhere"}},
		{"azp", ids{"azp.elsewhere"}, nil},
		{"acr", ids{"acr.elsewhere"}, ids{"acr.elsewhere"}},
		{"amr", ids{"amr.elsewhere", "scalekit.connection-elsewhere"}, ids{"amr.elsewhere", "scalekit.connection-elsewhere"}},
		{"auth_time", ids{"auth.elsewhere"}, ids{"auth.elsewhere"}},
		{"at_hash", ids{"hash.at-elsewhere"}, nil},
		{"c_hash", ids{"hash.c-elsewhere"}, nil},
		{"oid", ids{"scalekit.oid-elsewhere", "base.oid-elsewhere"}, ids{"scalekit.oid-elsewhere", "base.oid-nowhere"}},
		{"email", ids{"base.email-elsewhere"}, ids{"base.email-nowhere"}},
		{"email_verified", ids{"scalekit.email-elsewhere", "base.email-verified-elsewhere"}, ids{"scalekit.email-elsewhere", "base.email-verified-nowhere"}},
		{"sid", ids{"base.sid-elsewhere"}, ids{"scalekit.sid-elsewhere", "base.sid-nowhere"}},
		{"name", ids{"base.name-elsewhere"}, ids{"base.name-nowhere"}},
	} {
		for n := range 3 {
			p := claimPlaces()[(i+3*n)%len(claimPlaces())]
			from := func(prefers bool) bend {
				return claimsFrom(func(j *judgement) object {
					value, found := p.find(j, c.claim)
					if !found || j.claims.has(c.claim) && !prefers {
						return j.claims
					}
					return overlaid(j.claims, object{[]member{{c.claim, value}}, exactName})
				})
			}
			name := strings.ReplaceAll(c.claim, "_", "-") + "-" + p.name
			list = append(list, Liar{name + "-first", "It prefers " + c.claim + " " + p.words + ".", c.preferred, from(true)})
			if c.missed != nil {
				list = append(list, Liar{name + "-else", "It looks for a missing " + c.claim + " " + p.words + ".", c.missed, from(false)})
			}
		}
	}
	return slices.Concat(list, alteringLiars())
}

// alteration is what some reader makes of a string.
type alteration struct {
	name, words string
	of          func(string) string
}

func alterations() []alteration {
	upTo := func(separators string) func(string) string {
		return func(s string) string {
			if i := strings.IndexAny(s, separators); i > 0 {
				return s[:i]
			}
			return s
		}
	}
	atMost := func(n int) func(string) string { return func(s string) string { return s[:min(n, len(s))] } }
	replaced := func(pairs ...string) func(string) string { return strings.NewReplacer(pairs...).Replace }
	return []alteration{
		{"lower", "in lower case", strings.ToLower},
		{"trimmed", "without white space around it", strings.TrimSpace},
		{"single-spaced", "without repeated white space", func(s string) string { return strings.Join(strings.Fields(s), " ") }},
		{"to-nul", "up to the first NUL", upTo("\x00")},
		{"to-comma", "up to the first comma or semicolon", upTo(",;")},
		{"to-bar", "up to the first bar", upTo("|")},
		{"to-hash", "up to the first hash or question mark", upTo("#?")},
		{"to-line", "up to the first line break", upTo("\r\n")},
		{"to-at", "up to the first at sign", upTo("@")},
		{"to-128", "in its first 128 bytes", atMost(128)},
		{"to-255", "in its first 255 bytes", atMost(255)},
		{"to-1023", "in its first 1023 bytes", atMost(1023)},
		{"unescaped", "without percent escapes", replaced("%20", " ", "%2F", "/", "%2f", "/", "%4B", "K")},
		{"unentitied", "without HTML entities", replaced("&amp;", "&", "&#75;", "K")},
		{"spaced", "with spaces for plus signs", replaced("+", " ")},
		{"composed", "with accents composed", replaced("e\u0301", "\u00E9")},
		{"compatible", "with compatible characters replaced", replaced("\uFB01", "fi", "\u00B9", "1", "\uFF2B", "K", "\u00A0", " ", "\u2010", "-")},
		{"unmarked", "without invisible characters", replaced("\u200B", "", "\u00AD", "", "\uFEFF", "")},
		{"slashed", "with slashes for backslashes", replaced(`\`, "/")},
		{"unquoted", "without quotes around it", func(s string) string { return strings.Trim(s, `"'`) }},
		{"unpadded", "without padding", func(s string) string { return strings.TrimRight(s, "=") }},
		{"base-plane", "without characters beyond the BMP", replaced("\U0001F600", "\uFFFD", "\U0001F601", "\uFFFD")},
	}
}

// alteringLiars report a claim, or a user, otherwise than it was signed.
func alteringLiars() []Liar {
	var list []Liar
	for i, a := range alterations() {
		claims := []string{"sub", "email", "oid", "sid", "name", "preferred_username", "xoid"}
		for _, claim := range []string{"sub", claims[1+i%6], claims[1+(i+3)%6]} {
			caughtBy := ids{"base.texts-verbatim"}
			if claim == "sub" {
				caughtBy = ids{"sub.alike-users"}
			}
			list = append(list, Liar{
				strings.ReplaceAll(claim, "_", "-") + "-reported-" + a.name, "It reports " + claim + " " + a.words + ".", caughtBy,
				reports(func(claims map[string]any) {
					if text, ok := claims[claim].(string); ok {
						claims[claim] = a.of(text)
					}
				}),
			})
		}
	}
	return list
}
