package verifier

import (
	"math/bits"
	"strings"
	"unicode/utf8"
)

// The limits of a JSON object that the scanner reads. Scalekit's tokens have
// about twenty members and a depth of three.
const (
	maxJSONDepth   = 32
	maxJSONMembers = 256
)

// kind is the JSON type of a value.
type kind uint8

const (
	kindNone kind = iota
	kindString
	kindNumber
	kindObject
	kindArray
	kindTrue
	kindFalse
	kindNull
)

// String returns the JSON name of k, for error texts.
func (k kind) String() string {
	return [...]string{"nothing", "a string", "a number", "an object", "an array", "true", "false", "null"}[k]
}

// scanner reads one JSON object strictly: exact member names, none twice at
// the top level, valid UTF-8, no lone surrogate, nothing after the object, and
// the grammar of RFC 8259 to the letter. Strings without escapes come out as
// substrings of the input, so a whole ID Token costs no allocation here.
//
// It exists because this is the hot path: see BenchmarkScanClaims, which holds
// it against jsontext. FuzzScanAgreesWithJSONText holds it to the same
// language.
type scanner struct {
	s string
	i int

	// fault says what was wrong, and the offset i says where.
	fault string

	members int
	unknown [24]string          // names the caller does not know, to find duplicates
	nUnk    int                 // how many of them are in use
	spill   map[string]struct{} // further ones
}

// fail records the first fault.
func (p *scanner) fail(what string) bool {
	if p.fault == "" {
		p.fault = what
	}
	return false
}

// err returns the fault as a refusal of the named part of a token.
func (p *scanner) err(part string) *Error {
	return malformed("%s: %s at byte %d", part, p.fault, p.i)
}

// begin checks the encoding of the whole text and enters the object.
func (p *scanner) begin() bool {
	if !utf8.ValidString(p.s) {
		return p.fail("invalid UTF-8")
	}
	p.space()
	if p.i >= len(p.s) || p.s[p.i] != '{' {
		return p.fail("want a JSON object")
	}
	p.i++
	return true
}

// next moves to the next member and returns its name. It returns done at the
// end of the object, which must be the end of the text as well. If ok is
// false, fault is set.
func (p *scanner) next() (name string, done, ok bool) {
	p.space()
	if p.i >= len(p.s) {
		return "", false, p.fail("unexpected end")
	}
	if p.s[p.i] == '}' {
		p.i++
		p.space()
		if p.i != len(p.s) {
			return "", false, p.fail("text after the object")
		}
		return "", true, true
	}
	if p.members > 0 {
		if p.s[p.i] != ',' {
			return "", false, p.fail("want a comma or the end of the object")
		}
		p.i++
		p.space()
	}
	if p.members++; p.members > maxJSONMembers {
		return "", false, p.fail("too many members")
	}
	if name, ok = p.name(); !ok {
		return "", false, false
	}
	return name, false, true
}

// name reads a member name and the colon behind it.
func (p *scanner) name() (string, bool) {
	if p.i >= len(p.s) || p.s[p.i] != '"' {
		return "", p.fail("want a member name")
	}
	name, ok := p.str()
	if !ok {
		return "", false
	}
	p.space()
	if p.i >= len(p.s) || p.s[p.i] != ':' {
		return "", p.fail("want a colon")
	}
	p.i++
	p.space()
	return name, true
}

// fresh reports whether name, which the caller has no use for, was not seen
// before.
func (p *scanner) fresh(name string) bool {
	for _, n := range p.unknown[:p.nUnk] {
		if n == name {
			return p.fail("duplicate member name")
		}
	}
	if p.nUnk < len(p.unknown) {
		p.unknown[p.nUnk] = name
		p.nUnk++
		return true
	}
	if _, dup := p.spill[name]; dup {
		return p.fail("duplicate member name")
	}
	if p.spill == nil {
		p.spill = make(map[string]struct{})
	}
	p.spill[name] = struct{}{}
	return true
}

// peek returns the type of the value that follows.
func (p *scanner) peek() kind {
	if p.i >= len(p.s) {
		return kindNone
	}
	switch c := p.s[p.i]; {
	case c == '"':
		return kindString
	case c == '{':
		return kindObject
	case c == '[':
		return kindArray
	case c == 't':
		return kindTrue
	case c == 'f':
		return kindFalse
	case c == 'n':
		return kindNull
	case c == '-' || c >= '0' && c <= '9':
		return kindNumber
	}
	return kindNone
}

// space skips white space.
func (p *scanner) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

// str reads a string. The cursor is on its opening quote.
//
// It looks for the first quote, backslash or control character in eight bytes
// at once. x-ones borrows from the top bit of a byte exactly if the byte is
// zero, or if a lower one did, so the lowest mark is always right.
func (p *scanner) str() (string, bool) {
	const (
		ones = 0x0101010101010101
		tops = 0x8080808080808080
	)
	s, i := p.s, p.i+1
	for len(s)-i >= 8 {
		b := s[i : i+8]
		x := uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 |
			uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
		quote := x ^ '"'*ones
		slash := x ^ '\\'*ones
		marks := ((quote-ones)&^quote | (slash-ones)&^slash | (x-0x20*ones)&^x) & tops
		if marks != 0 {
			i += bits.TrailingZeros64(marks) / 8
			break
		}
		i += 8
	}
	for i < len(s) && s[i] != '"' && s[i] != '\\' && s[i] >= 0x20 {
		i++
	}
	if i < len(s) && s[i] == '"' {
		v := s[p.i+1 : i]
		p.i = i + 1
		return v, true
	}
	return p.strEscaped(i)
}

// strEscaped reads the rest of a string whose first special byte is at i.
func (p *scanner) strEscaped(i int) (string, bool) {
	s := p.s
	var b strings.Builder
	from := p.i + 1
	for i < len(s) {
		switch c := s[i]; {
		case c == '"':
			b.WriteString(s[from:i])
			p.i = i + 1
			return b.String(), true
		case c == '\\':
			b.WriteString(s[from:i])
			r, n := unescape(s[i:])
			if n == 0 {
				p.i = i
				return "", p.fail("invalid escape in a string")
			}
			b.WriteRune(r)
			i += n
			from = i
		case c < 0x20:
			p.i = i
			return "", p.fail("control character in a string")
		default:
			i++
		}
	}
	p.i = i
	return "", p.fail("unterminated string")
}

// unescape reads one escape sequence at the start of s and returns its length,
// or 0 if it is invalid. A surrogate pair counts as one; a lone surrogate is
// invalid, because it stands for no character and every reader repairs it
// differently. RFC 8259, 8.2.
func unescape(s string) (rune, int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch s[1] {
	case '"', '\\', '/':
		return rune(s[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		high, ok := hex4(s[2:])
		if !ok || high >= 0xDC00 && high <= 0xDFFF {
			return 0, 0
		}
		if high < 0xD800 || high > 0xDBFF {
			return high, 6
		}
		if len(s) < 12 || s[6] != '\\' || s[7] != 'u' {
			return 0, 0
		}
		low, ok := hex4(s[8:])
		if !ok || low < 0xDC00 || low > 0xDFFF {
			return 0, 0
		}
		return (high-0xD800)<<10 + (low - 0xDC00) + 0x10000, 12
	}
	return 0, 0
}

// hex4 reads four hexadecimal digits.
func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var v rune
	for i := range 4 {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		v = v<<4 | rune(c)
	}
	return v, true
}

// number reads a number and returns its text.
func (p *scanner) number() (string, bool) {
	s, i := p.s, p.i
	if i < len(s) && s[i] == '-' {
		i++
	}
	digits := func() bool {
		from := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i > from
	}
	whole := i
	good := digits() && (s[whole] != '0' || i == whole+1)
	if good && i < len(s) && s[i] == '.' {
		i++
		good = digits()
	}
	if good && i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		good = digits()
	}
	if !good {
		p.i = i
		return "", p.fail("invalid number")
	}
	text := s[p.i:i]
	p.i = i
	return text, true
}

// skip passes over one value of any type.
func (p *scanner) skip() bool { return p.skipValue(1) }

// skipValue passes over a value that stands depth levels below the text.
func (p *scanner) skipValue(depth int) bool {
	switch p.peek() {
	case kindString:
		_, ok := p.str()
		return ok
	case kindNumber:
		_, ok := p.number()
		return ok
	case kindTrue:
		return p.literal("true")
	case kindFalse:
		return p.literal("false")
	case kindNull:
		return p.literal("null")
	case kindObject:
		return p.skipComposite(depth, '}', true)
	case kindArray:
		return p.skipComposite(depth, ']', false)
	}
	return p.fail("want a value")
}

// skipComposite passes over an object or array that ends with end.
func (p *scanner) skipComposite(depth int, end byte, named bool) bool {
	if depth >= maxJSONDepth {
		return p.fail("nested too deeply")
	}
	p.i++
	for first := true; ; first = false {
		p.space()
		if p.i >= len(p.s) {
			return p.fail("unexpected end")
		}
		if p.s[p.i] == end {
			p.i++
			return true
		}
		if !first {
			if p.s[p.i] != ',' {
				return p.fail("want a comma or the end")
			}
			p.i++
			p.space()
			if p.i < len(p.s) && p.s[p.i] == end {
				return p.fail("comma before the end")
			}
		}
		if named {
			if _, ok := p.name(); !ok {
				return false
			}
		}
		if !p.skipValue(depth + 1) {
			return false
		}
	}
}

// literal passes over the given word.
func (p *scanner) literal(word string) bool {
	if !strings.HasPrefix(p.s[p.i:], word) {
		return p.fail("invalid literal")
	}
	p.i += len(word)
	return true
}
