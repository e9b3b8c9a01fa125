package tui

import (
	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

// maxField is the maximum length of a text field in characters.
const maxField = 400

// field is a text input of bubbles that draws itself in the theme, escapes
// what it shows, and does not blink. The zero value is empty.
type field struct{ input textinput.Model }

// fieldKeys are those of a shell. Not bound are ctrl+v, which would start a
// program that reads the clipboard (terminals paste by themselves), and alt+d,
// which panics: https://github.com/charmbracelet/bubbles/issues/1056.
func fieldKeys() textinput.KeyMap {
	bind := func(keys ...string) key.Binding { return key.NewBinding(key.WithKeys(keys...)) }
	return textinput.KeyMap{
		CharacterForward:        bind("right", "ctrl+f"),
		CharacterBackward:       bind("left", "ctrl+b"),
		WordForward:             bind("alt+right", "ctrl+right", "alt+f"),
		WordBackward:            bind("alt+left", "ctrl+left", "alt+b"),
		DeleteWordBackward:      bind("ctrl+w", "alt+backspace", "ctrl+backspace"),
		DeleteAfterCursor:       bind("ctrl+k"),
		DeleteBeforeCursor:      bind("ctrl+u"),
		DeleteCharacterBackward: bind("backspace", "ctrl+h"),
		DeleteCharacterForward:  bind("delete", "ctrl+d"),
		LineStart:               bind("home", "ctrl+a"),
		LineEnd:                 bind("end", "ctrl+e"),
	}
}

// text returns what has been typed.
func (x *field) text() string { return x.input.Value() }

// set replaces the text and puts the cursor at its end.
func (x *field) set(text string) {
	x.prepare()
	x.input.SetValue(text)
	x.input.CursorEnd()
}

// prepare makes the zero value an empty field.
func (x *field) prepare() {
	if x.input.Focused() {
		return
	}
	x.input = textinput.New()
	x.input.CharLimit, x.input.KeyMap = maxField, fieldKeys()
	x.input.SetVirtualCursor(false)
	x.input.Focus()
}

// update handles a key or a paste, whose line breaks become spaces.
func (x *field) update(msg tea.Msg) {
	x.prepare()
	x.input, _ = x.input.Update(msg)
}

// view draws the text around the cursor in at most w cells.
func (x *field) view(t *theme, w int) string {
	text := []rune(x.text())
	at := x.input.Position()
	before, under, after := reports.Escape(string(text[:at])), " ", ""
	if at < len(text) {
		rest := string(text[at:])
		cluster, _ := ansi.FirstGraphemeCluster(rest, ansi.GraphemeWidth)
		under, after = cut(reports.Escape(cluster), w-1), reports.Escape(rest[len(cluster):])
	}
	room := w - ansi.StringWidth(under)
	if over := ansi.StringWidth(before) - room; over > 0 {
		before = ansi.TruncateLeft(before, over+1, "")
		if ansi.StringWidth(before) == room { // half of a wide character is still there
			before = ansi.TruncateLeft(before, 2, "")
		}
		before = "…" + before
	}
	after = cut(after, room-ansi.StringWidth(before))
	return before + t.cursor.s(under) + after
}
