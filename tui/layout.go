package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// The breakpoints. Below the minimum size one line says what size is needed.
// Below the narrow size there is room for a single pane. From wideWidth on,
// panes are side by side. In between they are stacked, because a third of 80
// columns has room for neither an ID with its title nor a token. Half of a wide
// screen has room for half a title; so a list with a detail is stacked up to the
// roomy width, if the screen is tall.
const (
	minWidth, minHeight = 40, 10
	narrowWidth         = 60
	narrowHeight        = 16
	wideWidth           = 110
	roomyWidth          = 140
	tallHeight          = 30

	// No larger screen is drawn; the rest of it stays empty.
	maxWidth, maxHeight = 500, 200
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

// fitLine returns s padded to exactly w cells, or cut to them with an ellipsis
// at its end.
func fitLine(s string, w int) string {
	if w <= 0 {
		return ""
	}
	n := ansi.StringWidth(s)
	if n > w {
		// A cell is missing if half of a wide character was cut off.
		s = cut(s, w)
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

// pane is a part of the screen with a head.
type pane struct {
	title, note string // in the head, left and right
	foot        string // in the last row, right; without it there is no such row
	lines       []string
	focus       bool

	// The lines are those from offset on of total, which a bar at the right
	// shows. A total of zero means that all of them are there.
	offset, total int
}

// paneHead and paneEdge are the rows and columns of a pane that are not its
// content: the head, and the bar at the right.
const (
	paneHead = 1
	paneEdge = 1
)

// box draws p as exactly h lines of w cells, h and w at least 2.
func (t *theme) box(p pane, w, h int) []string {
	out := append(make([]string, 0, h), t.headline(p, w))
	rows := h - paneHead
	if p.foot != "" && rows > 1 {
		rows--
	}
	bar := t.scrollbar(p.offset, p.total, rows)
	for i, line := range fit(p.lines, w-paneEdge, rows) {
		out = append(out, line+bar[i])
	}
	if len(out) < h {
		out = append(out, ends("", p.foot+" ", w))
	}
	return out
}

// headline draws the title and the note of a pane on a background of their own,
// or in a line where there are no shades. The title of the pane that has the
// focus is marked.
func (t *theme) headline(p pane, w int) string {
	mark, title := " ", p.title
	if p.focus {
		mark, title = t.prompt.s("▌"), t.tab.s(p.title)
	}
	if p.note != "" {
		p.note = " " + p.note
	}
	if t.head != "" {
		return t.head.under(ends(mark+title, p.note+" ", w))
	}
	left := mark + cut(title, w-4) + " "
	room := w - ansi.StringWidth(left) - 1
	note := cut(p.note, max(room-4, 0))
	line := strings.Repeat("─", max(room-ansi.StringWidth(note), 0))
	return fitLine(left+t.border.s(line)+note, w)
}

// scrollbar returns a column of n cells that shows which part of total lines is
// seen, empty if all of them are.
func (t *theme) scrollbar(offset, total, n int) []string {
	column := make([]string, n)
	size := max(n*n/max(total, 1), 1)
	first := 0
	if total > n {
		first = (n - size) * offset / (total - n)
	}
	for i := range column {
		switch {
		case total <= n:
			column[i] = " "
		case i >= first && i < first+size:
			column[i] = t.muted.s("┃")
		default:
			column[i] = t.border.s("│")
		}
	}
	return column
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

// scroll shows the h lines from offset on, and returns offset limited to the
// lines that exist.
func (p *pane) scroll(lines []string, offset, h int) int {
	p.offset, p.total = max(min(offset, len(lines)-h), 0), len(lines)
	p.lines = lines[p.offset:min(p.offset+h, len(lines))]
	return p.offset
}
