package tui

import (
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// help explains every key of a screen. Its text comes from the bindings.
type help struct {
	screen string
	keys   []binding
	offset int
	page   int
}

func (x *help) pane(t *theme, w, h int) pane {
	var cells []string
	for _, b := range x.keys {
		k := b.key.Help()
		cells = append(cells, t.accent.s(k.Key)+spaces(8-ansi.StringWidth(k.Key))+k.Desc)
	}
	cells = append(cells, t.accent.s("ctrl+c")+spaces(2)+"stop and quit")
	lines := columns(cells, w)
	x.page = h
	p := pane{title: "keys of " + x.screen, foot: t.muted.s("esc closes")}
	if len(lines) > h {
		p.foot = t.muted.s("j k scroll, esc closes")
	}
	p.lines, x.offset = window(lines, x.offset, h)
	return p
}

func (x *help) update(a *app, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	if act := find(movement(), press); act != actNone {
		x.offset = scroll(act, x.offset, x.page)
		return nil
	}
	a.overlay = nil
	return nil
}

// columns arranges cells in as many columns as fit into w cells, filled from
// top to bottom.
func columns(cells []string, w int) []string {
	const gap = 3
	width := 0
	for _, cell := range cells {
		width = max(width, ansi.StringWidth(cell))
	}
	n := max((w+gap)/(width+gap), 1)
	rows := (len(cells) + n - 1) / n
	lines := make([]string, rows)
	for i, cell := range cells {
		if i >= rows {
			lines[i%rows] += spaces(gap)
		}
		lines[i%rows] += fitLine(cell, min(width, w))
	}
	return lines
}
