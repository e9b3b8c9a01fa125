package reports_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		width      int
		want       []string
	}{
		{"nothing", "", 10, []string{""}},
		{"fits", "one two", 7, []string{"one two"}},
		{"at a space", "one two three", 7, []string{"one two", "three"}},
		{"flags stay whole", "assay run a --seed 7f3a", 12, []string{"assay run a", "--seed 7f3a"}},
		{"a long word", "ab 123456789 c", 4, []string{"ab", "1234", "5678", "9 c"}},
		{"columns stay", "aud     1", 20, []string{"aud     1"}},
		{"wide characters", "日本語 日本", 4, []string{"日本", "語", "日本"}},
		{"no room for one", "日本", 1, []string{"", "日", "本"}},
		{"no width", "ab", 0, []string{"a", "b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, reports.Wrap(tt.text, tt.width)); diff != "" {
				t.Errorf("Wrap(%q, %d) differs (-want +got):\n%s", tt.text, tt.width, diff)
			}
		})
	}
}

func FuzzWrapKeepsTheText(f *testing.F) {
	f.Add("one two  three", 5)
	f.Add("日本語", 3)
	f.Fuzz(func(t *testing.T, text string, width int) {
		text = reports.Escape(text)
		width = 2 + (width%100+100)%100
		lines := reports.Wrap(text, width)
		for _, line := range lines {
			if got := ansi.StringWidth(line); got > width {
				t.Errorf("%q is %d cells wide, want at most %d", line, got, width)
			}
		}
		bare := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got := bare(strings.Join(lines, "")); got != bare(text) {
			t.Errorf("Wrap lost something: %q, want %q", got, bare(text))
		}
	})
}

func BenchmarkWrapLongWord(b *testing.B) {
	text := strings.Repeat("x", 64<<10)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		reports.Wrap(text, 60)
	}
}
