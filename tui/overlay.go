package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

// overlay is a box on top of the screen. It receives all keys except ctrl+c.
type overlay interface {
	// pane returns the box, with lines of at most w cells. At most h of them
	// are shown.
	pane(t *theme, w, h int) pane

	// update handles a key or a paste.
	update(a *app, msg tea.Msg) tea.Cmd
}

// drawOverlay draws o over the middle of the frame.
func drawOverlay(f *frame, lines []string, o overlay) []string {
	const margin = 1
	t, w, h := f.theme, f.w, f.h
	p := o.pane(t, w-2*margin-4, h-4)
	inner := 0
	for i, line := range p.lines {
		p.lines[i] = " " + line + " "
		inner = max(inner, ansi.StringWidth(p.lines[i]))
	}
	inner = max(inner, ansi.StringWidth(p.title)+6, ansi.StringWidth(p.foot)+6)
	boxW := min(inner+2, w-2*margin)
	boxH := min(len(p.lines)+2, h-2)
	x, y := (w-boxW)/2, (h-boxH)/2
	f.zones.all = append(f.zones.all[:0], overlayZone(o, zone{x: x, y: y, w: boxW, h: boxH}))
	for i, line := range t.frame(p, boxW, boxH) {
		under := lines[y+i]
		left := ansi.Truncate(under, x, "")
		right := ansi.TruncateLeft(under, x+boxW, "")
		// If half of a wide character at an edge was cut off, fill its cell.
		gapLeft, gap := spaces(x-ansi.StringWidth(left)), spaces(w-x-boxW-ansi.StringWidth(right))
		lines[y+i] = left + ansi.ResetStyle + gapLeft + line + gap + right
	}
	return lines
}

// frame draws p with a border around it, which nothing but an overlay has, as
// exactly h lines of w cells, h and w at least 2.
func (t *theme) frame(p pane, w, h int) []string {
	out := make([]string, 0, h)
	out = append(out, t.edge("┌", "┐", t.title.s(p.title), p.note, w-2))
	bar, thumb := t.accent.s("│"), t.scrollbar(p.offset, p.total, h-2)
	for i, line := range fit(p.lines, w-2, h-2) {
		right := bar
		if p.total > h-2 {
			right = thumb[i]
		}
		out = append(out, bar+line+right)
	}
	out = append(out, t.edge("└", "┘", "", p.foot, w-2))
	for i, line := range out {
		out[i] = t.raised.under(line)
	}
	return out
}

// edge draws a horizontal border of w cells between two corners, with as much
// of title and note in it as fits.
func (t *theme) edge(left, right, title, note string, w int) string {
	room := w - 2 // a piece of border stays at each end
	if room < 0 {
		return t.accent.s(left + strings.Repeat("─", w) + right)
	}
	if title = cut(title, room-2); title != "" {
		title = " " + title + " "
		room -= ansi.StringWidth(title)
	}
	if note = cut(note, room-2); note != "" {
		note = " " + note + " "
		room -= ansi.StringWidth(note)
	}
	return t.accent.s(left+"─") + title + t.accent.s(strings.Repeat("─", room)) + note +
		t.accent.s("─"+right)
}

// notice shows text until a key is pressed.
type notice struct {
	title string
	lines []string
}

func (n *notice) pane(t *theme, w, h int) pane {
	return pane{
		title: n.title,
		lines: wrapAll(n.lines, min(w, 72)),
		foot:  t.muted.s("any key closes"),
	}
}

func (n *notice) update(a *app, msg tea.Msg) tea.Cmd {
	if _, ok := msg.(tea.KeyPressMsg); ok {
		a.overlay = nil
	}
	return nil
}

func wrapAll(lines []string, w int) []string {
	var out []string
	for _, line := range lines {
		out = append(out, reports.Wrap(line, w)...)
	}
	return out
}

// showError opens a notice with an error. It escapes the text, which may come
// from anywhere.
func (a *app) showError(title string, err error) {
	var lines []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		lines = append(lines, reports.Escape(line))
	}
	a.overlay = &notice{title: title, lines: lines}
}

// confirm asks before doing something that ends work in progress.
type confirm struct {
	title, question string
	yes             func(*app) tea.Cmd
}

func (c *confirm) pane(t *theme, w, h int) pane {
	lines := append(reports.Wrap(c.question, min(w, 60)), "",
		t.accent.s("y")+" yes    "+t.accent.s("n")+" no")
	return pane{title: c.title, lines: lines}
}

func (c *confirm) update(a *app, msg tea.Msg) tea.Cmd {
	press, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return nil
	}
	switch press.String() {
	case "y", "Y", "enter", "q": // a second q confirms
		a.overlay = nil
		return c.yes(a)
	case "n", "N", "esc":
		a.overlay = nil
	}
	return nil
}
