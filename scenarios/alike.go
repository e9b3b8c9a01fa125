package scenarios

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

// Alike asks for variants in which a value and another string are equal under
// some comparison that is not equality of strings. Each of these variants has
// the members value, alike and how, which names what makes them alike.
type Alike struct {
	// Begins is how every value begins, in ASCII; the rest differs from variant to
	// variant.
	Begins string

	// Value is the one value, in ASCII, for which only some of the variants can be made.
	// Empty means that Begins counts.
	Value string
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (a *Alike) UnmarshalYAML(node ast.Node) error {
	wrong := errorAt(node, "want either begins, or value with two characters or more, in ASCII")
	var member *ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingValueNode:
		member = n
	case *ast.MappingNode:
		if len(n.Values) != 1 {
			return wrong
		}
		member = n.Values[0]
	default:
		return wrong
	}
	text, err := scalar(member.Value)
	if err != nil {
		return err
	}
	name := member.Key.GetToken().Value
	switch {
	case strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }):
		return wrong
	case name == "begins":
		a.Begins = text
	case name == "value" && len(text) > 1:
		a.Value = text
	default:
		return wrong
	}
	return nil
}

// variants returns the variants.
func (a Alike) variants() []Variant {
	var list []Variant
	add := func(how, value, alike string) {
		if value != alike {
			list = append(list, Variant{"how": how, "value": value, "alike": alike})
		}
	}
	value := a.Value
	if value == "" {
		value = a.Begins + "Key_1-ab.c"
		for _, p := range alikePairs() {
			add(p.how, a.Begins+p.value, a.Begins+p.alike)
		}
	}
	for _, r := range respellings() {
		add(r.how, value, r.of(value))
	}
	return list
}

// respelling makes another string of one that has two characters or more.
type respelling struct {
	how string
	of  func(string) string
}

// respellings returns what comparisons undo that fold, trim, decode, search or
// stop early.
var respellings = sync.OnceValue(func() []respelling {
	list := []respelling{
		{"upper case", strings.ToUpper},
		{"lower case", strings.ToLower},
		{"a soft hyphen inside", func(s string) string { return s[:1] + "\u00AD" + s[1:] }},
		{"its beginning", func(s string) string { return s[:len(s)-1] }},
		{"its end", func(s string) string { return s[1:] }},
		{"its first half", func(s string) string { return s[:len(s)/2] }},
		{"its last half", func(s string) string { return s[len(s)/2:] }},
		{"its first character", func(s string) string { return s[:1] }},
		{"twice", func(s string) string { return s + s }},
		{"another first character", func(s string) string { return successor(s, 0) }},
		{"another second character", func(s string) string { return successor(s, 1) }},
		{"another middle character", func(s string) string { return successor(s, len(s)/2) }},
		{"another last character but one", func(s string) string { return successor(s, len(s)-2) }},
		{"another last character", func(s string) string { return successor(s, len(s)-1) }},
		{"its characters in another order", func(s string) string { return s[:len(s)-2] + s[len(s)-1:] + s[len(s)-2:len(s)-1] }},
		{"the same length", func(s string) string { return strings.Repeat("x", len(s)) }},
		{"the low byte of a character", func(s string) string { return string(rune(s[0])+0x100) + s[1:] }},
		{"a full-width character", func(s string) string { return string(rune(s[0])+0xFEE0) + s[1:] }},
		{"a percent escape", func(s string) string { return fmt.Sprintf("%%%02X%s", s[0], s[1:]) }},
		{"an HTML entity", func(s string) string { return fmt.Sprintf("&#%d;%s", s[0], s[1:]) }},
		{"a Unicode escape", func(s string) string { return fmt.Sprintf(`\u%04x%s`, s[0], s[1:]) }},
		{"a backslash", func(s string) string { return s[:1] + `\` + s[1:] }},
		{"base64", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }},
		{"base64url", func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }},
		{"hexadecimal", func(s string) string { return hex.EncodeToString([]byte(s)) }},
		{"its hash in hexadecimal", func(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }},
		{"its hash in base64url", func(s string) string {
			sum := sha256.Sum256([]byte(s))
			return base64.RawURLEncoding.EncodeToString(sum[:])
		}},
		{"a pattern for its end", func(s string) string { return s[:len(s)/2] + "*" }},
	}
	for _, around := range [][2]string{
		{" ", ""}, {"", " "}, {"\t", ""}, {"", "\n"}, {"", "\r\n"}, {"", "\u00A0"}, {"\uFEFF", ""}, {"", "\u200B"}, {"", "\x00"}, {"", "\x00x"},
		{"", "1"}, {"x", ""}, {"x", "x"}, {`"`, `"`}, {"'", "'"}, {"<", ">"}, {`["`, `"]`}, {"^", "$"},
		{"", ",x"}, {"x,", ""}, {"", " x"}, {"x ", ""}, {"", ";x"}, {"", "|x"}, {"", "\nx"}, {"x\n", ""},
		{"", "/"}, {"", "."}, {"", "#x"}, {"", "?x"}, {"", "/x"}, {"x/", ""}, {"", "@x"}, {"x@", ""}, {"", ":x"}, {"x:", ""}, {"https://", ""},
	} {
		list = append(list, respelling{
			fmt.Sprintf("%+q before and %+q after it", around[0], around[1]),
			func(s string) string { return around[0] + s + around[1] },
		})
	}
	for _, pattern := range []string{"", "*", "%", ".*", "null", "true", "0"} {
		list = append(list, respelling{fmt.Sprintf("the string %q", pattern), func(string) string { return pattern }})
	}
	return list
})

// successor replaces the character at i by the next one.
func successor(s string, i int) string {
	return s[:i] + string(rune(s[i])+1) + s[i+1:]
}

// alikePair is two ends of a string that are equal to some reader.
type alikePair struct{ how, value, alike string }

// alikePairs returns what other comparisons do not tell apart, for which both
// strings must be chosen.
var alikePairs = sync.OnceValue(func() []alikePair {
	pairs := []alikePair{
		{"Unicode case folding", "k1", "\u212A1"},
		{"Unicode case folding of s", "s1", "\u017F1"},
		{"full case folding", "ss", "\u00DF"},
		{"Turkish lower case", "I1", "\u01311"},
		{"an accent composed differently", "\u00E9", "e\u0301"},
		{"an accent", "e", "\u00E9"},
		{"no accent", "\u00E9", "e"},
		{"two characters beyond ASCII", "\u00E9", "\u00FC"},
		{"a question mark for what is beyond ASCII", "\u00E9", "?"},
		{"a replacement character", "\u00E9", "\uFFFD"},
		{"UTF-8 read as Latin-1", "\u00E9", "\u00C3\u00A9"},
		{"two characters beyond the BMP", "\U0001F600", "\U0001F601"},
		{"the end where the BMP ends", "a\U0001F600b", "a"},
		{"a superscript", "1", "\u00B9"},
		{"a ligature", "fi", "\uFB01"},
		{"a digit of another script", "1", "\u0661"},
		{"a Cyrillic letter", "a", "\u0430"},
		{"another hyphen", "a-b", "a\u2010b"},
		{"no hyphen", "a-b", "ab"},
		{"an underscore for a hyphen", "a-b", "a_b"},
		{"a hyphen for an underscore", "a_b", "a-b"},
		{"a dot that matches any character", "a.b", "axb"},
		{"an underscore that matches any character", "a_b", "axb"},
		{"a question mark that matches any character", "a?b", "axb"},
		{"an asterisk that matches anything", "a*", "axb"},
		{"an alternative", "a|b", "a"},
		{"white space that is another one", "a b", "a\u00A0b"},
		{"a tab for a space", "a b", "a\tb"},
		{"two spaces", "a b", "a  b"},
		{"no space", "a b", "ab"},
		{"words in another order", "a b", "b a"},
		{"one of its words", "a b", "a"},
		{"a percent escape of a space", "a b", "a%20b"},
		{"a plus sign for a space", "a b", "a+b"},
		{"a space for a plus sign", "a+b", "a b"},
		{"a percent escape that is decoded", "a%2Fb", "a/b"},
		{"the case of a percent escape", "a%2Fb", "a%2fb"},
		{"an HTML entity for an ampersand", "a&b", "a&amp;b"},
		{"a backslash for a slash", "a/b", `a\b`},
		{"two slashes", "a/b", "a//b"},
		{"a dot segment", "a/b", "a/./b"},
		{"no extension", "a.b", "a"},
		{"padding", "YQ", "YQ=="},
		{"no padding", "YQ==", "YQ"},
		{"stray bits in base64", "YQ", "YR"},
		{"the other alphabet of base64", "a-_b", "a+/b"},
		{"a leading zero", "7", "07"},
		{"a sign", "7", "+7"},
		{"a fraction", "7", "7.0"},
		{"an exponent", "10", "1e1"},
		{"two spellings of zero", "0e1234", "0e5678"},
		{"hexadecimal digits", "10", "0xA"},
		{"double precision", "9007199254740993", "9007199254740992"},
		{"64 bits", "1", "18446744073709551617"},
		{"a number before text", "7a", "7b"},
		{"the hash code of Java", "Aa", "BB"},
		{"CRC-32", "plumless", "buckeroo"},
		{"the sum of its bytes", "bb", "ac"},
		{"all bits but one", "a_", "a\x7F"},
		{"a middle that is not looked at", strings.Repeat("a", 200) + "b" + strings.Repeat("a", 200), strings.Repeat("a", 401)},
	}
	for _, n := range []int{16, 32, 64, 128, 255, 512, 1024} {
		same := strings.Repeat("a", n)
		pairs = append(pairs, alikePair{fmt.Sprintf("its first %d characters", n), same + "1", same + "2"})
	}
	return pairs
})
