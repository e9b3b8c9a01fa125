package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// The breakpoints. Below the smallest size one line says what is needed; below
// the narrow ones there is room for a single pane; from wideWidth on, panes
// stand side by side. Between the two they stand one above the other, because
// a third of 80 columns holds neither an ID with its title nor a token.
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

// fit returns exactly h lines of exactly w cells: longer ones are cut, shorter
// ones padded, missing ones blank. Every part of the screen passes through it,
// so no text can push another out of its place.
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
		// A cell may be missing where half of a wide character was cut.
		s = ansi.Truncate(s, w, "")
		n = ansi.StringWidth(s)
	}
	if n < w {
		s += spaces(w - n)
	}
	return s
}

// cut returns s with at most w cells, an ellipsis at its end if it was longer.
func cut(s string, w int) string {
	if w <= 0 {
		return ""
	}
	return ansi.Truncate(s, w, "…")
}

// ends returns one line of w cells with left and right at its ends. What does
// not fit is cut, right before left.
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
	const blank = "                                                                                                                        "
	if n <= 0 {
		return ""
	}
	if n <= len(blank) {
		return blank[:n]
	}
	return strings.Repeat(" ", n)
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
	}
	inner := w - 2
	edge := func(left, right, title, note string) string {
		const fill = "────────────────────────────────────────────────────────────────────────────────"
		rule := func(n int) string {
			var b strings.Builder
			for n > 0 {
				part := min(n, 80)
				b.WriteString(fill[:part*len("─")])
				n -= part
			}
			return b.String()
		}
		room := inner - 2
		title = cut(title, room-2)
		used := 0
		if title != "" {
			title = " " + title + " "
			used = ansi.StringWidth(title)
		}
		note = cut(note, room-used-2)
		if note != "" {
			note = " " + note + " "
			used += ansi.StringWidth(note)
		}
		if room < 0 {
			return border.s(left + rule(inner) + right)
		}
		return border.s(left+"─") + t.paneTitle(title, p.focus) + border.s(rule(room-used)) + note + border.s("─"+right)
	}
	out := make([]string, 0, h)
	out = append(out, edge("┌", "┐", p.title, p.note))
	bar := border.s("│")
	for _, line := range fit(p.lines, inner, h-2) {
		out = append(out, bar+line+bar)
	}
	return append(out, edge("└", "┘", "", p.foot))
}

// beside joins blocks of the same height to one block.
func beside(blocks ...[]string) []string {
	out := make([]string, len(blocks[0]))
	for i := range out {
		for _, b := range blocks {
			out[i] += b[i]
		}
	}
	return out
}

// window returns the part of lines that a pane of h lines shows if it was
// scrolled by offset, and the offset corrected to what there is.
func window(lines []string, offset, h int) ([]string, int) {
	offset = max(min(offset, len(lines)-h), 0)
	return lines[offset:min(offset+h, len(lines))], offset
}
