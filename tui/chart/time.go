package chart

import (
	"fmt"
	"math"
)

// timeAxis draws the time axis in cells from to until: its line, and as many
// labels of times and marks as have room, marks first.
func (p Plot) timeAxis(line Line, from, until int) {
	corner, dash, tick, mark := "└", "─", "┴", "▲"
	if p.Symbols == ASCII {
		corner, dash, tick, mark = "+", "-", "+", "^"
	}
	w := until - from
	for x := from; x < until; x++ {
		line.put(x, dash, InkAxis)
	}
	if from > 0 {
		line.put(from-1, corner, InkAxis)
	}
	taken := make([]bool, w)
	free := func(x, n int) bool {
		for at := max(x-1, 0); at < x+n+1 && at < w; at++ {
			if taken[at] {
				return false
			}
		}
		return x+n <= w
	}
	label := func(x int, sign, text string, ink Ink) {
		text = sign + text
		if !free(x, width(text)) {
			text = sign
		}
		if !free(x, width(text)) {
			return
		}
		line.put(from+x, text, ink)
		for at := range width(text) {
			taken[x+at] = true
		}
	}
	for _, m := range p.Marks {
		if x, ok := p.cell(m.At, w); ok {
			label(x, mark, m.Label, InkMark)
		}
	}
	step := p.step(w)
	for i := range w {
		at := (math.Ceil(p.From/step) + float64(i)) * step
		if x, ok := p.cell(at, w); ok {
			sign := tick
			if x == 0 {
				sign = "" // the corner marks it
			}
			label(x, sign, p.moment(at, step), InkAxis)
		}
	}
}

// step returns a round distance in seconds between labels, which then are at
// least twelve cells apart.
func (p Plot) step(w int) float64 {
	const apart = 12
	least := (p.To - p.From) * apart / float64(max(w, 1))
	steps := []float64{0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600}
	for _, s := range steps {
		if s >= least {
			return s
		}
	}
	hour := steps[len(steps)-1]
	return math.Ceil(least/hour) * hour
}

// moment returns the label of a time.
func (p Plot) moment(at, step float64) string {
	n := int(math.Round(at))
	switch {
	case step < 1:
		return fmt.Sprintf("%.1f s", at)
	case p.To < 120:
		return fmt.Sprintf("%d s", n)
	case p.To < 3600:
		return fmt.Sprintf("%d:%02d", n/60, n%60)
	default:
		return fmt.Sprintf("%d:%02d:%02d", n/3600, n/60%60, n%60)
	}
}
