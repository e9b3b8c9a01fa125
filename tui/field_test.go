package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

func TestFieldIsEditedLikeAShell(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		keys []string
		want string
	}{
		{"at the start", []string{"home", "x"}, "xone two"},
		{"at the start as in emacs", []string{"ctrl+a", "x"}, "xone two"},
		{"at the end again", []string{"ctrl+a", "ctrl+e", "x"}, "one twox"},
		{"before the last", []string{"left", "x"}, "one twxo"},
		{"a word back", []string{"alt+b", "x"}, "one xtwo"},
		{"a word on", []string{"home", "alt+f", "x"}, "onex two"},
		{"a word deleted", []string{"ctrl+w"}, "one "},
		{"the end deleted", []string{"home", "right", "ctrl+k"}, "o"},
		{"the start deleted", []string{"left", "ctrl+u"}, "o"},
		{"the character below deleted", []string{"home", "delete"}, "ne two"},
		{"nothing to delete", []string{"delete", "home", "backspace", "ctrl+w"}, "one two"},
		{"not bound", []string{"left", "alt+d", "ctrl+v", "tab", "pgup", "f5"}, "one two"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var x field
			x.update(tea.PasteMsg{Content: "one two"})
			for _, name := range tt.keys {
				x.update(press(name))
			}
			if got := x.text(); got != tt.want {
				t.Errorf("%s makes %q, want %q", strings.Join(tt.keys, " "), got, tt.want)
			}
		})
	}
}

func TestFieldTakesWhatIsPasted(t *testing.T) {
	t.Parallel()
	var x field
	x.update(tea.PasteMsg{Content: "a\nb\tc\x1b[31m\x00 日本"})
	if got, want := x.text(), "a b c[31m 日本"; got != want {
		t.Errorf("the text is %q, want %q", got, want)
	}
	x.update(tea.PasteMsg{Content: strings.Repeat("x", 2*maxField)})
	if got := len([]rune(x.text())); got != maxField {
		t.Errorf("the text has %d characters, want %d", got, maxField)
	}
}

// The cursor is in sight wherever it is, and no text is wider than its room.
func TestFieldShowsItsCursor(t *testing.T) {
	t.Parallel()
	th := newTheme(colorprofile.ASCII, true, nil)
	for _, text := range []string{"", "short", strings.Repeat("abc ", 30), strings.Repeat("日本語", 20), strings.Repeat("\u202e", 9), "e\u0301e\u0301👩‍👩‍👧"} {
		for _, w := range []int{8, 20, 40} {
			var x field
			x.set(text)
			for range len([]rune(text)) + 1 {
				got := x.view(th, w)
				if n := ansi.StringWidth(got); n > w {
					t.Fatalf("%q at %d has %d cells, want at most %d: %q", text, x.input.Position(), n, w, got)
				}
				if !strings.Contains(got, string(th.cursor)) {
					t.Fatalf("%q at %d has no cursor: %q", text, x.input.Position(), got)
				}
				x.update(press("left"))
			}
		}
	}
	var x field
	x.set("日本語")
	x.update(press("left"))
	if got, want := x.view(th, 20), "日本"+th.cursor.s("語"); got != want {
		t.Errorf("the cursor on a wide character is %q, want %q", got, want)
	}
}
