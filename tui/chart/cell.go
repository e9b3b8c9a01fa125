package chart

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Ink says what a cell shows, so that the caller can colour it.
type Ink int

// The inks. InkSeries is the first series of a plot; the others follow it in
// their order.
const (
	InkNone Ink = iota
	InkAxis
	InkMark
	InkSeries
)

// Cell is one character of a chart. It is one terminal cell wide.
type Cell struct {
	Rune rune
	Ink  Ink
}

// Line is one line of a chart.
type Line []Cell

// Paint returns the line as text in which paint has coloured each run of cells
// of one ink. Cells without ink are left as they are.
func (l Line) Paint(paint func(ink Ink, text string) string) string {
	var out, run strings.Builder
	for i, c := range l {
		run.WriteRune(c.Rune)
		if i+1 < len(l) && l[i+1].Ink == c.Ink {
			continue
		}
		if c.Ink == InkNone {
			out.WriteString(run.String())
		} else {
			out.WriteString(paint(c.Ink, run.String()))
		}
		run.Reset()
	}
	return out.String()
}

// String returns the line without colours.
func (l Line) String() string {
	return l.Paint(func(_ Ink, text string) string { return text })
}

// blank returns h lines of w spaces.
func blank(w, h int) []Line {
	cells := make([]Cell, w*h)
	for i := range cells {
		cells[i].Rune = ' '
	}
	lines := make([]Line, h)
	for y := range lines {
		lines[y] = cells[y*w : (y+1)*w : (y+1)*w]
	}
	return lines
}

// put writes text from cell x on. What does not fit is cut. A character that is
// not exactly one cell wide becomes a question mark.
func (l Line) put(x int, text string, ink Ink) {
	for _, r := range text {
		if x >= 0 && x < len(l) {
			if r >= 0x7f && ansi.StringWidth(string(r)) != 1 || r < ' ' {
				r = '?'
			}
			l[x] = Cell{r, ink}
		}
		x++
	}
}

// width returns how many cells put writes for text.
func width(text string) int { return len([]rune(text)) }
