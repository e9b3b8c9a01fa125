package tui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

// maxField is the maximum length of a text field in bytes.
const maxField = 200

// field is a one-line text field that can be edited only at its end, which is
// all that a filter needs. The one in bubbles depends on a clipboard library.
type field struct{ text string }

// update handles a key or a paste.
func (x *field) update(msg tea.Msg) {
	switch msg := msg.(type) {
	case tea.PasteMsg:
		x.insert(msg.Content)
	case tea.KeyPressMsg:
		switch msg.String() {
		case "backspace", "ctrl+h":
			_, size := utf8.DecodeLastRuneInString(x.text)
			x.text = x.text[:len(x.text)-size]
		case "ctrl+w":
			trimmed := strings.TrimRight(x.text, " ")
			x.text = trimmed[:strings.LastIndexByte(trimmed, ' ')+1]
		case "ctrl+u":
			x.text = ""
		default:
			x.insert(msg.Text)
		}
	}
}

// insert appends text without line breaks and control characters.
func (x *field) insert(text string) {
	for _, r := range text {
		if unicode.IsSpace(r) {
			r = ' '
		}
		if unicode.IsPrint(r) && len(x.text)+utf8.RuneLen(r) <= maxField {
			x.text += string(r)
		}
	}
}

// view draws the end of the text and a cursor in at most w cells.
func (x *field) view(t *theme, w int) string {
	text := reports.Escape(x.text)
	if over := ansi.StringWidth(text) + 1 - w; over > 0 {
		text = ansi.TruncateLeft(text, over+1, "…")
	}
	return text + t.cursor.s(" ")
}
