package tui

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// utf8Locale reports whether the environment selects UTF-8. The variables
// have the precedence that setlocale gives them. But if none of them is set,
// as in most containers, nothing is known about the terminal, and UTF-8 is
// assumed. The Linux console has too few glyphs, whatever the locale says.
func utf8Locale(env []string) bool {
	if lookup(env, "TERM") == "linux" {
		return false
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(lookup(env, name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}

// lookup returns the last value of a variable in env, as os/exec would use
// it.
func lookup(env []string, name string) string {
	value := ""
	for _, e := range env {
		if k, v, ok := strings.Cut(e, "="); ok && k == name {
			value = v
		}
	}
	return value
}

// toASCII replaces every non-ASCII character with as many ASCII characters as
// it has cells, so that a terminal without UTF-8 gets the same layout.
func toASCII(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			b.WriteByte(s[i])
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		b.WriteString(asciiFor(r))
		i += size
	}
	return b.String()
}

func asciiFor(r rune) string {
	switch r {
	case '─', '–', '—':
		return "-"
	case '│', '▌':
		return "|"
	case '━':
		return "="
	case '╌':
		return "."
	case '▆':
		return "#"
	case '▅':
		return "!"
	case '┌', '┐', '└', '┘', '├', '┤':
		return "+"
	case '✓':
		return "+"
	case '✗':
		return "x"
	case '›', '▸', '→', '▶':
		return ">"
	case '▾', '↓':
		return "v"
	case '↑':
		return "^"
	case '…':
		return "~"
	case '·':
		return "."
	case '○':
		return "o"
	case '●', '█', '┃':
		return "#"
	case '╵':
		return "'"
	case '•':
		return "*"
	case '░':
		return "-"
	case '▒':
		return "%"
	case 'µ':
		return "u"
	case '§':
		return "S"
	}
	return strings.Repeat("?", max(ansi.StringWidth(string(r)), 0))
}
