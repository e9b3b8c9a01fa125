package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// choice is one line of a chooser.
type choice struct {
	name, help string
	pick       func(*app) tea.Cmd

	kind    string   // what it is, if a chooser has choices of several kinds
	aliases []string // other words, in lower case, that find it
	line    string   // what tab types for it, "" for nothing
}

// chooser lets the user pick one of several choices. It shows only those that
// match what was typed, the best match first.
type chooser struct {
	title   string
	choices []choice
	cursor  int
	offset  int
	input   field

	// other makes a choice of the text typed, if it is not nil.
	other func(text string) choice

	// find returns the choices for the text typed, in place of those that
	// match it. It may be nil.
	find func(text string) []choice

	wide bool // it is as large as the screen allows, and stays so

	past   recall            // earlier texts, which up fetches at the first choice
	picked func(line string) // called before a choice is carried out; may be nil
	back   func(*app)        // what esc returns to; nil closes

	found []choice // the answer to asked
	asked string
	fresh bool // whether it is that
}

// shown returns the choices that match the text typed.
func (c *chooser) shown() []choice {
	text := c.input.text()
	if c.fresh && text == c.asked {
		return c.found
	}
	c.fresh, c.asked = true, text
	if c.find != nil {
		c.found = c.find(text)
		return c.found
	}
	c.found = rank(c.choices, text)
	if text = strings.TrimSpace(text); text != "" && c.other != nil {
		c.found = append(c.found, c.other(text))
	}
	return c.found
}

func (c *chooser) pane(t *theme, w, h int) pane {
	p := pane{title: c.title, foot: t.muted.s("type to search, enter picks, esc closes")}
	p.lines = append(p.lines, t.prompt.s("›")+" "+c.input.view(t, max(min(w, 60)-4, 4)), "")
	h -= 2
	shown := c.shown()
	width, kinds, names := c.columns(w)
	p.note = t.muted.s(fmt.Sprintf("%d of %d", min(c.cursor+1, len(shown)), len(shown)))
	c.cursor = max(min(c.cursor, len(shown)-1), 0)
	c.offset = follow(c.offset, c.cursor, len(shown), max(h, 1))
	for i := c.offset; i < min(c.offset+max(h, 1), len(shown)); i++ {
		x := shown[i]
		// A long name has the room that its help does not need.
		room := width - kinds - 4
		name := max(names, min(ansi.StringWidth(x.name), room-ansi.StringWidth(x.help)))
		spans := []span{
			{fitLine(x.kind, kinds), t.muted}, {fitLine(cut(x.name, name), name), ""},
			{"  " + cut(x.help, room-name), t.muted},
		}
		p.lines = append(p.lines, t.selectable(spans, i == c.cursor, true, width))
	}
	if len(shown) == 0 {
		p.lines = append(p.lines, t.muted.s("nothing matches"))
	}
	for c.wide && len(p.lines) < h+2 { // it does not jump while one types
		p.lines = append(p.lines, "")
	}
	return p
}

// columns returns the width of the lines in at most w cells, and those of the
// kinds and the names. They do not depend on what was typed, except for
// choices that exist only because of it.
func (c *chooser) columns(w int) (width, kinds, names int) {
	if c.wide {
		width = min(w, 110)
		return width, 9, min(24, width*2/5)
	}
	helps := 0
	for _, list := range [][]choice{c.choices, c.shown()} {
		for _, x := range list {
			names = max(names, ansi.StringWidth(x.name))
			helps = max(helps, ansi.StringWidth(x.help))
			if x.kind != "" {
				kinds = max(kinds, ansi.StringWidth(x.kind)+2)
			}
		}
	}
	names = min(names, w-kinds-4-min(helps, w/3))
	return min(w, kinds+names+helps+4), kinds, names
}

// chooserPage is how far the page keys move, twice the number of lines.
const chooserPage = 20

// chooserKeys are the keys of movement. Letters are typed, and home and end
// belong to the text.
var chooserKeys = map[string]action{
	"up": actUp, "ctrl+p": actUp, "down": actDown, "ctrl+n": actDown,
	"pgup": actPageUp, "pgdown": actPageDown, "ctrl+home": actTop, "ctrl+end": actBottom,
}

func (c *chooser) update(a *app, msg tea.Msg) tea.Cmd {
	if press, ok := msg.(tea.KeyPressMsg); ok {
		shown := c.shown()
		switch key := press.String(); {
		case key == "esc":
			a.overlay = nil
			if c.back != nil {
				c.back(a)
			}
			return nil
		case key == "enter":
			a.overlay = nil
			if c.cursor < len(shown) {
				return c.choose(a, shown[c.cursor])
			}
			return nil
		case key == "tab":
			if c.cursor < len(shown) && shown[c.cursor].line != "" {
				c.input.set(shown[c.cursor].line)
				c.cursor = 0
			}
			return nil
		case key == "up" && c.cursor == 0:
			c.show(c.past.older(c.input.text()))
			return nil
		case key == "down" && c.past.back > 0:
			c.show(c.past.newer())
			return nil
		}
		if act, ok := chooserKeys[press.String()]; ok {
			c.cursor = moved(act, c.cursor, len(shown), chooserPage)
			return nil
		}
	}
	before := c.input.text()
	c.input.update(msg)
	if c.input.text() != before {
		c.cursor, c.past.back = 0, 0
	}
	return nil
}

// choose carries out a choice.
func (c *chooser) choose(a *app, x choice) tea.Cmd {
	if c.picked != nil {
		c.picked(x.line)
	}
	return x.pick(a)
}

// show replaces the text by an earlier one, if there is one.
func (c *chooser) show(text string, ok bool) {
	if ok {
		c.input.set(text)
		c.cursor = 0
	}
}
