package chart

import "fmt"

// Bucket counts the values up to a bound and above the bound before.
type Bucket struct {
	UpTo  float64
	Count uint64
}

// Histogram is a chart of counts. Bounds that grow by a factor give it a
// logarithmic axis, which runs from top to bottom.
type Histogram struct {
	Buckets []Bucket
	Marks   []Mark // values to point at, such as percentiles

	// Name returns the label of a bound.
	Name func(float64) string

	Symbols Symbols
}

// Draw returns the histogram as h lines of w cells, one per bucket: its bound,
// the marks in it, a bar, and its share. It returns nil if w or h is below 1.
// Buckets beyond h are left out.
func (g Histogram) Draw(w, h int) []Line {
	if w < 1 || h < 1 {
		return nil
	}
	lines := blank(w, h)
	names, marks := 0, 0
	var total, most uint64
	for _, b := range g.Buckets {
		names = max(names, width(g.Name(b.UpTo)))
		total += b.Count
		most = max(most, b.Count)
	}
	rows := make([]string, len(g.Buckets))
	for _, m := range g.Marks {
		for i, b := range g.Buckets {
			if m.At <= b.UpTo || i == len(g.Buckets)-1 {
				if rows[i] != "" {
					rows[i] += " "
				}
				rows[i] += m.Label
				marks = max(marks, width(rows[i])+1)
				break
			}
		}
	}
	const share = 7 // "100.0 %"
	bars := w - names - 1 - marks - share - 1
	for i, b := range g.Buckets[:min(h, len(g.Buckets))] {
		name := g.Name(b.UpTo)
		lines[i].put(names-width(name), name, InkAxis)
		lines[i].put(names+1, rows[i], InkMark)
		if bars < 1 || most == 0 {
			continue
		}
		lines[i].put(names+1+marks, Bar(float64(b.Count)/float64(most), bars, g.Symbols), InkSeries)
		lines[i].put(w-share, fmt.Sprintf("%5.1f %%", 100*float64(b.Count)/float64(total)), InkNone)
	}
	return lines
}
