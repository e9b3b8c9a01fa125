package reports_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

func TestEscape(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"plain text", `{"aud":"skc_1"} §3.1 – naïve Ünï 日本 ✓`, `{"aud":"skc_1"} §3.1 – naïve Ünï 日本 ✓`},
		{"nothing", "", ""},
		{"a colour", "\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"a title and a bell", "\x1b]0;pwned\a", `\x1b]0;pwned\x07`},
		{"an eight-bit control sequence", "\u009b31m", `\u009b31m`},
		{"line breaks", "a\r\nb\tc\vd", `a\r\nb\tc\x0bd`},
		{"line and paragraph separators", "a\u2028b\u2029c", `a\u2028b\u2029c`},
		{"a right-to-left override", "skc_\u202e1cks", `skc_\u202e1cks`},
		{"isolates", "\u2066x\u2069", `\u2066x\u2069`},
		{"a zero-width space", "skc_1\u200b", `skc_1\u200b`},
		{"a zero-width joiner", "👩\u200d🚀", `👩\u200d🚀`},
		{"a no-break space", "a\u00a0b", `a\u00a0b`},
		{"a combining accent", "e\u0301", `e\u0301`},
		{"a flag", "🇩🇪", `\U0001f1e9\U0001f1ea`},
		{"a tag character", "\U000e0041", `\U000e0041`},
		{"bytes that are no UTF-8", "a\xff\xc3(b", `a\xff\xc3(b`},
		{"a real replacement character", "a\ufffdb", "a\ufffdb"},
		{"NUL and DEL", "\x00\x7f", `\x00\x7f`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := reports.Escape(tt.in); got != tt.want {
				t.Errorf("Escape(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

// Terminals differ in how they measure what joins its neighbour. A rune that
// Escape leaves has one width, whatever is next to it.
func TestEscapeLeavesOneWidth(t *testing.T) {
	t.Parallel()
	neighbours := []string{"a", "가", "ะ", "日", "🚀"}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		s := string(r)
		if reports.Escape(s) != s {
			continue
		}
		alone := ansi.StringWidthWc(s)
		if alone != 1 && alone != 2 {
			t.Errorf("%U is left as it is, %d cells wide", r, alone)
		}
		for _, n := range neighbours {
			want := alone + ansi.StringWidthWc(n)
			for _, pair := range []string{n + s, s + n} {
				if ansi.StringWidth(pair) != want || ansi.StringWidthWc(pair) != want {
					t.Errorf("%U next to %q is %d or %d cells, want %d",
						r, n, ansi.StringWidth(pair), ansi.StringWidthWc(pair), want)
				}
			}
		}
	}
}

func FuzzEscapeLeavesOnePlainLine(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[2J", "a\nb", "\u202e", "\xff\xfe", "e\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := reports.Escape(s)
		if !utf8.ValidString(got) {
			t.Errorf("Escape(%q) = %q is not UTF-8", s, got)
		}
		if i := strings.IndexFunc(got, func(r rune) bool { return !unicode.IsPrint(r) || unicode.Is(unicode.M, r) }); i >= 0 {
			t.Errorf("Escape(%q) = %q still holds %q", s, got, got[i:])
		}
		if again := reports.Escape(got); again != got {
			t.Errorf("Escape twice = %q, once = %q", again, got)
		}
	})
}

func BenchmarkEscape(b *testing.B) {
	s := strings.Repeat(`{"iss":"http://127.0.0.1:40961/t/aud"}`, 10)
	b.SetBytes(int64(len(s)))
	b.ReportAllocs()
	for b.Loop() {
		reports.Escape(s)
	}
}
