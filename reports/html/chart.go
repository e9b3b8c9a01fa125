package html

import (
	"fmt"
	"math"
	"strconv"
)

// Positions in a chart are percentages of its width or height, so that it fits
// every window while its text keeps its size.

// axis is a logarithmic axis. Start with newAxis.
type axis struct{ low, high float64 } // powers of ten

// newAxis returns an axis on which every positive value has a place.
func newAxis(values []float64) axis {
	a := axis{math.Inf(1), math.Inf(-1)}
	for _, v := range values {
		if v > 0 {
			a.low = min(a.low, math.Log10(v))
			a.high = max(a.high, math.Log10(v))
		}
	}
	if a.low > a.high {
		return axis{0, 1}
	}
	margin := max(0.05*(a.high-a.low), 0.05)
	return axis{a.low - margin, a.high + margin}
}

// at returns the place of v, which is positive.
func (a axis) at(v float64) string { return percent(a.share(v)) }

// share returns how far along the axis v is, which is positive.
func (a axis) share(v float64) float64 { return (math.Log10(v) - a.low) / (a.high - a.low) }

// ticks returns round values of the axis: 1, 2 and 5 of each decade, or whole
// decades if there are many. at says where a share of the axis is.
func (a axis) ticks(at, format func(float64) string) []tick {
	const most = 6 // as many labels as fit next to each other on a phone
	steps := []float64{1, 2, 5}
	if a.high-a.low > 2 {
		steps = steps[:1]
	}
	every := int(math.Ceil((a.high - a.low) / most))
	var all []tick
	for decade := int(math.Floor(a.low)); decade <= int(math.Floor(a.high)); decade++ {
		if decade%every != 0 {
			continue
		}
		for _, step := range steps {
			v := step * math.Pow10(decade)
			if e := math.Log10(v); a.low <= e && e <= a.high {
				all = append(all, tick{At: at(a.share(v)), Text: format(v), share: a.share(v)})
			}
		}
	}
	return all
}

// percent formats a share of 1.
func percent(share float64) string {
	return strconv.FormatFloat(100*share, 'f', 2, 64) + "%"
}

// upward is percent on an axis that begins at the bottom.
func upward(share float64) string { return percent(1 - share) }

// tick is a place on an axis, labelled if it has a text.
type tick struct {
	At, Text string
	share    float64
}

// How wide the narrowest charts are: on a phone, and there or elsewhere next to
// labels. A letter is about the average one of a label. In pixels.
const (
	onPhone      = 280
	nextToLabels = 208
	letter       = 7
)

// legible returns ticks of a horizontal axis without the labels that would touch
// the one before, on a chart of a width.
func legible(width float64, ticks []tick) []tick {
	end := math.Inf(-1)
	for i := range ticks {
		t := &ticks[i]
		half := float64(len([]rune(t.Text))*letter) / width / 2
		if t.share-half < end {
			t.Text = ""
			continue
		}
		end = t.share + half
	}
	return ticks
}

// dots is a chart with a row for each thing that is compared: points on a
// common axis, on a line from the first to the last.
type dots struct {
	Caption   string
	Ticks     []tick
	Reference string // the place of a line to compare with; empty for none
	Rows      []dotRow
}

type dotRow struct {
	Label  string
	Text   string // the row in words
	Points []tick
	Main   int // the index of the point to look at first
}

// From and To are the ends of the line.
func (r dotRow) From() string { return r.Points[0].At }
func (r dotRow) To() string   { return r.Points[len(r.Points)-1].At }

// bars is a chart with one bar next to the other, all of the same width.
type bars struct {
	Caption string
	Text    string // the chart in words
	Top     string // what the whole height stands for
	Bars    []bar
	Ticks   []tick
}

type bar struct{ X, Y, Width, Height, Text string }

// value is the height of a bar, what it stands for, and what it is called on
// the axis.
type value struct {
	height float64
	text   string
	name   string
}

// newBars returns a chart of values, of which some are named below it.
func newBars(caption, text string, values []value, top func(float64) string) bars {
	const names = 5 // as many as fit next to each other on a phone
	most := 0.0
	for _, v := range values {
		most = max(most, v.height)
	}
	b := bars{Caption: caption, Text: text, Top: top(most)}
	width := 1 / float64(len(values))
	every := (len(values) + names - 1) / names
	for i, v := range values {
		left := float64(i) * width
		share := 0.0
		if most > 0 {
			share = max(v.height/most, 0)
		}
		b.Bars = append(b.Bars, bar{
			X: percent(left), Y: percent(1 - share), Width: percent(width * 0.9), Height: percent(share),
			Text: fmt.Sprintf("%s: %s", v.name, v.text),
		})
		if i%every == every/2 {
			b.Ticks = append(b.Ticks, tick{At: percent(left + width/2), Text: v.name, share: left + width/2})
		}
	}
	b.Ticks = legible(onPhone, b.Ticks)
	return b
}
