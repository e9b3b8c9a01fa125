package plain

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"

	"github.com/assay-id/assay/verifier"
)

// splits divides the token in another way.
func splits(split func(raw string) []string) bend {
	return func(h *habits) { h.reading.split = split }
}

// decodes decodes segments in another way.
func decodes(decode func(segment string) ([]byte, bool)) bend {
	return func(h *habits) { h.reading.decode = decode }
}

// formLiars accept as a token what does not have the form of one.
func formLiars() []Liar {
	return []Liar{
		{"anonymous-ok", "It lets a request pass that has no token at all, or nothing but dots.",
			ids{"jws.empty", "jws.only-dots", "jwe.empty-segments"},
			accepting(func(j *judgement) bool { return strings.Trim(j.raw, ".") == "" }, "size")},
		{"unsigned-ok", "It mistakes an unsigned token for one that needs no signature.",
			ids{"jws.two-segments", "sig.stripped"},
			all(splits(optionalSignature), unsigned(func(j *judgement) bool { return j.signature == "" }))},
		{"split-n", "It reads the first three segments and ignores the rest.",
			ids{"jws.extra-segment", "jws.extra-empty-segment", "jws.five-segments-jws-header"},
			splits(func(raw string) []string {
				segments := splitAtDots(raw)
				return segments[:min(3, len(segments))]
			})},
		{"trims", "It trims white space off the token before it reads it.",
			ids{"jws.leading-space", "jws.trailing-newline"},
			splits(func(raw string) []string { return splitAtDots(strings.TrimSpace(raw)) })},
		{"regexp-first", "It matches the token against a regular expression before it looks at its length.",
			ids{"jws.many-dots"}, matchesFirst},
		{"flattened-ok", "It reads the flattened JSON serialization as well.",
			ids{"ser.flattened", "ser.unprotected-alg", "ser.json-two-dots", "ser.polyglot"}, splits(splitFlattened)},
		{"opaque-ok", "It accepts a token that is not a JWT, for somebody else to look up.",
			ids{"ser.opaque", "ser.paseto", "jws.one-segment"},
			accepting(func(j *judgement) bool {
				return j.raw != "" && !strings.Contains(j.raw, ".") || strings.HasPrefix(j.raw, "v4.public.")
			}, "segments")},
		{"unwraps-jwe", "It trusts whatever it has decrypted, no matter who encrypted it.",
			ids{"jwe.wrapped-none"}, unwrapsJWE},
		{"unwraps-nested", "It takes the claims out of a token inside the token.",
			ids{"nest.jws-in-jws"}, parsesAs(payloadOfNested)},
	}
}

// optionalSignature adds an empty signature to a token of two segments.
func optionalSignature(raw string) []string {
	segments := splitAtDots(raw)
	if len(segments) == 2 {
		segments = append(segments, "")
	}
	return segments
}

// matchesFirst backtracks over the whole token, JWS or JWE.
func matchesFirst(h *habits) {
	form := regexp.MustCompile(`^(.*)\.(.*)\.(.*)(\.(.*)\.(.*))?$`)
	matches := func(j *judgement) bool { return form.FindStringSubmatch(j.raw) != nil }
	refusing(not(matches), "size", verifier.ReasonMalformedToken, "")(h)
}

func splitFlattened(raw string) []string {
	token, err := parseStrictly([]byte(raw))
	if err != nil {
		return splitAtDots(raw)
	}
	protected, _ := token.string("protected")
	payload, _ := token.string("payload")
	signature, _ := token.string("signature")
	return []string{protected, payload, signature}
}

// unwrapsJWE needs no key to get at the claims: the ciphertext of the scenario
// is the plaintext.
func unwrapsJWE(h *habits) {
	encrypted := func(j *judgement) bool { return strings.Count(j.raw, ".") == 4 }
	all(
		around("segments", func(j *judgement, next judge) *verifier.Error {
			if !encrypted(j) {
				return next(j)
			}
			segments := splitAtDots(j.raw)
			j.header, j.payload = segments[0], segments[3]
			return nil
		}),
		unless(encrypted, "alg"),
		unsigned(encrypted),
	)(h)
}

func payloadOfNested(text []byte) []byte {
	if inner := splitAtDots(string(text)); len(inner) == 3 && !bytes.HasPrefix(text, []byte("{")) {
		text, _ = decodeBase64URL(inner[1])
	}
	return text
}

// encodingLiars accept more than one spelling of the same bytes, so that two
// different strings are one token.
func encodingLiars() []Liar {
	return []Liar{
		{"std-base64", "It accepts padding and the standard base64 alphabet as well.",
			ids{"b64.padded-signature", "b64.padded-payload", "b64.padded-header", "b64.header-forms", "b64.std-alphabet-signature", "b64.std-alphabet-payload"},
			decodes(func(segment string) ([]byte, bool) { return decodeBase64URL(asBase64URL(segment)) })},
		{"skips-newlines", "It uses the decoder of the standard library, which skips line breaks even in strict mode.",
			ids{"b64.newline", "b64.newline-skipped", "jws.trailing-newline"},
			decodes(func(segment string) ([]byte, bool) {
				decoded, err := base64.RawURLEncoding.Strict().DecodeString(segment)
				return decoded, err == nil
			})},
		{"loose-bits", "It ignores the bits of the last character that belong to no byte.",
			ids{"b64.trailing-bits-signature", "b64.trailing-bits-payload", "b64.trailing-bits-header"},
			decodes(func(segment string) ([]byte, bool) {
				if strings.ContainsAny(segment, "\r\n") {
					return nil, false
				}
				decoded, err := base64.RawURLEncoding.DecodeString(segment)
				return decoded, err == nil
			})},
	}
}

// asBase64URL spells any kind of base64 in the alphabet for URLs, without
// padding.
func asBase64URL(text string) string {
	return strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(text)
}
