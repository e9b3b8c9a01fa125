package intake

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// byteOrderMark is what editors on Windows write before UTF-8.
const byteOrderMark = "\xef\xbb\xbf"

// mark returns the length of the byte order mark of a text, or says that the
// text is in an encoding that nobody here reads.
func mark(head []byte) (length int, problem string) {
	const wide = "the text is UTF-16, want UTF-8"
	switch {
	case bytes.HasPrefix(head, []byte(byteOrderMark)):
		return len(byteOrderMark), ""
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return 0, wide
	case len(head) >= 4 && head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0,
		len(head) >= 4 && head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0:
		return 0, wide // Neither YAML nor JSON has a NUL byte.
	}
	return 0, ""
}

// plain returns text without its byte order mark. It refuses a text that is
// larger than limit, that is not UTF-8, and that has control characters, which
// neither YAML nor JSON allows. YAML 1.2.2, 5.1; RFC 8259, 7.
func plain(name string, text []byte, limit int) ([]byte, error) {
	if len(text) > limit {
		return nil, fmt.Errorf("%s has %d bytes, want at most %d", name, len(text), limit)
	}
	skip, problem := mark(text)
	if problem != "" {
		return nil, &Error{Name: name, Line: 1, Column: 1, Problem: problem}
	}
	text = text[skip:]
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return nil, errorAfter(name, text, i, "the byte 0x%02x is not UTF-8", text[i])
		case r < 0x20 && r != '\t' && r != '\n' && r != '\r', r == 0x7f:
			return nil, errorAfter(name, text, i,
				"the control character %U is not allowed, write it as an escape", r)
		}
		i += size
	}
	return text, nil
}
