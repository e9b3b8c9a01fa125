package reports

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape returns s as one line that is safe to print on a terminal: everything
// that came from a token, a server or a file must pass through it before it is
// printed. Runes that occupy one or two cells stay; everything else becomes an
// escape in the style of Go: control characters (so no line break and no escape
// sequence survives), bytes that are not UTF-8, marks that change the writing
// direction, white space other than the space, combining marks, and runes that
// join or recolour their neighbours. Escaping the last two keeps the width of
// the result the same on every terminal, and shows what would hide in a claim.
//
// The result is for reading, not for parsing: a backslash stays as it is.
func Escape(s string) string {
	clean := 0
	for clean < len(s) {
		r, size := utf8.DecodeRuneInString(s[clean:])
		if !plain(r, size) {
			break
		}
		clean += size
	}
	if clean == len(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:clean])
	for i := clean; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case plain(r, size):
			b.WriteString(s[i : i+size])
		case r == utf8.RuneError && size == 1:
			writeHex(&b, `\x`, uint64(s[i]), 2)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x80:
			writeHex(&b, `\x`, uint64(r), 2)
		case r < 0x10000:
			writeHex(&b, `\u`, uint64(r), 4)
		default:
			writeHex(&b, `\U`, uint64(r), 8)
		}
		i += size
	}
	return b.String()
}

func writeHex(b *strings.Builder, prefix string, v uint64, digits int) {
	b.WriteString(prefix)
	hex := strconv.FormatUint(v, 16)
	for range digits - len(hex) {
		b.WriteByte('0')
	}
	b.WriteString(hex)
}

// plain reports whether a rune of size bytes can be printed as it is.
func plain(r rune, size int) bool {
	switch {
	case r < 0x80:
		return 0x20 <= r && r < 0x7f
	case r == utf8.RuneError && size == 1:
		return false
	default:
		return unicode.IsPrint(r) && !unicode.Is(unicode.M, r) && !joins(r)
	}
}

// joins reports whether r, which is no combining mark, still shares a cell
// with its neighbour on terminals that measure by grapheme: UAX #29 calls it a
// spacing mark, a prepended letter or part of a syllable, flag or picture.
func joins(r rune) bool {
	switch {
	case 0x1100 <= r && r <= 0x11ff, 0xa960 <= r && r <= 0xa97f, 0xd7b0 <= r && r <= 0xd7ff: // Hangul letters
	case r == 0x0e33, r == 0x0eb3: // Thai and Lao AM
	case r == 0x0d4e, r == 0x111c2, r == 0x111c3, r == 0x1193f, r == 0x11941,
		0x11a84 <= r && r <= 0x11a89, r == 0x11d46, r == 0x11f02: // Indic letters written before the next
	case r == 0xff9e, r == 0xff9f: // halfwidth katakana voicing
	case 0x1f1e6 <= r && r <= 0x1f1ff: // regional indicators
	case 0x1f3fb <= r && r <= 0x1f3ff: // skin tones
	default:
		return false
	}
	return true
}
