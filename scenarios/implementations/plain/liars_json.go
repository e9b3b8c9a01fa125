package plain

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/go-json-experiment/json/jsontext"
)

// parses reads JSON objects in another way.
func parses(parse func(text []byte) (object, error)) bend {
	return func(h *habits) { h.reading.parse = parse }
}

// parsesAs rewrites JSON before it is parsed.
func parsesAs(rewrite func(text []byte) []byte) bend {
	return parses(func(text []byte) (object, error) { return parseStrictly(rewrite(text)) })
}

// refusesJSON refuses JSON for how it is written.
func refusesJSON(complaint string, where func(text []byte) bool) bend {
	return parses(func(text []byte) (object, error) {
		if where(text) {
			return object{}, errors.New(complaint)
		}
		return parseStrictly(text)
	})
}

// finds accepts duplicate members, and finds members in another way.
func finds(find finder) bend {
	return parses(func(text []byte) (object, error) {
		members, err := readMembers(text)
		return object{members, find}, err
	})
}

// jsonLiars read other members out of the signed bytes than somebody else
// would.
func jsonLiars() []Liar {
	return []Liar{
		{"json-v1", "It finds members without regard to case, as encoding/json does.",
			ids{
				"json.case-exp-only", "json.case-shadow-aud", "json.case-shadow-iss", "json.header-case-alg", "json.header-only-case-alg",
				"json.case-shadow-sub", "json.case-shadow-others", "json.unicode-fold", "disc.case-members",
			}, finds(lastInAnyCase)},
		{"first-dup-wins", "It uses the first of two members of the same name.",
			ids{
				"json.header-dup-alg", "json.header-dup-escaped", "json.header-dup-kid", "json.dup-aud-last-bad", "json.dup-iss-last-bad", "json.dup-exp-last-bad",
				"json.dup-escaped-claim", "json.dup-last-good", "json.dup-sub-consistent", "json.dup-others", "json.dup-unknown", "json.header-dup-typ", "disc.dup-issuer",
				"jwks.dup-keys-member", "jwks.dup-members",
			}, finds(exactName)},
		{"mends-utf8", "It replaces invalid UTF-8 and lone surrogates with a replacement character.",
			ids{"json.payload-invalid-utf8", "json.payload-lone-surrogate", "json.header-invalid-utf8", "json.invalid-utf8-forms", "json.surrogate-forms"}, parsesAs(mendUTF8)},
		{"json-fail-open", "It continues with what the JSON parser had read when it failed.",
			ids{"json.trailing-comma", "json.broken-known-member", "json.payload-not-json", "json.payload-scalar", "json.header-trailing-data", "json.payload-trailing-data", "json.structure", "jwks.broken-json", "jws.empty-payload", "jws.detached-payload"},
			parses(func(text []byte) (object, error) {
				members, _ := readMembers(text)
				return object{members, exactName}, nil
			})},
		{"unbounded", "It reads a token of any length and nesting.",
			ids{"json.deep-payload", "json.deep-header"}, all(without("size"), parsesAs(prune))},
	}
}

func lastInAnyCase(members []member, name string) (value jsontext.Value, found bool) {
	for _, m := range members {
		if strings.EqualFold(m.name, name) {
			value, found = m.value, true
		}
	}
	return value, found
}

func mendUTF8(text []byte) []byte {
	half := regexp.MustCompile(`\\u[dD][89abAB][0-9a-fA-F]{2}("|[^\\])`)
	return half.ReplaceAll(bytes.ToValidUTF8(text, []byte("\uFFFD")), []byte("\uFFFD$1"))
}

// prune replaces what is nested too deeply by null, as a parser does that
// counts brackets and has no stack to overflow. It does not look at strings,
// which have no brackets in the scenarios.
func prune(text []byte) []byte {
	const deepest = 64
	depth := 0
	out := make([]byte, 0, len(text))
	for _, b := range text {
		opens, closes := b == '[' || b == '{', b == ']' || b == '}'
		if opens {
			if depth++; depth == deepest {
				out = append(out, "null"...)
			}
		}
		if depth < deepest {
			out = append(out, b)
		}
		if closes {
			depth--
		}
	}
	return out
}

// readingLiars read JSON where there is none.
func readingLiars() []Liar {
	return []Liar{
		{"decodes-twice", "It decodes a segment once more if the result still looks like base64url.",
			ids{"b64.double-encoded"}, parsesAs(decodeAgain)},
		{"inflates", "It decompresses what is compressed.", ids{"hdr.zip"}, parsesAs(inflate)},
		{"sniffs-encoding", "It guesses the encoding of the text from its first bytes.",
			ids{"json.header-utf16", "json.payload-utf16"}, parsesAs(decodeUnicode)},
		{"json5", "It accepts comments, single quotes, NaN and line breaks in strings.",
			ids{"json.comments", "json.nan-literal", "json.raw-control-char", "json.single-quotes"}, parsesAs(strictJSON)},
		{"prototype", "It also finds members in __proto__ and constructor, as if they were inherited in JavaScript.",
			ids{"json.proto-pollution"}, finds(inherited)},
		{"guesses-header", "It verifies with RS256 and every key if it cannot read the header.",
			ids{"json.header-not-json", "json.header-array", "json.header-invalid-utf8", "json.header-utf16", "json.header-only-case-alg", "jws.leading-dot"},
			guessesHeader},
	}
}

func decodeAgain(text []byte) []byte {
	if again, ok := decodeBase64URL(string(text)); ok {
		return again
	}
	return text
}

// inflate decompresses a text that is not a JSON object. RFC 1951.
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

// decodeUnicode removes a byte order mark, and turns UTF-16 that has one into
// UTF-8.
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

// strictJSON turns what people write into JSON. NaN and infinity become a time
// in the distant future.
func strictJSON(text []byte) []byte {
	text = regexp.MustCompile(`/\*.*?\*/|// [^\n]*\n`).ReplaceAll(text, nil)
	text = regexp.MustCompile(`:(NaN|Infinity)`).ReplaceAll(text, []byte(":253402300799"))
	if bytes.HasPrefix(text, []byte("{'")) {
		text = bytes.ReplaceAll(text, []byte("'"), []byte(`"`))
	}
	return bytes.ReplaceAll(text, []byte("\n"), nil)
}

func inherited(members []member, name string) (jsontext.Value, bool) {
	if value, found := exactName(members, name); found {
		return value, true
	}
	for _, m := range members {
		if m.name == "__proto__" || m.name == "constructor" {
			if ancestor, err := parseStrictly(m.value); err == nil {
				return ancestor.get(name)
			}
		}
	}
	return nil, false
}
