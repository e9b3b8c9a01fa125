package chart

import "math"

// Point is a value at a time in seconds. NaN is a gap: the points before and
// after it are not connected.
type Point struct{ At, Value float64 }

// Series is one line of a [Plot].
type Series struct {
	// Name is written next to the end of the line. Empty writes nothing.
	Name string

	// Points are in the order of their times.
	Points []Point

	// Fill fills the area below the line.
	Fill bool
}

// Mark is an event on the time axis, or a value on that of a [Histogram].
type Mark struct {
	At    float64
	Label string
}

// Plot is a line chart with a time axis and a value axis.
type Plot struct {
	// Series are drawn in their order, later ones over earlier ones.
	Series []Series
	Marks  []Mark

	// From and To are the ends of the time axis in seconds. Points outside are
	// left out.
	From, To float64

	// Name returns the label of a value.
	Name func(float64) string

	// Labels and Names are the least widths of the labels of values and of the
	// names of series, so that the time axes of several plots are in line.
	Labels, Names int

	// Log makes the value axis logarithmic. It then begins below the smallest
	// value above zero, and otherwise at zero.
	Log bool

	Symbols Symbols
}

// The least room of a plot without its axes, and with the names of series.
const (
	leastPlot  = 8
	leastNamed = 24
)

// Draw returns the plot as h lines of w cells, or nil if w or h is below 1. The
// axes are left out if there is no room for them.
func (p Plot) Draw(w, h int) []Line {
	if w < 1 || h < 1 {
		return nil
	}
	lines := blank(w, h)
	rows := h
	if h >= 3 {
		rows--
	}
	s := p.scale(rows)
	left := p.labels(lines[:rows], s)
	right := p.Names
	for _, x := range p.Series {
		right = max(right, width(x.Name))
	}
	if right++; right == 1 || w-left-right < leastNamed {
		right = 0
	}
	area := make([]Line, rows)
	for y := range area {
		area[y] = lines[y][left : w-right]
	}
	if rows < h {
		p.timeAxis(lines[rows], left, w-right)
	}
	p.lines(area, s)
	if right > 0 {
		p.names(lines[:rows], s, w-right+1)
	}
	return lines
}

// labels writes the value axis on the left side and returns how many cells it
// takes, 0 if there is no room.
func (p Plot) labels(lines []Line, s scale) (left int) {
	ticks := s.ticks(len(lines))
	left = p.Labels
	for _, v := range ticks {
		left = max(left, width(p.Name(v)))
	}
	left += 2
	if len(lines[0])-left < leastPlot {
		return 0
	}
	bar, tick := "│", "┤"
	if p.Symbols == ASCII {
		bar, tick = "|", "+"
	}
	for _, line := range lines {
		line.put(left-1, bar, InkAxis)
	}
	for _, v := range ticks {
		row := s.row(v, len(lines))
		name := p.Name(v)
		lines[row].put(left-2-width(name), name+" "+tick, InkAxis)
	}
	return left
}

// names writes the name of each series at x in the row of its last point, or
// the nearest free row.
func (p Plot) names(lines []Line, s scale, x int) {
	taken := make([]bool, len(lines))
	for i := len(p.Series) - 1; i >= 0; i-- {
		last := math.NaN()
		for _, point := range p.Series[i].Points {
			if p.within(point) {
				last = point.Value
			}
		}
		if math.IsNaN(last) || p.Series[i].Name == "" {
			continue
		}
		want, row := s.row(last, len(lines)), -1
		for at := range lines {
			if !taken[at] && (row < 0 || abs(at-want) < abs(row-want)) {
				row = at
			}
		}
		if row >= 0 {
			taken[row] = true
			lines[row].put(x, p.Series[i].Name, InkSeries+Ink(i))
		}
	}
}

func abs(n int) int { return max(n, -n) }

// within reports whether a point can be drawn.
func (p Plot) within(x Point) bool {
	return x.At >= p.From && x.At <= p.To && !math.IsNaN(x.Value)
}

// lines draws the series and the marks in area.
func (p Plot) lines(area []Line, s scale) {
	c := newCanvas(len(area[0]), len(area), p.Symbols)
	for i, x := range p.Series {
		c.begin(InkSeries+Ink(i), x.Fill)
		var before Point
		connected := false
		for _, point := range x.Points {
			if !p.within(point) {
				connected = false
				continue
			}
			if !connected {
				before = point
			}
			c.line(c.column(before.At, p.From, p.To), s.dot(before.Value, c.height),
				c.column(point.At, p.From, p.To), s.dot(point.Value, c.height))
			before, connected = point, true
		}
		c.end()
	}
	c.draw(area)
	bar := '┊'
	if p.Symbols == ASCII {
		bar = ':'
	}
	for _, m := range p.Marks {
		x, ok := p.cell(m.At, len(area[0]))
		for _, line := range area {
			if ok && line[x].Rune == ' ' {
				line[x] = Cell{bar, InkMark}
			}
		}
	}
}

// cell returns the cell of a time on an axis of w cells.
func (p Plot) cell(at float64, w int) (x int, ok bool) {
	share := (at - p.From) / (p.To - p.From)
	if !(share >= 0 && share <= 1) { // or NaN
		return 0, false
	}
	return int(math.Round(share * float64(w-1))), true
}

// scale maps values to rows of dots. low and top are logarithms if log is set.
type scale struct {
	low, top float64
	log      bool
}

// scale returns the scale that shows every value of p.
func (p Plot) scale(rows int) scale {
	least, most := math.Inf(1), 0.0
	for _, x := range p.Series {
		for _, point := range x.Points {
			if p.within(point) && point.Value > 0 && !math.IsInf(point.Value, 1) {
				least, most = min(least, point.Value), max(most, point.Value)
			}
		}
	}
	if !p.Log || most == 0 {
		return scale{top: Ceil(most)}
	}
	low, top := floor125(least), ceil125(most)
	if low == top {
		low = floor125(low * 0.99)
	}
	return scale{low: math.Log10(low), top: math.Log10(top), log: true}
}

// share returns where v is between low, 0, and top, 1.
func (s scale) share(v float64) float64 {
	if s.log {
		v = math.Log10(v)
	}
	return min(max((v-s.low)/(s.top-s.low), 0), 1)
}

// dot returns the dot of v on an axis of n dots, counted from the bottom.
func (s scale) dot(v float64, n int) int {
	share := s.share(v)
	if math.IsNaN(share) { // a logarithm of less than zero
		share = 0
	}
	return int(math.Round(share * float64(n-1)))
}

// row returns the row of v, counted from the top.
func (s scale) row(v float64, rows int) int {
	const each = 4
	return rows - 1 - s.dot(v, rows*each)/each
}

// ticks returns the values to label, at least two rows apart if possible, the
// most important ones first.
func (s scale) ticks(rows int) []float64 {
	var wanted []float64
	switch {
	case !s.log:
		wanted = []float64{s.top, 0, s.top / 2, s.top / 4, s.top * 3 / 4}
	default:
		wanted = []float64{math.Pow(10, s.top), math.Pow(10, s.low)}
		for _, step := range []float64{1, 2, 5} {
			for d := math.Floor(s.low); d <= s.top; d++ {
				v := step * math.Pow(10, d)
				if l := math.Log10(v); l > s.low && l < s.top {
					wanted = append(wanted, v)
				}
			}
		}
	}
	var ticks []float64
	for i, v := range wanted {
		apart := rows
		for _, other := range ticks {
			apart = min(apart, abs(s.row(v, rows)-s.row(other, rows)))
		}
		if i == 0 || apart >= 2 || i == 1 && apart == 1 {
			ticks = append(ticks, v)
		}
	}
	return ticks
}

// floor125 returns the largest number of the form 1, 2 or 5 times a power of
// ten that is not above v, which is above zero.
func floor125(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{10, 5, 2} {
		if step*unit <= v {
			return step * unit
		}
	}
	return unit
}

// ceil125 returns the smallest number of that form that is not below v.
func ceil125(v float64) float64 {
	low := floor125(v)
	switch lead := math.Round(low / math.Pow(10, math.Floor(math.Log10(low)))); {
	case low == v:
		return v
	case lead == 2:
		return low * 2.5
	default:
		return low * 2
	}
}
