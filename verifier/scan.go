package verifier

import (
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
	kindNumber kind = iota // or no value at all
	kindString
	kindObject
	kindArray
	kindTrue
	kindFalse
	kindNull
)

// scanner reads one JSON object strictly: exact member names, unique at the top
// level, valid UTF-8, no lone surrogate, nothing after the object, and the
// grammar of RFC 8259 to the letter. Strings without escapes are returned as
// substrings of the input, so a whole ID Token costs no allocation here.
//
// It exists because this is the hot path: compare BenchmarkScanClaims with
// BenchmarkJSONText. FuzzScanAgreesWithJSONText makes sure that it accepts the
// same language as jsontext.
type scanner struct {
	s string
	i int

	// fault says what was wrong, and the offset i says where.
	fault string

	members int
	unknown [24]string          // names that the caller does not use, to find duplicates
	nUnk    int                 // number of names in unknown
	spill   map[string]struct{} // names for which unknown has no room
}

// fail records the first fault.
func (p *scanner) fail(what string) bool {
	if p.fault == "" {
		p.fault = what
	}
	return false
}

// failAt is fail with the offset of what is wrong.
func (p *scanner) failAt(i int, what string) bool {
	p.i = i
	return p.fail(what)
}

// err returns the fault as a refusal of the named part of a token.
func (p *scanner) err(part string) *Error {
	return malformed("%s: %s at byte %d", part, p.fault, p.i)
}

// begin checks the encoding of the whole input and enters the object.
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
// end of the object, which must be the end of the input as well. If ok is
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
			return "", false, p.fail("data after the object")
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
	if p.members++; p.tooMany() {
		return "", false, p.fail("too many members")
	}
	name, ok = p.name()
	return name, false, ok
}

// tooMany and tooDeep apply the limits, which no specification demands.
func (p *scanner) tooMany() bool { return p.members > maxJSONMembers }
func tooDeep(depth int) bool     { return depth >= maxJSONDepth }

// name reads a member name and the colon after it.
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

// fresh reports whether name, which the caller does not use, was not seen
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

// peek returns the type of the value that follows. What begins like no other is
// left to number to refuse.
func (p *scanner) peek() kind {
	if p.i < len(p.s) {
		switch p.s[p.i] {
		case '"':
			return kindString
		case '{':
			return kindObject
		case '[':
			return kindArray
		case 't':
			return kindTrue
		case 'f':
			return kindFalse
		case 'n':
			return kindNull
		}
	}
	return kindNumber
}

// space skips white space. Issuers seldom write any.
func (p *scanner) space() {
	if p.i < len(p.s) && p.s[p.i] <= ' ' {
		p.spaces()
	}
}

func (p *scanner) spaces() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

// number reads a number and returns it as it is written.
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
		return "", p.failAt(i, "want a value, or a number is invalid")
	}
	text := s[p.i:i]
	p.i = i
	return text, true
}

// skip skips one value of any type.
func (p *scanner) skip() bool { return p.skipValue(1) }

// skipValue skips a value that is depth levels deep.
func (p *scanner) skipValue(depth int) bool {
	switch p.peek() {
	case kindString:
		_, ok := p.str()
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
	_, ok := p.number()
	return ok
}

// skipComposite skips an object or array that ends with end.
func (p *scanner) skipComposite(depth int, end byte, named bool) bool {
	if tooDeep(depth) {
		return p.fail("nested too deeply")
	}
	p.i++
	for first := true; ; first = false {
		if done, ok := p.element(end, first); done || !ok {
			return ok
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

// element moves to the next element of an array, or to the next member of an
// object, that ends with end and whose opening bracket has been read. It
// returns done after the closing one.
func (p *scanner) element(end byte, first bool) (done, ok bool) {
	p.space()
	if p.i >= len(p.s) {
		return false, p.fail("unexpected end")
	}
	if p.s[p.i] == end {
		p.i++
		return true, true
	}
	if first {
		return false, true
	}
	if p.s[p.i] != ',' {
		return false, p.fail("want a comma or the end")
	}
	p.i++
	p.space()
	return false, true
}

// literal skips the given word.
func (p *scanner) literal(word string) bool {
	if !strings.HasPrefix(p.s[p.i:], word) {
		return p.fail("invalid literal")
	}
	p.i += len(word)
	return true
}
