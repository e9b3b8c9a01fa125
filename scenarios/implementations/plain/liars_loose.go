package plain

import (
	"bytes"
	"encoding/base64"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// isNonceAs compares another spelling of nonce with the one that was sent.
func isNonceAs(meant func(nonce string) string) bend {
	return comparesNonce(func(sent, claimed string) bool { return claimed == sent || meant(claimed) == sent })
}

// unlessAlike leaves a check out if one of the strings in a claim is like one
// of the wanted values.
func unlessAlike(check, claim string, wanted func(j *judgement) []string, alike func(got, want string) bool) bend {
	return unless(func(j *judgement) bool {
		got, _ := j.claims.strings(claim)
		if one, ok := j.claims.string(claim); ok {
			got = []string{one}
		}
		return slices.ContainsFunc(got, func(g string) bool {
			return slices.ContainsFunc(wanted(j), func(w string) bool { return alike(g, w) })
		})
	}, check)
}

// alike reports whether two texts are equal once they are trimmed, folded and
// decoded.
func alike(got, want string) bool {
	return strings.EqualFold(strings.TrimSpace(unescaped(collated(got))), want)
}

// listed reports whether want is one of the words of got.
func listed(got, want string) bool {
	return slices.Contains(strings.FieldsFunc(got, func(r rune) bool { return r == ' ' || r == ',' }), want)
}

// looseLoginLiars decode or loosen what they compare with a login.
func looseLoginLiars() []Liar {
	acr := func(j *judgement) []string { return j.inputs.ACRValues }
	amr := func(j *judgement) []string { return j.inputs.AMR }
	ofToken := func(meant func(token string) string) bend {
		return hashes(func(alg, text string) (string, bool) { return leftHalf(alg, meant(text)) })
	}
	return []Liar{
		{"nonce-unescaped", "It decodes percent escapes in nonce.", ids{"nonce.decoded"}, isNonceAs(unescaped)},
		{"nonce-html", "It decodes HTML entities in nonce.", ids{"nonce.decoded"}, isNonceAs(html.UnescapeString)},
		{"nonce-json", "It resolves JSON escapes in nonce twice.", ids{"nonce.decoded"}, isNonceAs(strings.NewReplacer(`\u003d`, "=").Replace)},
		{"nonce-unpadded", "It ignores the padding of a nonce that looks like base64.", ids{"nonce.decoded"},
			comparesNonce(func(sent, claimed string) bool {
				return strings.TrimRight(sent, "=") == strings.TrimRight(claimed, "=")
			})},
		{"nonce-base64", "It accepts the nonce in base64url.", ids{"nonce.decoded"},
			isNonceAs(func(nonce string) string { text, _ := base64.RawURLEncoding.DecodeString(nonce); return string(text) })},
		{"nonce-list", "It reads nonce as a list.", ids{"nonce.decoded"}, comparesNonce(func(sent, claimed string) bool { return listed(claimed, sent) })},
		{"nonce-number", "It compares nonces as numbers if both are.", ids{"nonce.equal-number"},
			comparesNonce(func(sent, claimed string) bool {
				a, errA := strconv.ParseFloat(sent, 64)
				b, errB := strconv.ParseFloat(claimed, 64)
				return sent == claimed || errA == nil && errB == nil && a == b
			})},
		{"nonce-collated", "It compares nonces by a collation that ignores accents and width.", ids{"nonce.collation"}, isNonceAs(collated)},
		{"expected-sub-alike", "It trims, folds and decodes sub before it compares it with the expected user.", ids{"sub.expected-alike"},
			unlessAlike("expected sub", "sub", func(j *judgement) []string { return []string{j.inputs.Subject} }, alike)},
		{"amr-any", "It requires one of the methods and not all.", ids{"amr.all-required"}, unlessAlike("amr", "amr", amr, func(got, want string) bool { return got == want })},
		{"amr-alike", "It trims and folds methods before it compares them.", ids{"amr.alike"}, unlessAlike("amr", "amr", amr, alike)},
		{"amr-contains", "It looks for the method inside the text of amr.", ids{"amr.alike"}, unlessAlike("amr", "amr", amr, strings.Contains)},
		{"amr-words", "It splits the entries of amr.", ids{"amr.alike"}, unlessAlike("amr", "amr", amr, listed)},
		{"acr-alike", "It trims, folds and decodes acr before it compares it.", ids{"acr.alike"}, unlessAlike("acr", "acr", acr, alike)},
		{"acr-contains", "It accepts an acr that contains the value or is part of it.", ids{"acr.alike"},
			unlessAlike("acr", "acr", acr, func(got, want string) bool { return strings.Contains(got, want) || strings.Contains(want, got) })},
		{"acr-order", "It accepts an acr that is a number and not less than the value.", ids{"acr.order"},
			unlessAlike("acr", "acr", acr, func(got, want string) bool {
				a, errA := strconv.ParseFloat(got, 64)
				b, errB := strconv.ParseFloat(want, 64)
				return errA == nil && errB == nil && a >= b
			})},
		{"hash-of-unescaped", "It decodes the access token before it hashes it.", ids{"hash.at-of-decorated"}, ofToken(unescaped)},
		{"hash-of-form", "It decodes plus signs of the access token before it hashes it.", ids{"hash.at-of-decorated"},
			ofToken(strings.NewReplacer("+", " ").Replace)},
		{"hash-of-header", "It hashes the access token with its scheme.", ids{"hash.at-of-decorated"}, ofToken(func(token string) string { return "Bearer " + token })},
		{"hash-of-unpadded", "It hashes the access token without its padding.", ids{"hash.at-of-decorated"}, ofToken(func(token string) string { return strings.TrimRight(token, "=") })},
		{"response-type-exact", "It knows each response type in one order of its words.", ids{"hash.response-type-order"},
			beforehand("hashes", func(j *judgement) {
				if !slices.Contains([]string{"id_token token", "code id_token", "code id_token token"}, j.inputs.ResponseType) {
					j.inputs.ResponseType = ""
				}
			})},
		{"oid-alike", "It trims, folds and decodes oid before it compares it.", ids{"scalekit.oid-alike"},
			unlessAlike("requirements", "oid", func(j *judgement) []string { return j.policy.Require.Organizations }, alike)},
		{"oid-prefix", "It accepts an oid that begins with an allowed one.", ids{"scalekit.oid-alike"},
			unlessAlike("requirements", "oid", func(j *judgement) []string { return j.policy.Require.Organizations }, strings.HasPrefix)},
		{"oid-compatible", "It replaces full-width characters and superscripts in oid before it compares it.", ids{"scalekit.oid-alike"},
			unlessAlike("requirements", "oid", func(j *judgement) []string { return j.policy.Require.Organizations },
				func(claimed, allowed string) bool {
					return narrow(strings.ReplaceAll(claimed, "\u00B9", "1")) == allowed
				})},
		{"oid-looks-alike", "It compares oid by how it looks without accents.", ids{"scalekit.oid-alike"},
			unlessAlike("requirements", "oid", func(j *judgement) []string { return j.policy.Require.Organizations },
				func(claimed, allowed string) bool {
					return strings.NewReplacer("\u043E", "o", "\u0301", "").Replace(claimed) == allowed
				})},
		{"connection-alike", "It trims, folds and decodes a connection before it compares it.", ids{"scalekit.connection-alike"},
			unlessAlike("requirements", "amr", func(j *judgement) []string { return j.policy.Require.Connections }, alike)},
		{"connection-contains", "It accepts a connection whose ID contains an allowed one.", ids{"scalekit.connection-alike"},
			unlessAlike("requirements", "amr", func(j *judgement) []string { return j.policy.Require.Connections }, strings.Contains)},
	}
}

// reportsClaim edits a string that the caller gets.
func reportsClaim(name string, edit func(string) string) bend {
	return reports(func(claims map[string]any) {
		if text, ok := claims[name].(string); ok {
			claims[name] = edit(text)
		}
	})
}

// profileLiars change what a token says about the user.
func profileLiars() []Liar {
	return []Liar{
		{"email-lower-case", "It reports email in lower case.", ids{"base.profile-verbatim"}, reportsClaim("email", strings.ToLower)},
		{"email-untagged", "It drops a tag behind a plus sign in email.", ids{"base.profile-verbatim"},
			reportsClaim("email", func(s string) string { return regexp.MustCompile(`\+[^@]*`).ReplaceAllString(s, "") })},
		{"email-punycode", "It reports the domain of email in ASCII.", ids{"base.profile-verbatim"}, reportsClaim("email", strings.NewReplacer("bücher", "xn--bcher-kva").Replace)},
		{"name-trimmed", "It trims the name.", ids{"base.profile-verbatim"}, reportsClaim("name", strings.TrimSpace)},
		{"name-escaped", "It escapes the name for HTML.", ids{"base.profile-verbatim"}, reportsClaim("name", html.EscapeString)},
		{"picture-unescaped", "It decodes the URL of the picture.", ids{"base.profile-verbatim"}, reportsClaim("picture", unescaped)},
		{"oid-lower-case", "It reports the organization in lower case.", ids{"base.profile-verbatim"},
			reportsClaim("oid", strings.ToLower)},
	}
}

// legalJSONLiars refuse JSON that is unusual, or accept what only looks like it.
func legalJSONLiars() []Liar {
	contains := func(texts ...string) func([]byte) bool {
		return func(json []byte) bool {
			return slices.ContainsFunc(texts, func(text string) bool { return bytes.Contains(json, []byte(text)) })
		}
	}
	as := func(pattern, replacement string) bend {
		return parsesAs(func(text []byte) []byte { return regexp.MustCompile(pattern).ReplaceAll(text, []byte(replacement)) })
	}
	return []Liar{
		{"json-no-solidus", `It refuses the escape \/, which PHP writes.`, ids{"base.json-solidus"}, refusesJSON("an escape", contains(`\/`))},
		{"json-no-pairs", "It refuses escaped surrogate pairs.", ids{"base.json-solidus"}, refusesJSON("an escape", contains(`\ud83d`))},
		{"json-no-nul", "It refuses an escaped NUL anywhere.", ids{"base.json-solidus", "base.json-unusual"}, refusesJSON("a NUL", contains(`\u0000`))},
		{"json-named", "It refuses a member without a name.", ids{"base.json-unusual"}, refusesJSON("no name", contains(`"":`))},
		{"json-plain-numbers", "It refuses numbers with an exponent, a negative zero or twenty digits.",
			ids{"base.json-unusual"}, refusesJSON("a number", contains("1E+2", "e-5", ":-0", "12345678901234567890"))},
		{"json-unique-everywhere", "It refuses a name that appears again in a nested object.", ids{"base.json-unusual"}, refusesJSON("a name twice", contains(`{"x":{"x"`, `"x":{"sub"`))},
		{"json-number-lenient", "It reads numbers as C and Java do.", ids{"json.number-grammar"}, as(`:0(2[0-9]{9})`, ":$1")},
		{"json-number-signed", "It accepts a plus sign before a number.", ids{"json.number-grammar"}, as(`:\+`, ":")},
		{"json-number-hex", "It reads numbers in hexadecimal.", ids{"json.number-grammar"}, as(`0x77359400`, "2000000000")},
		{"json-literal-python", "It accepts the literals of Python and Ruby.", ids{"json.literal-grammar"}, as(`:(True|None|nil)`, ":null")},
		{"json-literal-script", "It accepts undefined, and a member without a value.", ids{"json.literal-grammar"}, as(`:(undefined)? }`, ":null }")},
	}
}

// clippedDate reads a NumericDate through an integer of C.
func clippedDate(clip func(seconds int64) int64) bend {
	return readsDates(func(value jsontext.Value) (time.Time, bool) {
		t, ok := numericDate(value)
		return time.Unix(clip(t.Unix()), 0), ok
	})
}

// looseTimeLiars lose the range of a number, or give more time than they may.
func looseTimeLiars() []Liar {
	twice := configured(func(cfg *verifier.Config) {
		if cfg.Leeway > 0 {
			cfg.Leeway *= 2
		}
	})
	return []Liar{
		{"date-32", "It keeps seconds in 32 bits, which end in 2038.", ids{"exp.beyond-2038"}, clippedDate(func(s int64) int64 { return int64(int32(s)) })},
		{"date-unsigned-32", "It keeps seconds in 32 bits without a sign, which end in 2106.",
			ids{"exp.beyond-2038", "nbf.beyond-2038"}, clippedDate(func(s int64) int64 { return int64(uint32(s)) })},
		{"date-wraps", "It reads a number of any size modulo 2 to the 64.", ids{"exp.wrapped"},
			readsDates(func(value jsontext.Value) (time.Time, bool) {
				if len(value) == 20 && value[0] != '-' {
					return time.Unix(1<<34, 0), true
				}
				return numericDate(value)
			})},
		{"date-digits", "It reads a number that is written with digits only.", ids{"exp.number-forms", "exp.fraction"},
			readsDates(func(value jsontext.Value) (time.Time, bool) {
				t, ok := numericDate(value)
				return t, ok && strings.Trim(string(value), "-0123456789") == ""
			})},
		{"leeway-twice", "It allows the leeway twice.", ids{"exp.leeway-once", "nbf.leeway-once", "auth.leeway-once"}, twice},
		{"lifetime-optional", "It bounds no lifetime if iat is missing.", ids{"exp.lifetime-without-iat"},
			unless(func(j *judgement) bool { return j.policy.MaxLifetime > 0 && !j.claims.has("iat") }, "iat")},
		{"lifetime-leeway", "It adds the leeway to the lifetime.", ids{"exp.lifetime-without-leeway"},
			configured(func(cfg *verifier.Config) {
				if cfg.MaxLifetime > 0 {
					cfg.MaxLifetime += max(cfg.Leeway, 0)
				}
			})},
		{"lifetime-left", "It bounds the time that is left to a token and not its lifetime.", ids{"exp.lifetime-old"},
			unless(func(j *judgement) bool {
				return j.policy.MaxLifetime > 0 && j.expiry.Sub(j.now) <= j.policy.MaxLifetime
			}, "iat")},
		{"lifetime-since-nbf", "It measures the lifetime from nbf if there is one.", ids{"exp.lifetime-since", "exp.lifetime-before"}, livesSince("nbf")},
		{"lifetime-since-update", "It measures the lifetime from updated_at if there is one.", ids{"exp.lifetime-since", "exp.lifetime-before"}, livesSince("updated_at")},
		{"lifetime-since-login", "It measures the lifetime from auth_time if there is one.", ids{"exp.lifetime-before"}, livesSince("auth_time")},
		{"clock-once", "It looks at the clock once.", ids{"clock.moves", "clock.verdict-cache"}, looksAtClockOnce},
	}
}

// livesSince bounds the time from another claim than iat to exp.
func livesSince(claim string) bend {
	return beforehand("iat", func(j *judgement) {
		if since, there := j.claims.get(claim); there && j.policy.MaxLifetime > 0 {
			j.claims = j.claims.without("iat")
			j.claims.members = append(j.claims.members, member{"iat", since})
		}
	})
}

func looksAtClockOnce(h *habits) {
	var first time.Time
	beforehand("inputs", func(j *judgement) {
		if first.IsZero() {
			first = j.now
		}
		j.now = first
	})(h)
}
