package plain

import (
	"bytes"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

// repairingLiars make a token of a string that contains one, or of JSON that
// contains the claims.
func repairingLiars() []Liar {
	return []Liar{
		{"skips-spaces", "It removes all white space from the token.",
			ids{"jws.inner-space", "jws.line-wrapped", "jws.leading-space", "b64.newline-skipped"},
			mends(func(raw string) string {
				return strings.Map(func(r rune) rune {
					if unicode.IsSpace(r) {
						return -1
					}
					return r
				}, raw)
			})},
		{"first-of-several", "It uses the first of several tokens.", ids{"jws.two-tokens"},
			mends(func(raw string) string {
				token, _, _ := strings.Cut(strings.ReplaceAll(raw, ",", " "), " ")
				return token
			})},
		{"skips-nul", "It removes every NUL from the token.", ids{"b64.nul"},
			mends(func(raw string) string { return strings.ReplaceAll(raw, "\x00", "") })},
		{"drops-odd-character", "It ignores the last character of a segment if that cannot be decoded.",
			ids{"b64.length-1-mod-4", "b64.length-1-mod-4-signature"},
			decodes(func(segment string) ([]byte, bool) {
				if len(segment)%4 == 1 {
					segment = segment[:len(segment)-1]
				}
				return decodeBase64URL(segment)
			})},
		{"cbor-ok", "It accepts a CBOR Web Token, for somebody else to verify.", ids{"ser.cose"},
			accepting(func(j *judgement) bool { return strings.HasPrefix(j.raw, "\xd2\x84") }, "segments")},
		{"unpacks-payload", "It takes the claims out of an array.", ids{"json.payload-array"},
			parsesAs(func(text []byte) []byte {
				if items, ok := elements(jsontext.Value(text)); ok && len(items) == 1 {
					return items[0]
				}
				return text
			})},
		{"overlong-ok", "It decodes a slash that is encoded in two bytes.", ids{"json.payload-overlong-utf8"},
			parsesAs(func(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\xC0\xAF"), []byte("/")) })},
	}
}
