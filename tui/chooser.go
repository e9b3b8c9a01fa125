package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// choice is one line of a chooser.
type choice struct {
	name, help string
	pick       func(*app) tea.Cmd
}

// chooser lets the user pick one of several choices. It shows only those that
// contain every word typed.
type chooser struct {
	title   string
	choices []choice
	cursor  int
	offset  int
	input   field

	// other makes a choice of the text typed, if it is not nil.
	other func(text string) choice
}

func (c *chooser) shown() []choice {
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
	if text := strings.TrimSpace(c.input.text); text != "" && c.other != nil {
		out = append(out, c.other(text))
	}
	return out
}

func (c *chooser) pane(t *theme, w, h int) pane {
	p := pane{title: c.title, foot: t.muted.s("type to search, enter picks, esc closes")}
	p.lines = append(p.lines, t.prompt.s("›")+" "+c.input.view(t, max(min(w, 40)-4, 4)), "")
	h -= 2
	names, helps := 0, 0
	shown := c.shown()
	for _, x := range slices.Concat(c.choices, shown) {
		names = max(names, ansi.StringWidth(x.name))
		helps = max(helps, ansi.StringWidth(x.help))
	}
	names = min(names, w-4-min(helps, w/3))
	width := min(w, names+helps+4)
	p.note = t.muted.s(fmt.Sprintf("%d of %d", min(c.cursor+1, len(shown)), len(shown)))
	c.cursor = max(min(c.cursor, len(shown)-1), 0)
	c.offset = follow(c.offset, c.cursor, len(shown), max(h, 1))
	for i := c.offset; i < min(c.offset+max(h, 1), len(shown)); i++ {
		x := shown[i]
		spans := []span{
			{fitLine(cut(x.name, names), names), ""}, {"  " + cut(x.help, width-names-4), t.muted},
		}
		p.lines = append(p.lines, t.selectable(spans, i == c.cursor, true, width))
	}
	if len(shown) == 0 {
		p.lines = append(p.lines, t.muted.s("nothing matches"))
	}
	return p
}

// chooserPage is how far the page keys move, twice the number of lines.
const chooserPage = 20

// chooserKeys are the keys of movement that are not letters, which are typed.
var chooserKeys = map[string]action{
	"up": actUp, "ctrl+p": actUp, "down": actDown, "ctrl+n": actDown,
	"pgup": actPageUp, "pgdown": actPageDown, "home": actTop, "end": actBottom,
}

func (c *chooser) update(a *app, msg tea.Msg) tea.Cmd {
	if press, ok := msg.(tea.KeyPressMsg); ok {
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
		}
		if act, ok := chooserKeys[press.String()]; ok {
			c.cursor = moved(act, c.cursor, len(shown), chooserPage)
			return nil
		}
	}
	c.input.update(msg)
	c.cursor = 0
	return nil
}
