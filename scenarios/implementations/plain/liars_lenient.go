package plain

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/assay-id/assay/verifier"
)

// lenientLiars mend a token before they read it.
func lenientLiars() []Liar {
	mends := func(name, drops string, mend func(raw string) string, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) {
			c.split = func(raw string) []string { return splitAtDots(mend(raw)) }
		}}
	}
	return []Liar{
		mends("unquotes", "It takes the quotes of a JSON string off the token.",
			func(raw string) string { return strings.Trim(raw, `"`) }, "jws.quoted"),
		mends("folds-dots", "It takes every character that looks like a dot for one.",
			strings.NewReplacer("\uFF0E", ".", "\u2024", ".").Replace, "jws.fullwidth-dot"),
		mends("sd-jwt-ok", "It takes off what an SD-JWT has behind the token.",
			func(raw string) string { token, _, _ := strings.Cut(raw, "~"); return token }, "jws.sd-jwt"),
		mends("json-with-signatures", "It reads the general JSON serialization, with the header and the signature that stand last.",
			lastSignature, "ser.general", "ser.general-multi"),
		mends("innermost", "It verifies the innermost of nested tokens, and nobody looks at those around it.",
			innermost, "nest.none-around-good", "nest.jws-in-jws", "nest.deep"),
		{
			Name:     "skips-illegal",
			Fault:    "It skips what is not of the alphabet, and verifies the signature over what it has decoded and encoded again.",
			CaughtBy: []string{"b64.illegal-signature", "b64.illegal-payload-ignored", "b64.high-bit-char"},
			bend: func(c *craft) {
				c.decode = func(segment string) ([]byte, bool) {
					return decodeBase64URL(regexp.MustCompile(`[^A-Za-z0-9_-]`).ReplaceAllString(segment, ""))
				}
				c.wrap("payload", func(j *judgement, next judge) *verifier.Error {
					if text, ok := j.craft.decode(j.payload); ok {
						j.payload = base64.RawURLEncoding.EncodeToString(text)
					}
					return next(j)
				})
			},
		},
		{
			Name:     "passes-jwe-on",
			Fault:    "It takes a token of five segments for one that somebody else will decrypt and verify.",
			CaughtBy: []string{"jwe.wrapped-good-unexpected", "jwe.p2c-bomb", "jwe.zip-bomb", "jwe.dir-guess", "jwe.wrapped-none", "jwe.empty-segments"},
			bend: func(c *craft) {
				c.wrap("size", func(j *judgement, next judge) *verifier.Error {
					if strings.Count(j.raw, ".") == 4 {
						return j.settle()
					}
					return next(j)
				})
			},
		},
	}
}

// lastSignature returns the compact form of a general JSON serialization.
func lastSignature(raw string) string {
	token, err := parseStrictly([]byte(raw))
	if err != nil {
		return raw
	}
	payload, _ := token.text("payload")
	value, _ := token.get("signatures")
	signatures, _ := elements(value)
	if len(signatures) == 0 {
		return raw
	}
	last, _ := parseStrictly(signatures[len(signatures)-1])
	protected, _ := last.text("protected")
	signature, _ := last.text("signature")
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

// readingLiars read JSON where there is none.
func readingLiars() []Liar {
	reads := func(name, drops string, mend func(text []byte) []byte, caughtBy ...string) Liar {
		return Liar{name, drops, caughtBy, func(c *craft) {
			c.parse = func(text []byte) (object, error) { return parseStrictly(mend(text)) }
		}}
	}
	return []Liar{
		reads("decodes-twice", "It decodes a segment once more if it then looks like JSON.",
			func(text []byte) []byte {
				if again, ok := decodeBase64URL(string(text)); ok {
					return again
				}
				return text
			}, "b64.double-encoded"),
		reads("inflates", "It unpacks what is compressed.", inflate, "hdr.zip"),
		reads("sniffs-encoding", "It finds out from the first octets in which encoding of Unicode the text is.", decodeUnicode,
			"json.header-utf16", "json.payload-utf16"),
		reads("json5", "It reads JSON as people write it: with comments, single quotes, NaN and line breaks in texts.", strictJSON,
			"json.comments", "json.nan-literal", "json.raw-control-char", "json.single-quotes"),
		{
			Name:     "prototype",
			Fault:    "It finds members where an object of JavaScript has inherited them.",
			CaughtBy: []string{"json.proto-pollution"},
			bend: func(c *craft) {
				c.parse = findBy(func(members []member, name string) (jsontext.Value, bool) {
					if value, found := exactName(members, name); found {
						return value, true
					}
					for _, m := range members {
						if m.name == "__proto__" || m.name == "constructor" {
							if inherited, err := parseStrictly(m.value); err == nil {
								return inherited.get(name)
							}
						}
					}
					return nil, false
				})
			},
		},
		{
			Name:     "guesses-header",
			Fault:    "It verifies with RS256 and every key if it cannot read the header.",
			CaughtBy: []string{"json.header-not-json", "json.header-array", "json.header-invalid-utf8", "json.header-utf16", "json.header-only-case-alg", "jws.leading-dot"},
			bend: func(c *craft) {
				guessed := func(j *judgement) bool { return j.alg == "" }
				c.wrap("header", func(j *judgement, next judge) *verifier.Error {
					if next(j) != nil {
						j.alg = ""
					}
					return nil
				})
				c.only("alg", not(guessed))
				c.suspects = func(j *judgement, set *keySet) ([]*key, *verifier.Error) {
					if !guessed(j) {
						return keysNamed(j, set)
					}
					j.alg = "RS256"
					return slices.DeleteFunc(slices.Clone(set.keys), func(k *key) bool { return k.unfitFor(j.alg) != "" }), nil
				}
			},
		},
	}
}

// inflate unpacks a text that is no JSON object. RFC 1951.
func inflate(text []byte) []byte {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return text
	}
	plain, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(text)), 1<<20))
	if err != nil {
		return text
	}
	return plain
}

// decodeUnicode turns UTF-16 with a byte order mark into UTF-8.
func decodeUnicode(text []byte) []byte {
	if !bytes.HasPrefix(text, []byte{0xFF, 0xFE}) || len(text)%2 != 0 {
		return bytes.TrimPrefix(text, []byte("\uFEFF"))
	}
	var units []uint16
	for unit := range slices.Chunk(text[2:], 2) {
		units = append(units, binary.LittleEndian.Uint16(unit))
	}
	return []byte(string(utf16.Decode(units)))
}

// strictJSON turns what people write into JSON. A number that is none becomes a
// time that is far away.
func strictJSON(text []byte) []byte {
	text = regexp.MustCompile(`/\*.*?\*/|// [^\n]*\n`).ReplaceAll(text, nil)
	text = regexp.MustCompile(`:(NaN|Infinity)`).ReplaceAll(text, []byte(":253402300799"))
	if bytes.HasPrefix(text, []byte("{'")) {
		text = bytes.ReplaceAll(text, []byte("'"), []byte(`"`))
	}
	return bytes.ReplaceAll(text, []byte("\n"), nil)
}
