package plain

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/assay-id/assay/verifier"
)

// mends repairs the token before it is divided.
func mends(mend func(raw string) string) bend {
	return splits(func(raw string) []string { return splitAtDots(mend(raw)) })
}

// lenientLiars repair a token before they read it.
func lenientLiars() []Liar {
	return []Liar{
		{"unquotes", "It removes the quotes of a JSON string around the token.", ids{"jws.quoted"},
			mends(func(raw string) string { return strings.Trim(raw, `"`) })},
		{"folds-dots", "It treats every character that looks like a dot as one.", ids{"jws.fullwidth-dot"},
			mends(strings.NewReplacer("\uFF0E", ".", "\u2024", ".").Replace)},
		{"sd-jwt-ok", "It cuts off what an SD-JWT appends to the token.", ids{"jws.sd-jwt"},
			mends(func(raw string) string { token, _, _ := strings.Cut(raw, "~"); return token })},
		{"json-with-signatures", "It reads the general JSON serialization, using the last header and signature.",
			ids{"ser.general", "ser.general-multi"}, mends(lastSignature)},
		{"innermost", "It verifies the innermost of nested tokens and ignores those around it.",
			ids{"nest.none-around-good", "nest.jws-in-jws", "nest.deep"}, mends(innermost)},
		{"skips-illegal", "It skips characters outside the alphabet, and verifies the signature over a clean encoding of what it decoded.",
			ids{"b64.illegal-signature", "b64.illegal-payload-ignored", "b64.high-bit-char"}, skipsIllegal},
		{"passes-jwe-on", "It accepts a token of five segments, for somebody else to decrypt and verify.",
			ids{"jwe.wrapped-good-unexpected", "jwe.plain-claims", "jwe.sign-key-reuse", "jwe.empty-key", "jwe.p2c-bomb", "jwe.zip-bomb", "jwe.dir-guess", "jwe.wrapped-none", "jwe.empty-segments"},
			accepting(func(j *judgement) bool { return strings.Count(j.raw, ".") == 4 }, "size")},
	}
}

// lastSignature returns the compact form of a general JSON serialization.
func lastSignature(raw string) string {
	token, err := parseStrictly([]byte(raw))
	if err != nil {
		return raw
	}
	payload, _ := token.string("payload")
	value, _ := token.get("signatures")
	signatures, _ := elements(value)
	if len(signatures) == 0 {
		return raw
	}
	last, _ := parseStrictly(signatures[len(signatures)-1])
	protected, _ := last.string("protected")
	signature, _ := last.string("signature")
	return protected + "." + payload + "." + signature
}

// innermost unpacks payloads that are tokens.
func innermost(raw string) string {
	for {
		segments := splitAtDots(raw)
		if len(segments) != 3 {
			return raw
		}
		text, ok := decodeBase64URL(segments[1])
		if !ok || bytes.HasPrefix(text, []byte("{")) || bytes.Count(text, []byte(".")) != 2 {
			return raw
		}
		raw = string(text)
	}
}

func skipsIllegal(h *habits) {
	illegal := regexp.MustCompile(`[^A-Za-z0-9_-]`)
	decode := func(segment string) ([]byte, bool) { return decodeBase64URL(illegal.ReplaceAllString(segment, "")) }
	h.reading.decode = decode
	beforehand("payload", func(j *judgement) {
		if text, ok := decode(j.payload); ok {
			j.payload = base64.RawURLEncoding.EncodeToString(text)
		}
	})(h)
}

// guessesHeader verifies with RS256 and every key that fits it.
func guessesHeader(h *habits) {
	guessed := func(j *judgement) bool { return j.alg == "" }
	around("header", func(j *judgement, next judge) *verifier.Error {
		if next(j) != nil {
			j.alg = ""
		}
		return nil
	})(h)
	unless(guessed, "alg")(h)
	h.keys.candidates = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
		if !guessed(j) {
			return keysNamed(j, set)
		}
		j.alg = "RS256"
		return set.fitFor(j.alg), nil
	}
}
