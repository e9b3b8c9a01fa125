package tui

import (
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// prompt is a text field in the last row. It receives all keys except ctrl+c.
type prompt struct {
	label, help string
	field       field
	before      string
	change      func(text string) // called after each key

	// note returns what the last row says instead of help, or "". It may be nil.
	note func(t *theme) string

	past recall // earlier entries, which up and down fetch
}

func newPrompt(label, help, text string, change func(string)) *prompt {
	p := &prompt{label: label, help: help, before: text, change: change}
	p.field.set(text)
	return p
}

func (p *prompt) view(t *theme, w int) string {
	right := t.muted.s(p.help)
	if p.note != nil {
		if note := p.note(t); note != "" {
			right = note
		}
	}
	left := " " + t.prompt.s(p.label)
	room := max(w/2, w-ansi.StringWidth(right)-4, 8)
	return ends(left+p.field.view(t, room), right+" ", w)
}

// update handles a key or a paste. Enter keeps the text, esc restores the
// previous one.
func (p *prompt) update(a *app, msg tea.Msg) tea.Cmd {
	if press, ok := msg.(tea.KeyPressMsg); ok {
		switch press.String() {
		case "enter":
			a.prompt = nil
			a.entered.add(a.screen.name(), p.field.text())
			return nil
		case "esc":
			a.prompt = nil
			p.change(p.before)
			return nil
		case "up", "ctrl+p":
			p.show(p.past.older(p.field.text()))
			return nil
		case "down", "ctrl+n":
			p.show(p.past.newer())
			return nil
		}
	}
	before := p.field.text()
	p.field.update(msg)
	if p.field.text() != before {
		p.past.back = 0
		p.change(p.field.text())
	}
	return nil
}

// show replaces the text by an earlier entry, if there is one.
func (p *prompt) show(text string, ok bool) {
	if ok {
		p.field.set(text)
		p.change(text)
	}
}
