package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// The breakpoints. Below the minimum size one line says what size is needed.
// Below the narrow size there is room for a single pane. From wideWidth on,
// panes are side by side. In between they are stacked, because a third of 80
// columns has room for neither an ID with its title nor a token.
const (
	minWidth, minHeight = 40, 10
	narrowWidth         = 60
	narrowHeight        = 16
	wideWidth           = 110
)

type layout int

const (
	layoutTooSmall layout = iota
	layoutNarrow
	layoutStacked
	layoutWide
)

func layoutFor(w, h int) layout {
	switch {
	case w < minWidth || h < minHeight:
		return layoutTooSmall
	case w < narrowWidth || h < narrowHeight:
		return layoutNarrow
	case w < wideWidth:
		return layoutStacked
	default:
		return layoutWide
	}
}

// fit returns exactly h lines of exactly w cells: longer lines are cut,
// shorter ones padded, missing ones left empty. Every part of the screen
// passes through it, so that no text can displace another.
func fit(lines []string, w, h int) []string {
	out := make([]string, 0, h)
	for _, line := range lines {
		if len(out) == h {
			break
		}
		out = append(out, fitLine(line, w))
	}
	if len(out) < h {
		blank := spaces(w)
		for len(out) < h {
			out = append(out, blank)
		}
	}
	return out
}

// fitLine returns s cut or padded to exactly w cells.
func fitLine(s string, w int) string {
	if w <= 0 {
		return ""
	}
	n := ansi.StringWidth(s)
	if n > w {
		// A cell is missing if half of a wide character was cut off.
		s = ansi.Truncate(s, w, "")
		n = ansi.StringWidth(s)
	}
	if n < w {
		s += spaces(w - n)
	}
	return s
}

// cut returns s with at most w cells. It ends in an ellipsis if it was
// longer.
func cut(s string, w int) string {
	if w <= 0 {
		return ""
	}
	return ansi.Truncate(s, w, "…")
}

// shorten returns s with at most w cells. If it was longer, an ellipsis stands
// for its middle, because the ends tell identifiers apart.
func shorten(s string, w int) string {
	n := ansi.StringWidth(s)
	if n <= w {
		return s
	}
	head := w / 2
	return ansi.Truncate(s, head, "") + "…" + ansi.TruncateLeft(s, n-(w-head-1), "")
}

// ends returns one line of w cells with left and right at its ends. What does
// not fit is cut: first right, then left.
func ends(left, right string, w int) string {
	l, r := ansi.StringWidth(left), ansi.StringWidth(right)
	if l+r > w {
		if l < w {
			right = ansi.Truncate(right, w-l, "…")
			r = ansi.StringWidth(right)
		} else {
			return fitLine(cut(left, w), w)
		}
	}
	return left + spaces(w-l-r) + right
}

func spaces(n int) string {
	return strings.Repeat(" ", max(n, 0))
}

// pane is a framed part of the screen.
type pane struct {
	title, note string // in the upper border, left and right
	foot        string // in the lower border, right
	lines       []string
	focus       bool
}

// box draws p as exactly h lines of w cells, h and w at least 2.
func (t *theme) box(p pane, w, h int) []string {
	border := t.border
	if p.focus {
		border = t.borderFocus
		p.title = t.title.s(p.title)
	}
	out := make([]string, 0, h)
	out = append(out, edge(border, "┌", "┐", p.title, p.note, w-2))
	bar := border.s("│")
	for _, line := range fit(p.lines, w-2, h-2) {
		out = append(out, bar+line+bar)
	}
	return append(out, edge(border, "└", "┘", "", p.foot, w-2))
}

// edge draws a horizontal border of w cells between two corners, with as much
// of title and note in it as fits.
func edge(border style, left, right, title, note string, w int) string {
	room := w - 2 // a piece of border stays at each end
	if room < 0 {
		return border.s(left + strings.Repeat("─", w) + right)
	}
	if title = cut(title, room-2); title != "" {
		title = " " + title + " "
		room -= ansi.StringWidth(title)
	}
	if note = cut(note, room-2); note != "" {
		note = " " + note + " "
		room -= ansi.StringWidth(note)
	}
	return border.s(left+"─") + title + border.s(strings.Repeat("─", room)) + note +
		border.s("─"+right)
}

// beside joins blocks of the same height side by side.
func beside(blocks ...[]string) []string {
	out := make([]string, len(blocks[0]))
	for i := range out {
		for _, b := range blocks {
			out[i] += b[i]
		}
	}
	return out
}

// window returns the part of lines that a pane of h lines shows when scrolled
// by offset, and offset limited to the lines that exist.
func window(lines []string, offset, h int) ([]string, int) {
	offset = max(min(offset, len(lines)-h), 0)
	return lines[offset:min(offset+h, len(lines))], offset
}
