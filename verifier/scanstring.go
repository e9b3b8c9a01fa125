package verifier

import (
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
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
			r, n, ok := unescape(s[i:])
			if !ok {
				return "", p.failAt(i, "invalid escape in a string")
			}
			b.WriteRune(r)
			i += n
			from = i
		case c < 0x20:
			return "", p.failAt(i, "control character in a string")
		default:
			i++
		}
	}
	return "", p.failAt(i, "unterminated string")
}

// unescape reads one escape sequence at the start of s and returns its length.
// A surrogate pair counts as one; a lone surrogate is invalid, because it does
// not represent a character and every reader repairs it differently. RFC 8259,
// 8.2.
func unescape(s string) (r rune, n int, ok bool) {
	if len(s) < 2 {
		return 0, 0, false
	}
	switch s[1] {
	case '"', '\\', '/':
		return rune(s[1]), 2, true
	case 'b':
		return '\b', 2, true
	case 'f':
		return '\f', 2, true
	case 'n':
		return '\n', 2, true
	case 'r':
		return '\r', 2, true
	case 't':
		return '\t', 2, true
	case 'u':
		return unescapeUnicode(s)
	}
	return 0, 0, false
}

// unescapeUnicode is unescape for a sequence that begins with \u.
func unescapeUnicode(s string) (r rune, n int, ok bool) {
	r, ok = hex4(s[2:])
	if !ok || !utf16.IsSurrogate(r) {
		return r, 6, ok
	}
	if !strings.HasPrefix(s[6:], `\u`) {
		return 0, 0, false
	}
	low, _ := hex4(s[8:]) // 0 makes no pair, either
	r = utf16.DecodeRune(r, low)
	return r, 12, r != utf8.RuneError
}

// hex4 reads four hexadecimal digits.
func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	v, err := strconv.ParseUint(s[:4], 16, 16)
	if err != nil {
		return 0, false
	}
	return rune(v), true
}
