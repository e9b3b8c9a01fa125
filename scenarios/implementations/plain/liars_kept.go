package plain

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// keptLiars make a check once for each value of a property that tokens share.
func keptLiars() []Liar {
	claim := func(name string) func(*judgement) string {
		return func(j *judgement) string { text, _ := j.claims.string(name); return text }
	}
	properties := []struct {
		name, words string
		of          func(*judgement) string
	}{
		{"key", "for each key", func(j *judgement) string { return j.kid.text }},
		{"jti", "for each jti", claim("jti")},
		{"session", "for each session", claim("sid")},
		{"organization", "for each organization", claim("oid")},
		{"header", "for each header", func(j *judgement) string { return j.header }},
	}
	var list []Liar
	for _, c := range []struct{ check, words string }{
		{"signature", "verifies a signature"}, {"iss", "compares iss"}, {"aud", "compares aud"}, {"exp", "compares exp"},
		{"nbf", "compares nbf"}, {"sub", "looks for sub"},
	} {
		for _, p := range properties {
			list = append(list, Liar{
				c.check + "-once-per-" + p.name, "It " + c.words + " once " + p.words + ".", ids{"cache.checks-per-token"}, oncePer(c.check, p.of),
			})
		}
	}
	return list
}

// oncePer makes no check again for a property of a token that has passed it.
func oncePer(check string, property func(*judgement) string) bend {
	return func(h *habits) {
		var passed sync.Map
		around(check, func(j *judgement, next judge) *verifier.Error {
			of := property(j)
			if _, known := passed.Load(of); known {
				return nil
			}
			refusal := next(j)
			if refusal == nil {
				passed.Store(of, true)
			}
			return refusal
		})(h)
	}
}

// unkeyedLiars accept signatures that need no key, or that are over something
// else.
func unkeyedLiars() []Liar {
	is := func(signature func(j *judgement) []byte) bend {
		return accepting(func(j *judgement) bool { return bytes.Equal(j.signed, signature(j)) }, "signature")
	}
	over := func(input func(text string) []byte) bend {
		return func(h *habits) {
			h.signature.verifies = func(k *key, alg string, text, signature []byte) bool {
				return verifies(k, alg, text, signature) || verifies(k, alg, input(string(text)), signature)
			}
		}
	}
	decoded := func(segment string) string { text, _ := decodeBase64URL(segment); return string(text) }
	first := func(text string) string { head, _, _ := strings.Cut(text, "."); return head }
	second := func(text string) string { _, payload, _ := strings.Cut(text, "."); return payload }
	return []Liar{
		{"hash-is-signature", "It accepts the hash of the token as its signature.", ids{"sig.unkeyed"},
			is(func(j *judgement) []byte { sum := sha256.Sum256([]byte(j.header + "." + j.payload)); return sum[:] })},
		{"payload-is-signature", "It accepts the payload as a signature, which a comparison with itself satisfies.", ids{"sig.unkeyed"},
			is(func(j *judgement) []byte { text, _ := decodeBase64URL(j.payload); return text })},
		{"kid-is-signature", "It accepts the ID of the key as a signature.", ids{"sig.unkeyed"}, is(func(j *judgement) []byte { return []byte(j.kid.text) })},
		{"input-is-signature", "It accepts what is signed as a signature.", ids{"sig.unkeyed"},
			is(func(j *judgement) []byte { return []byte(j.header + "." + j.payload) })},
		{"signs-payload", "It accepts a signature over the payload alone.", ids{"sig.input-each"}, over(func(text string) []byte { return []byte(second(text)) })},
		{"signs-header", "It accepts a signature over the header alone.", ids{"sig.input-each"}, over(func(text string) []byte { return []byte(first(text)) })},
		{"signs-decoded", "It accepts a signature over what the segments decode to.", ids{"sig.input-each"},
			over(func(text string) []byte { return []byte(decoded(first(text)) + "." + decoded(second(text))) })},
		{"signs-undotted", "It accepts a signature over the segments without the dot.", ids{"sig.input-each"},
			over(func(text string) []byte { return []byte(strings.ReplaceAll(text, ".", "")) })},
		{"signs-hash", "It accepts a signature over the hash of the segments.", ids{"sig.input-each"},
			over(func(text string) []byte { sum := sha256.Sum256([]byte(text)); return sum[:] })},
		{"signs-beginning", "It accepts a signature over the beginning of the payload.", ids{"sig.input-each"},
			over(func(text string) []byte { return []byte(first(text) + "." + second(text)[:40]) })},
		{"signs-line", "It accepts a signature over a line with the token.", ids{"sig.input-each"}, over(func(text string) []byte { return []byte(text + "\n") })},
	}
}

// carriedKeyLiars verify with a key that the header has, under one algorithm.
func carriedKeyLiars() []Liar {
	var list []Liar
	for _, alg := range []string{"PS256", "ES384", "ES512", "EdDSA"} {
		only := func(take func(*judgement, jsontext.Value) []*key) func(*judgement, jsontext.Value) []*key {
			return func(j *judgement, value jsontext.Value) []*key {
				if j.alg != alg {
					return nil
				}
				return take(j, value)
			}
		}
		name := strings.ToLower(alg)
		list = append(list,
			Liar{"jwk-for-" + name, "It verifies " + alg + " with the key that the token carries.", ids{"hdr.key-each"}, trusts("jwk", only(anyJWK))},
			Liar{"jwks-for-" + name, "It verifies " + alg + " with the JWK Set that the token carries.", ids{"hdr.key-each"},
				trusts("jwks", only(func(j *judgement, value jsontext.Value) []*key { return j.keysIn(value) }))},
		)
		if alg != "EdDSA" {
			list = append(list, Liar{
				"x5c-for-" + name, "It verifies " + alg + " with the certificate that the token carries.", ids{"hdr.key-each"}, trusts("x5c", only(firstOfChain)),
			})
		}
	}
	return list
}

// skippingLiars skip a character of no base64 alphabet.
func skippingLiars() []Liar {
	var list []Liar
	for _, skipped := range []struct{ name, words, characters string }{
		{"tildes", "tildes", "~"}, {"commas", "commas", ","}, {"bells", "control characters", "\x07\x08\x0b\x0c\x1b\x7f"}, {"quotes", "quotes", `"'`},
		{"colons", "colons", ":"}, {"stars", "asterisks and exclamation marks", "*!"}, {"percents", "percent signs", "%"},
	} {
		list = append(list, Liar{
			"skips-" + skipped.name, "It skips " + skipped.words + " in a segment.", ids{"b64.each-character"},
			func(h *habits) {
				h.reading.decode = func(segment string) ([]byte, bool) {
					return decodeBase64URL(strings.Map(func(r rune) rune {
						if strings.ContainsRune(skipped.characters, r) {
							return -1
						}
						return r
					}, segment))
				}
			},
		})
	}
	return append(list, Liar{
		"mixes-alphabets", "It reads both alphabets of base64 in one segment.", ids{"b64.each-character"},
		func(h *habits) {
			h.reading.decode = func(segment string) ([]byte, bool) {
				text, err := base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_").Replace(segment))
				return text, err == nil
			}
		},
	})
}

// alikeClients compare the user of a refreshed ID Token in other ways than by
// equality.
func alikeClients() []Liar {
	var list []Liar
	for _, r := range []struct {
		name, words string
		same        func(first, next string) bool
	}{
		{"folded", "as Unicode folds their case", strings.EqualFold},
		{"inside", "if one has the other inside", func(first, next string) bool { return strings.Contains(next, first) }},
		{"first-half", "by the first half", func(first, next string) bool { return strings.HasPrefix(next, first[:len(first)/2]) }},
		{"last-half", "by the last half", func(first, next string) bool { return strings.HasSuffix(next, first[len(first)/2:]) }},
		{"length", "by their length", func(first, next string) bool { return len(first) == len(next) }},
		{"c-string", "up to the first NUL", func(first, next string) bool { text, _, _ := strings.Cut(next, "\x00"); return text == first }},
	} {
		list = append(list, Liar{
			"refresh-sub-by-" + r.name, "It compares the users of two ID Tokens " + r.words + ".", ids{"refresh.sub-comparison"},
			comparesRefreshed("sub", alikeText(r.same)),
		})
	}
	shares := func(claim string) func(s session, next map[string]any) bool {
		return func(s session, next map[string]any) bool {
			return next[claim] != nil && sameJSON(s.first[claim], next[claim])
		}
	}
	for _, r := range []struct {
		name, words string
		excuses     func(s session, next map[string]any) bool
	}{
		{"session", "shares the session of the first one", shares("sid")},
		{"email", "has the email of the first one", shares("email")},
		{"organization", "has the organization of the first one", shares("oid")},
		{"sign-in", "has the auth_time of the first one", shares("auth_time")},
		{"actor", "has act", func(_ session, next map[string]any) bool { return next["act"] != nil }},
		{"user-id", "has that user as user_id", func(s session, next map[string]any) bool { return sameJSON(s.first["sub"], next["user_id"]) }},
		{"admin", "is about an administrator", func(_ session, next map[string]any) bool { return next["admin"] == true }},
		{"test", "has a claim that is called test", func(_ session, next map[string]any) bool { return next["test"] == true }},
	} {
		list = append(list, Liar{
			"refresh-sub-unless-" + r.name, "It accepts another user if a refreshed ID Token " + r.words + ".", ids{"refresh.sub-unusual"},
			all(forgets("sub"), requires("sub", func(s session, next map[string]any) bool {
				return sameJSON(s.first["sub"], next["sub"]) || r.excuses(s, next)
			})),
		})
	}
	return list
}
