package chart

import (
	"math"
	"strings"
)

// Symbols selects the set of characters that a chart is drawn with.
type Symbols int

// The sets. Blocks fills a cell in eighths and draws lines with Braille dots; ASCII
// is for terminals and locales without these characters.
const (
	Blocks Symbols = iota
	ASCII
)

// horizontal returns the characters that fill a cell from the left, from
// empty to full.
func (s Symbols) horizontal() []string {
	if s == ASCII {
		return []string{" ", "-", "#"}
	}
	return []string{" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"}
}

// Bar draws a horizontal bar that fills the given share, 0 to 1, of width
// cells, and pads it to width. A share above zero is always visible. Bar
// returns "" if width is below 1.
func Bar(share float64, width int, symbols Symbols) string {
	if width < 1 {
		return ""
	}
	cells := symbols.horizontal()
	full := len(cells) - 1
	fill := level(share, 1, width*full)
	var b strings.Builder
	for range width {
		b.WriteString(cells[min(max(fill, 0), full)])
		fill -= full
	}
	return b.String()
}

// level returns how many of steps v fills if top fills all of them.
func level(v, top float64, steps int) int {
	switch {
	case !(v > 0) || !(top > 0):
		return 0
	case v >= top:
		return steps
	default:
		return max(int(math.Round(v/top*float64(steps))), 1)
	}
}

// Ceil returns the smallest number of the form 1, 1.5, 2, 3, 4, 5, 6 or 8
// times a power of ten that is not below v. As the end of an axis, it rarely
// moves while the values change. Ceil returns 1 if v is not above zero,
// infinite or NaN.
func Ceil(v float64) float64 {
	if !(v > 0) || math.IsInf(v, 1) {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 1.5, 2, 3, 4, 5, 6, 8} {
		if step*unit >= v {
			return step * unit
		}
	}
	return 10 * unit
}
