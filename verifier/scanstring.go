package verifier

import (
	"math/bits"
	"strings"
)

// str reads a string. The cursor is on its opening quote.
//
// It looks for the first quote, backslash or control character in eight bytes
// at a time. x-ones borrows from the top bit of a byte exactly if the byte is
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
// invalid, because it does not represent a character and every reader repairs
// it differently. RFC 8259, 8.2.
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
