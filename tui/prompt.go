package tui

import tea "charm.land/bubbletea/v2"

// prompt is a text field in the last row. It receives all keys except ctrl+c.
type prompt struct {
	label, help string
	field       field
	before      string
	change      func(text string) // called after each key
}

func newPrompt(label, help, text string, change func(string)) *prompt {
	return &prompt{label: label, help: help, field: field{text}, before: text, change: change}
}

func (p *prompt) view(t *theme, w int) string {
	return ends(" "+t.prompt.s(p.label)+p.field.view(t, max(w/2, 8)), t.muted.s(p.help)+" ", w)
}

// update handles a key or a paste. Enter keeps the text, esc restores the
// previous one.
func (p *prompt) update(a *app, msg tea.Msg) tea.Cmd {
	if press, ok := msg.(tea.KeyPressMsg); ok {
		switch press.String() {
		case "enter":
			a.prompt = nil
			return nil
		case "esc":
			a.prompt = nil
			p.change(p.before)
			return nil
		}
	}
	p.field.update(msg)
	p.change(p.field.text)
	return nil
}
