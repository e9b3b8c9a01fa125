package tui

import (
	"slices"

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
	lines := columns(x.blocks(t), w)
	x.page = h
	p := pane{title: "keys of " + x.screen, foot: t.muted.s("esc closes")}
	if len(lines) > h {
		p.foot = t.muted.s("j k scroll, esc closes")
	}
	x.offset = p.scroll(lines, x.offset, h)
	return p
}

// blocks returns the keys in groups, each with a heading.
func (x *help) blocks(t *theme) [][]string {
	groups := []string{"run", "look", "move", "everywhere"}
	blocks := make([][]string, len(groups))
	for i, name := range groups {
		blocks[i] = []string{t.title.s(name)}
	}
	add := func(group int, keys, does string) {
		blocks[group] = append(blocks[group], t.accent.s(keys)+spaces(8-ansi.StringWidth(keys))+does)
	}
	for _, b := range x.keys {
		add(slices.Index(groups, b.group()), b.key.Help().Key, b.key.Help().Desc)
	}
	add(len(groups)-1, "ctrl+c", "stop and quit")
	return slices.DeleteFunc(blocks, func(block []string) bool { return len(block) == 1 })
}

// group returns the heading in the help that a key belongs to.
func (b binding) group() string {
	switch b.act {
	case actRunSelected, actRunShown, actRunFailed, actStop, actMeasure, actImplementation, actConditions, actUse:
		return "run"
	case actZoom, actTheme, actMouse, actPalette, actHelp, actSuspend, actQuit:
		return "everywhere"
	}
	switch {
	case b.act >= actTab:
		return "everywhere"
	case b.hidden:
		return "move"
	default:
		return "look"
	}
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

// columns arranges blocks of lines in as many columns as fit into w cells, in
// their order, so that the longest column is as short as possible.
func columns(blocks [][]string, w int) []string {
	const gap = 3
	width, tallest := 0, 0
	for _, block := range blocks {
		for _, line := range block {
			width = max(width, ansi.StringWidth(line))
		}
		tallest = max(tallest, len(block))
	}
	width = min(width, w)
	packed := pack(blocks, tallest)
	for len(packed) > max((w+gap)/(width+gap), 1) {
		tallest++
		packed = pack(blocks, tallest)
	}
	lines := make([]string, tallest)
	for i, column := range packed {
		for row, line := range column {
			lines[row] = fitLine(lines[row], i*(width+gap)) + line
		}
	}
	return lines
}

// pack puts blocks into columns of at most rows lines, with an empty line
// between two blocks.
func pack(blocks [][]string, rows int) [][]string {
	var columns [][]string
	for _, block := range blocks {
		last := len(columns) - 1
		if last < 0 || len(columns[last])+1+len(block) > rows {
			columns = append(columns, slices.Clone(block))
			continue
		}
		columns[last] = append(append(columns[last], ""), block...)
	}
	return columns
}
