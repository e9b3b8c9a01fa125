package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// choice is one line of a chooser.
type choice struct {
	name, help string
	pick       func(*app) tea.Cmd
}

// chooser lets the user pick one of several choices. With an input it is the
// palette, which shows only the choices that contain every word typed.
type chooser struct {
	title   string
	choices []choice
	cursor  int
	offset  int
	input   *field
}

func (c *chooser) shown() []choice {
	if c.input == nil {
		return c.choices
	}
	var out []choice
	for _, x := range c.choices {
		text := strings.ToLower(x.name + " " + x.help)
		keep := true
		for word := range strings.FieldsSeq(strings.ToLower(c.input.text)) {
			keep = keep && strings.Contains(text, word)
		}
		if keep {
			out = append(out, x)
		}
	}
	return out
}

func (c *chooser) pane(t *theme, w, h int) pane {
	p := pane{title: c.title, foot: t.muted.s("enter picks, esc closes")}
	if c.input != nil {
		p.lines = append(p.lines, t.prompt.s(":")+" "+c.input.view(t, max(min(w, 40)-4, 4)), "")
		h -= 2
	}
	names, helps := 0, 0
	for _, x := range c.choices {
		names = max(names, ansi.StringWidth(x.name))
		helps = max(helps, ansi.StringWidth(x.help))
	}
	width := min(w, names+helps+4)
	shown := c.shown()
	c.cursor = max(min(c.cursor, len(shown)-1), 0)
	c.offset = follow(c.offset, c.cursor, len(shown), max(h, 1))
	for i := c.offset; i < min(c.offset+max(h, 1), len(shown)); i++ {
		x := shown[i]
		spans := []span{
			{x.name + spaces(names-ansi.StringWidth(x.name)), ""}, {"  " + x.help, t.muted},
		}
		p.lines = append(p.lines, t.selectable(spans, i == c.cursor, true, width))
	}
	if len(shown) == 0 {
		p.lines = append(p.lines, t.muted.s("nothing matches"))
	}
	return p
}

func (c *chooser) update(a *app, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if ok {
		shown := c.shown()
		switch press.String() {
		case "esc":
			a.overlay = nil
			return nil
		case "enter":
			a.overlay = nil
			if c.cursor < len(shown) {
				return shown[c.cursor].pick(a)
			}
			return nil
		case "up", "ctrl+p":
			c.cursor = moved(actUp, c.cursor, len(shown), 0)
			return nil
		case "down", "ctrl+n":
			c.cursor = moved(actDown, c.cursor, len(shown), 0)
			return nil
		}
		if c.input == nil {
			if press.String() == "q" {
				a.overlay = nil
			}
			c.cursor = moved(find(movement(), press), c.cursor, len(shown), 10)
			return nil
		}
	}
	if c.input != nil {
		c.input.update(msg)
		c.cursor = 0
	}
	return nil
}
