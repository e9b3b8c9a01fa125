package html

import (
	"math"
	"strconv"
	"strings"
)

// lines is a chart of values over time. Its paths are drawn in a box of
// boxSize by boxSize units that is stretched over the chart.
type lines struct {
	Caption string
	Text    string // the chart in words
	Lines   []curve
	X, Y    []tick
	Marks   []mark
	Columns []stretch
}

const boxSize = 1000

// curve is one of the values. Its class says how it is drawn.
type curve struct{ Name, Class, Path string }

// mark is a moment or a stretch of time, numbered as in the table of events.
// Number is empty, and only in the list below the chart, if there is no room for
// it at height Y.
type mark struct {
	At, Width, Number, Text string
	Y                       int
	share                   float64
}

// legibleMarks puts the numbers of marks in two rows above the chart, so that
// none touches another.
func legibleMarks(marks []mark) {
	rows := []struct {
		y   int
		end float64
	}{{y: -4, end: -1}, {y: -17, end: -1}}
	for i := range marks {
		m := &marks[i]
		number, half := m.Number, float64(len(m.Number)*letter+letter)/nextToLabels/2
		m.Number = ""
		for r := range rows {
			if row := &rows[r]; m.Number == "" && m.share-half >= row.end {
				m.Number, m.Y, row.end = number, row.y, m.share+half
			}
		}
	}
}

// stretch is a window of time, with its values in words.
type stretch struct{ X, Width, Text string }

// path returns the path through values, which are shares of the height, at the
// middle of columns of the same width. A negative value is unknown and a gap.
func path(values []float64) string {
	var b strings.Builder
	command := "M"
	for i, v := range values {
		if v < 0 {
			command = "M"
			continue
		}
		x, y := (float64(i)+0.5)/float64(len(values)), 1-min(v, 1)
		b.WriteString(command)
		b.WriteString(strconv.FormatFloat(x*boxSize, 'f', 1, 64))
		b.WriteByte(' ')
		b.WriteString(strconv.FormatFloat(y*boxSize, 'f', 1, 64))
		if command == "M" {
			b.WriteString("h0") // a point between two gaps is a dot
		}
		command = "L"
	}
	return b.String()
}

// scale is a linear axis from zero.
type scale struct{ high, step float64 }

// mostScale is beyond every rate and every duration in seconds that is real, and
// small enough to calculate with.
const mostScale = 1e18

// newScale returns a scale of at most six steps, each 1, 2 or 5 of a decade.
func newScale(most float64) scale {
	most = min(most, mostScale)
	if !(most > 1e-9) {
		return scale{1, 1}
	}
	for step := math.Pow10(int(math.Floor(math.Log10(most / 6)))); ; step *= 10 {
		for _, n := range []float64{1, 2, 5} {
			if steps := math.Ceil(most / (n * step)); steps <= 6 {
				return scale{steps * n * step, n * step}
			}
		}
	}
}

// ticks returns the steps of the scale. at says where a share of it is.
func (s scale) ticks(at, format func(float64) string) []tick {
	var all []tick
	for i := range int(s.high/s.step*1.001) + 1 {
		v := float64(i) * s.step
		all = append(all, tick{At: at(v / s.high), Text: format(v), share: v / s.high})
	}
	return all
}
