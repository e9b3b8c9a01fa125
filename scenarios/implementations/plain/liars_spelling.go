package plain

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/assay-id/assay/verifier"
)

// allowsAs allows an algorithm under another spelling, and verifies with the
// one that it means.
func allowsAs(meant func(alg string) string) bend {
	return beforehand("alg", func(j *judgement) { j.alg = meant(j.alg) })
}

// isKeyAs finds a key by another spelling of its kid.
func isKeyAs(meant func(kid string) string) bend {
	return namesKeys(func(kid, id string) bool { return meant(kid) == id })
}

// spelledAlgorithmLiars compare alg less strictly than as a string.
func spelledAlgorithmLiars() []Liar {
	return []Liar{
		{"alg-trimmed", "It removes white space around alg.", ids{"alg.trimmed"}, allowsAs(strings.TrimSpace)},
		{"alg-printable", "It removes invisible characters from alg.", ids{"alg.trimmed"}, allowsAs(visible)},
		{"alg-alias", "It knows RS256 by the names of Java, XML and COSE as well.", ids{"alg.alias"},
			allowsAs(func(alg string) string {
				if slices.Contains([]string{"SHA256withRSA", "RSA-SHA256", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "1.2.840.113549.1.1.11", "-257"}, alg) {
					return "RS256"
				}
				return alg
			})},
		{"alg-without-hyphen", "It ignores a hyphen in alg.", ids{"alg.alias"}, allowsAs(func(alg string) string { return strings.ReplaceAll(alg, "-", "") })},
		{"alg-unescaped", "It decodes percent escapes in alg.", ids{"alg.decoded"}, allowsAs(unescaped)},
		{"alg-narrow", "It folds full-width letters in alg.", ids{"alg.decoded"}, allowsAs(narrow)},
		{"alg-list", "It reads alg as a list and uses what it knows.", ids{"alg.decoded"},
			allowsAs(func(alg string) string {
				for _, one := range strings.FieldsFunc(alg, func(r rune) bool { return strings.ContainsRune(",; ", r) }) {
					if _, known := algorithms()[one]; known {
						return one
					}
				}
				return alg
			})},
	}
}

// visible removes characters that cannot be seen.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
}

// unescaped decodes percent escapes, where there are any.
func unescaped(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// narrow folds the full-width forms of ASCII.
func narrow(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '\uFF01' && r <= '\uFF5E' {
			return r - 0xFEE0
		}
		return r
	}, s)
}

// spelledKeyLiars find a key by something that is not its kid.
func spelledKeyLiars() []Liar {
	return []Liar{
		{"kid-unescaped", "It decodes percent escapes in the kid.", ids{"hdr.kid-decoded"}, isKeyAs(unescaped)},
		{"kid-plus-is-space", "It decodes the kid as a query.", ids{"hdr.kid-decoded"}, isKeyAs(strings.NewReplacer("+", " ").Replace)},
		{"kid-html", "It decodes HTML entities in the kid.", ids{"hdr.kid-decoded"}, isKeyAs(html.UnescapeString)},
		{"kid-json", "It resolves JSON escapes in the kid twice.", ids{"hdr.kid-decoded"}, isKeyAs(strings.NewReplacer(`\u0020`, " ").Replace)},
		{"kid-base64", "It finds a key by its kid in base64url.", ids{"hdr.kid-decoded"},
			isKeyAs(func(kid string) string { text, _ := base64.RawURLEncoding.DecodeString(kid); return string(text) })},
		{"kid-hex", "It finds a key by its kid in hexadecimal.", ids{"hdr.kid-decoded"},
			isKeyAs(func(kid string) string { text, _ := hex.DecodeString(kid); return string(text) })},
		{"kid-number", "It compares kids as numbers if both are.", ids{"hdr.kid-equal-number"},
			namesKeys(func(kid, id string) bool {
				a, errA := strconv.ParseFloat(kid, 64)
				b, errB := strconv.ParseFloat(id, 64)
				return errA == nil && errB == nil && a == b
			})},
		{"kid-collated", "It compares kids by a collation that ignores accents, width and invisible characters.", ids{"hdr.kid-collation"},
			namesKeys(func(kid, id string) bool { return collated(kid) == collated(id) })},
		{"kid-fragment", "It finds a key by the fragment of the kid.", ids{"hdr.kid-in-path"},
			isKeyAs(func(kid string) string { return kid[strings.LastIndexByte(kid, '#')+1:] })},
		{"kid-base-name", "It finds a key by the last segment of the kid.", ids{"hdr.kid-in-path"}, isKeyAs(path.Base)},
		{"kid-stem", "It drops the extension of the kid.", ids{"hdr.kid-in-path"},
			isKeyAs(func(kid string) string { return strings.TrimSuffix(kid, path.Ext(kid)) })},
		{"kid-without-query", "It drops query, fragment and list from the kid.", ids{"hdr.kid-in-path"},
			isKeyAs(func(kid string) string { return kid[:max(0, strings.IndexAny(kid+"?", "?#,"))] })},
	}
}

// collated returns what a text is compared as in a database.
func collated(s string) string {
	return strings.NewReplacer("\u00E9", "e", "e\u0301", "e", "\u00DF", "ss", "\u2010", "-", "\u200B", "").Replace(narrow(s))
}

// understands lets names pass in crit if it claims to understand them.
func understands(names ...string) bend {
	return unless(func(j *judgement) bool {
		critical, _ := j.head.strings("crit")
		return len(critical) > 0 && !slices.ContainsFunc(critical, func(name string) bool { return !slices.Contains(names, name) })
	}, "crit")
}

// criticalLiars think that an extension is harmless, or look at one of several.
func criticalLiars() []Liar {
	looksAt := func(which func(names []string) string) bend {
		return unless(func(j *judgement) bool {
			names, _ := j.head.strings("crit")
			return len(names) > 1 && (which(names) == "alg" || which(names) == "kid")
		}, "crit")
	}
	return []Liar{
		{"crit-exp-ok", "It accepts exp in crit, because it checks that claim anyway.", ids{"hdr.crit-claim"}, understands("exp")},
		{"crit-claims-ok", "It accepts the name of any claim in crit.", ids{"hdr.crit-claim"}, understands("exp", "nbf", "iat", "iss", "aud", "sub", "jti", "nonce")},
		{"crit-banking-ok", "It accepts the extensions of Open Banking in crit and does not apply them.", ids{"hdr.crit-other-profile"},
			understands("http://openbanking.org.uk/iat", "http://openbanking.org.uk/iss", "http://openbanking.org.uk/tan")},
		{"crit-advanced-ok", "It accepts the extensions of JAdES in crit and does not apply them.", ids{"hdr.crit-other-profile"}, understands("sigT", "sigD")},
		{"crit-first", "It looks at the first name in crit only.", ids{"hdr.crit-among-others"}, looksAt(func(names []string) string { return names[0] })},
		{"crit-last", "It looks at the last name in crit only.", ids{"hdr.crit-among-others"}, looksAt(func(names []string) string { return names[len(names)-1] })},
	}
}

// readsTypeAs reads another media type out of typ.
func readsTypeAs(meant func(typ string) string) bend {
	return around("typ", func(j *judgement, next judge) *verifier.Error {
		if typ, ok := j.head.string("typ"); ok && strings.EqualFold(meant(typ), "JWT") {
			return nil
		}
		return next(j)
	})
}

// spelledTypeLiars find JWT in another typ.
func spelledTypeLiars() []Liar {
	cutAt := func(separators string) bend {
		return readsTypeAs(func(typ string) string { return typ[:strings.IndexAny(typ+separators, separators)] })
	}
	lastOf := func(separators string) bend {
		return readsTypeAs(func(typ string) string { return typ[strings.LastIndexAny(typ, separators)+1:] })
	}
	return []Liar{
		{"typ-to-plus", "It reads typ up to the first plus sign, comma, semicolon or slash.", ids{"type.trailing"}, cutAt("+,;/")},
		{"typ-suffix", "It reads what follows the last plus sign in typ.", ids{"type.registered"}, lastOf("+")},
		{"typ-subtype", "It compares the subtype in typ and not the type.", ids{"type.trailing"}, lastOf("/")},
		{"typ-list", "It reads typ as a list and uses the last entry.", ids{"type.trailing"}, lastOf(",;")},
		{"typ-contains", "It accepts a typ that contains JWT.", ids{"type.trailing", "type.registered"},
			readsTypeAs(func(typ string) string {
				return strings.ToUpper(typ)[max(0, strings.Index(strings.ToUpper(typ), "JWT")):][:min(3, len(typ))]
			})},
		{"typ-own-access-token", "It accepts an access token that names it as the client.", ids{"type.at-jwt-of-client"},
			all(moved("typ", "payload"), unless(func(j *judgement) bool {
				typ, _ := j.head.string("typ")
				client, _ := j.claims.string("client_id")
				return strings.HasSuffix(strings.ToLower(typ), "at+jwt") && slices.Contains(j.policy.Audience, client)
			}, "typ"))},
		{"typ-denied", "It refuses the kinds of JWT that it has heard of, and accepts any other.", ids{"type.registered"},
			unless(func(j *judgement) bool {
				typ, _ := j.head.string("typ")
				return !slices.Contains([]string{"at+jwt", "logout+jwt", "dpop+jwt"}, strings.ToLower(typ))
			}, "typ")},
		{"events-not-logout", "It refuses a token with events only if one of them is a logout.", ids{"type.events-any"},
			unless(func(j *judgement) bool {
				events, _ := j.claims.get("events")
				return len(events) > 0 && !strings.Contains(string(events), "backchannel-logout")
			}, "shape")},
	}
}
