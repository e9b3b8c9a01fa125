package plain

import (
	"encoding/base64"
	"html"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// digs reads the token out of what matches the pattern, whose group is the
// token.
func digs(pattern string) bend {
	around := regexp.MustCompile(pattern)
	return mends(func(raw string) string {
		if found := around.FindStringSubmatch(raw); found != nil {
			return found[1]
		}
		return raw
	})
}

// wrappedLiars take the token out of what it came in.
func wrappedLiars() []Liar {
	return []Liar{
		{"digs-in-json", "It takes the token out of a JSON object or array.", ids{"jws.in-json"}, digs(`^[\[{].*?"(eyJ[^"]*)"`)},
		{"digs-in-form", "It takes id_token out of a form, a query or a fragment.", ids{"jws.in-form"}, digs(`id_token=([^&;]*)`)},
		{"digs-after-scheme", "It drops what precedes the last space in the token.", ids{"jws.in-header-field"}, digs(`^[A-Za-z: ]+ (eyJ[^ ]*)$`)},
		{"digs-in-cookie", "It reads a cookie up to its attributes.", ids{"jws.in-header-field", "jws.delimited"}, digs(`^(?:id_token=)?(eyJ[^;]*);`)},
		{"digs-anywhere", "It finds the first thing that looks like a token.",
			ids{"jws.in-json", "jws.in-form", "jws.in-header-field", "jws.delimited", "jws.armoured"},
			digs(`(eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)`)},
		{"drops-mark", "It drops a byte order mark and other invisible characters around the token.", ids{"jws.delimited"},
			mends(func(raw string) string { return strings.Trim(raw, "\uFEFF\u200B") })},
		{"drops-delimiters", "It drops punctuation around the token.", ids{"jws.delimited"},
			mends(func(raw string) string { return strings.Trim(raw, "<>'();,#") })},
		{"reads-armour", "It reads a token in PEM.", ids{"jws.armoured"}, digs(`(?s)^-----BEGIN JWT-----\s*(\S+)\s*-----END`)},
		{"reads-whole-base64", "It decodes a token that has no dots once more.", ids{"jws.armoured"},
			mends(func(raw string) string {
				text, _ := base64.RawURLEncoding.DecodeString(raw)
				if strings.Count(string(text), ".") == 2 {
					return string(text)
				}
				return raw
			})},
		{"dots-unescaped", "It resolves escapes of HTML and JSON in the token.", ids{"jws.dot-escaped"},
			mends(func(raw string) string {
				return html.UnescapeString(strings.NewReplacer(`\u002e`, ".", `\.`, ".").Replace(raw))
			})},
		{"segments-trimmed", "It trims white space around each segment.", ids{"jws.dot-escaped"},
			splits(func(raw string) []string {
				segments := splitAtDots(raw)
				for i, s := range segments {
					segments[i] = strings.TrimSpace(s)
				}
				return segments
			})},
		{"segments-not-empty", "It skips empty segments.", ids{"jws.dot-escaped"},
			splits(func(raw string) []string {
				return slices.DeleteFunc(strings.SplitN(raw, ".", 8), func(s string) bool { return s == "" })
			})},
	}
}

// learningLiars use what one token has taught them for another one.
func learningLiars() []Liar {
	return []Liar{
		{"remembers-jti", "It verifies no signature again for a jti that it has accepted.", ids{"cache.part-reused"},
			skipsSignatureFor(func(j *judgement) string { jti, _ := j.claims.string("jti"); return jti })},
		{"remembers-payload", "It verifies no signature again for a payload that it has accepted.", ids{"cache.part-reused"},
			skipsSignatureFor(func(j *judgement) string { return j.payload })},
		{"remembers-signature", "It verifies no signature twice, whatever it is said to sign.", ids{"cache.part-reused"},
			skipsSignatureFor(func(j *judgement) string { return j.signature })},
		{"header-per-kid", "It reads one header for each kid, and uses it for every token that names this key.", ids{"cache.header-per-token"}, readsHeaderOnce},
		{"claims-per-jti", "It reports the claims of the first token with a jti for all of them.",
			ids{"cache.claims-per-token", "cache.user-per-token"}, reportsFirst("jti")},
		{"claims-per-session", "It reports the claims of the first token of a session for all of them.",
			ids{"cache.claims-per-token", "cache.user-per-token"}, reportsFirst("sid")},
		{"claims-per-user", "It reports the claims of the first token of a user for all of them.", ids{"cache.claims-per-token"}, reportsFirst("sub")},
		{"refuses-jti", "It refuses every token with the jti of one that was refused.", ids{"cache.refusal-per-token"},
			refusesLike(func(j *judgement) string { jti, _ := j.claims.string("jti"); return jti })},
		{"refuses-payload", "It refuses every token with the payload of one that was refused.", ids{"cache.refusal-per-token"},
			refusesLike(func(j *judgement) string { return j.payload })},
		{"login-per-token", "It compares a token with a login once.", ids{"cache.inputs-per-call", "cache.inputs-each"},
			func(h *habits) {
				var seen sync.Map
				accepting(func(j *judgement) bool { _, again := seen.LoadOrStore(j.raw, true); return again }, "sent nonce")(h)
			}},
		{"learns-keys", "It keeps the key that a header has, for tokens without one.", ids{"cache.key-of-header"}, learnsKeys},
	}
}

// skipsSignatureFor verifies one signature for each name of a token.
func skipsSignatureFor(name func(j *judgement) string) bend {
	return func(h *habits) {
		var good sync.Map
		around("signature", func(j *judgement, next judge) *verifier.Error {
			if _, known := good.Load(name(j)); known && name(j) != "" {
				return nil
			}
			refusal := next(j)
			if refusal == nil {
				good.Store(name(j), true)
			}
			return refusal
		})(h)
	}
}

func readsHeaderOnce(h *habits) {
	var heads sync.Map
	around("header", func(j *judgement, next judge) *verifier.Error {
		refusal := next(j)
		if refusal != nil {
			return refusal
		}
		known, _ := heads.LoadOrStore(j.kid, j.head)
		j.head = known.(object)
		return nil
	})(h)
}

// reportsFirst reports the first claims that came with each value of a claim.
func reportsFirst(claim string) bend {
	return func(h *habits) {
		var kept sync.Map
		h.result.edit = func(claims map[string]any) {
			first, known := kept.LoadOrStore(claims[claim], claims)
			for name, value := range first.(map[string]any) {
				if known && claims[claim] != nil {
					claims[name] = value
				}
			}
		}
	}
}

// refusesLike refuses a token that has the name of one with a bad signature.
func refusesLike(name func(j *judgement) string) bend {
	return func(h *habits) {
		var bad sync.Map
		around("signature", func(j *judgement, next judge) *verifier.Error {
			if _, known := bad.Load(name(j)); known {
				return refuse(verifier.ReasonInvalidSignature, "", "", "")
			}
			refusal := next(j)
			if refusal != nil {
				bad.Store(name(j), true)
			}
			return refusal
		})(h)
	}
}

func learnsKeys(h *habits) {
	var learnt sync.Map
	around("key", func(j *judgement, next judge) *verifier.Error {
		if known, ok := learnt.Load(j.kid); ok {
			j.candidates = []*key{known.(*key)}
			return nil
		}
		refusal := next(j)
		if jwk, there := j.head.get("jwk"); there && refusal != nil && jwk.Kind() == jsontext.KindBeginObject {
			learnt.Store(j.kid, readKey(&j.habits, jwk))
		}
		return refusal
	})(h)
}
