package plain

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// looseGrammarLiars read what is nearly JSON.
func looseGrammarLiars() []Liar {
	// mends replaces what a pattern matches, in every JSON text.
	mends := func(pattern, by string) bend {
		wrong := regexp.MustCompile(pattern)
		return parsesAs(func(text []byte) []byte { return wrong.ReplaceAll(text, []byte(by)) })
	}
	return []Liar{
		{"surrogates-in-utf8", "It decodes surrogates that are encoded in UTF-8.", ids{"json.invalid-utf8-forms"},
			parsesAs(func(text []byte) []byte {
				return bytes.ReplaceAll(text, []byte("\xed\xa0\x80"), []byte("\uFFFD"))
			})},
		{"low-surrogates-ok", "It accepts the second half of a surrogate pair without the first.", ids{"json.surrogate-forms"}, mends(`_\\u[dD][cC]00`, `_\ufffd`)},
		{"controls-in-strings", "It keeps control characters in strings.", ids{"json.raw-control-char", "json.raw-control-chars"}, parsesAs(escapeControls)},
		{"last-control-ok", "It takes 0x1F for a character like any other.", ids{"json.raw-control-chars"},
			parsesAs(func(text []byte) []byte { return bytes.ReplaceAll(text, []byte{0x1F}, []byte(`\u001f`)) })},
		{"unknown-escapes", "It drops the backslash of an escape that it does not know.", ids{"json.escape-grammar"}, mends(`\\([^"\\/bfnrtu])`, "$1")},
		{"short-escapes", "It reads as many hexadecimal digits as there are.", ids{"json.escape-grammar"}, mends(`\\u([0-9a-f]{2,3})("|g)`, "$2")},
		{"c-escapes", "It knows the escapes of C and JavaScript, too.", ids{"json.escape-grammar"}, mends(`\\(a|v|0|'|x41|u\{41\})`, "A")},
		{"extra-commas", "It skips empty elements between commas.", ids{"json.structure", "json.trailing-comma"}, mends(`,\s*(,|\})`, "$1")},
		{"missing-commas", "It does not need a comma between members.", ids{"json.structure"}, mends(`(\d) "`, `$1,"`)},
		{"closes-objects", "It adds the brackets that are missing at the end of a text.", ids{"json.structure", "json.truncated"},
			parsesAs(func(text []byte) []byte {
				if missing := bytes.Count(text, []byte("{")) - bytes.Count(text, []byte("}")); missing > 0 {
					return append(slices.Clone(text), strings.Repeat("}", missing)...)
				}
				return text
			})},
		{"bare-names", "It reads names without quotes.", ids{"json.structure", "json.header-structure"}, mends(`,x:1`, `,"x":1`)},
		{"unicode-spaces", "It skips every white space of Unicode.", ids{"json.foreign-white-space"}, mends("[\v\f\u00A0\u2028\uFEFF\u3000]", " ")},
		{"ends-at-nul", "It ends a text at the first NUL.", ids{"json.structure"},
			parsesAs(func(text []byte) []byte { before, _, _ := bytes.Cut(text, []byte{0}); return before })},
		{"header-as-far", "It uses what it could read of a broken header.", ids{"json.header-structure", "json.header-trailing-data"},
			parses(func(text []byte) (object, error) {
				members, err := readMembers(text)
				if o := (object{members, exactName}); err != nil && o.has("alg") {
					return o, nil
				}
				return parseStrictly(text)
			})},
		{"crit-first-list", "It reads the first of two critical lists and thinks that b64 is harmless.", ids{"json.header-dup-crit"},
			all(finds(exactName), understands("b64"))},
	}
}

// escapeControls escapes the control characters in the strings of a JSON text.
func escapeControls(text []byte) []byte {
	var out []byte
	inString := false
	for i, b := range text {
		if b == '"' && (i == 0 || text[i-1] != '\\') {
			inString = !inString
		}
		if inString && b < ' ' {
			out = fmt.Appendf(out, `\u%04x`, b)
			continue
		}
		out = append(out, b)
	}
	return out
}
