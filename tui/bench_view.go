package tui

import (
	"fmt"
	"maps"
	"slices"

	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/tui/chart"
)

// view draws the screen as h lines of w cells.
func (b *bench) view(f *frame, w, h int) []string {
	switch {
	case len(b.series) == 0:
		return f.theme.box(pane{title: "bench", lines: b.welcome(f, w-4), focus: true}, w, h)
	case f.lay == layoutNarrow && f.zoom:
		return b.viewChart(f, w, h)
	case f.lay == layoutNarrow:
		top := min(len(b.series)+3, h/2)
		return append(b.viewTable(f, w, top), b.viewFigures(f, w, h-top)...)
	case f.zoom:
		return append(b.viewChart(f, w, h/2), b.viewTails(f, w, h-h/2)...)
	case f.lay == layoutWide:
		left := w * 55 / 100
		top := min(len(b.series)+3, h/3)
		figures := append(b.viewTable(f, left, top), b.viewFigures(f, left, h-top)...)
		third := h / 3
		charts := append(b.viewChart(f, w-left, third), b.viewTails(f, w-left, third)...)
		return beside(figures, append(charts, b.viewHistogram(f, w-left, h-2*third)...))
	default:
		top := min(len(b.series)+3, max(h*2/5, 5))
		middle := max((h-top)*2/5, 4)
		rest := h - top - middle
		left := w / 2
		lower := beside(b.viewFigures(f, left, rest), b.viewHistogram(f, w-left, rest))
		return slices.Concat(b.viewTable(f, w, top), b.viewChart(f, w, middle), lower)
	}
}

func (b *bench) welcome(f *frame, w int) []string {
	d := &detailWriter{t: f.theme, w: w}
	d.blank()
	if f.live {
		d.text(f.theme.accent,
			"Waiting for the first figures. The first seconds warm up and are not measured.")
	} else {
		d.text("", "Nothing has been measured yet.")
		d.blank()
		d.keys("space",
			"measures how fast "+reports.Escape(f.implementation)+" verifies, as a ratio to the bare signature check")
		d.keys("i", "chooses the implementation")
		d.blank()
		d.text(f.theme.muted,
			"A separate process does the measuring, so that drawing this screen does not affect the figures.")
	}
	return indent(d.lines)
}

// indent moves lines one cell away from the border.
func indent(lines []string) []string {
	for i, line := range lines {
		lines[i] = " " + line
	}
	return lines
}

// benchColumn is one column of figures in the table.
type benchColumn struct {
	head  string
	width int
	cell  func(*reports.Sample) string
}

// benchColumns returns the columns that fit into w cells, the most important
// ones first.
func benchColumns(w int) []benchColumn {
	quantile := func(pick func(*reports.Quantiles) int64) func(*reports.Sample) string {
		return func(s *reports.Sample) string {
			if q := quantiles(s); q != nil {
				return reports.FormatNanos(pick(q))
			}
			return "–"
		}
	}
	all := []benchColumn{
		{"rate", 12, func(s *reports.Sample) string { return reports.FormatRate(s.RatePerSecond) }},
		{"ratio", 8, func(s *reports.Sample) string {
			if s.Ratio == nil {
				return "–"
			}
			return reports.FormatRatio(s.Ratio.Estimate)
		}},
		{"p50", 10, quantile(func(q *reports.Quantiles) int64 { return q.P50NS })},
		{"p99", 10, quantile(func(q *reports.Quantiles) int64 { return q.P99NS })},
		{"allocs", 8, func(s *reports.Sample) string {
			if !s.Final {
				return "–"
			}
			return fmt.Sprintf("%.3g", s.AllocsPerOp)
		}},
	}
	for i, c := range all {
		if w -= c.width; w < 0 {
			return all[:i]
		}
	}
	return all
}

func (b *bench) viewTable(f *frame, w, h int) []string {
	const mark, nameMin = 5, 14 // the cursor, the state and a trailing space
	columns := benchColumns(w - paneEdge - mark - nameMin)
	nameWidth := w - paneEdge - mark
	for _, c := range columns {
		nameWidth -= c.width
	}
	head := spaces(mark - 1 + nameWidth)
	for _, c := range columns {
		head += spaces(c.width-ansi.StringWidth(c.head)) + c.head
	}
	p := pane{
		title: "series", focus: true, note: b.tableNote(f), lines: []string{f.theme.muted.s(head)},
	}
	b.list = max(h-paneHead-1, 1)
	b.offset = follow(b.offset, b.cursor, len(b.series), b.list)
	for i := b.offset; i < min(b.offset+b.list, len(b.series)); i++ {
		s := b.series[i]
		spans := []span{
			f.sampleState(s.latest),
			{fitLine(cut(reports.Escape(s.name), nameWidth), nameWidth), ""},
		}
		for _, c := range columns {
			cell := c.cell(s.latest)
			spans = append(spans, span{spaces(c.width-ansi.StringWidth(cell)) + cell, ""})
		}
		p.lines = append(p.lines, f.theme.selectable(spans, i == b.cursor, true, w-paneEdge))
	}
	p.offset, p.total = b.offset, len(b.series)
	return f.theme.box(p, w, h)
}

// sampleState returns the mark of a series: still being measured, done, or
// invalid.
func (f *frame) sampleState(s *reports.Sample) span {
	switch {
	case len(s.Invalid) > 0:
		return span{"! ", f.theme.warn}
	case s.Final:
		return span{"✓ ", f.theme.pass}
	default:
		return span{"○ ", f.theme.accent}
	}
}

func (b *bench) tableNote(f *frame) string {
	switch {
	case b.footer != nil && len(b.footer.Invalid) > 0:
		return f.theme.warn.s("NOT VALID")
	case b.progress != nil && f.live:
		return fmt.Sprintf("%d of %d done", b.progress.Done, b.progress.Total)
	default:
		return ""
	}
}

func (b *bench) viewChart(f *frame, w, h int) []string {
	s := b.selected()
	p := pane{title: "rate: " + reports.Escape(s.name)}
	rate := reports.FormatRate(s.latest.RatePerSecond)
	p.note = "overall " + rate
	if !s.latest.Final {
		p.note = fmt.Sprintf("now %s · mean %s", rate, reports.FormatRate(s.sum/float64(s.count)))
	}
	p.lines = area(f, s.rates, w-paneEdge, h-paneHead, reports.FormatRate, f.theme.chart)
	return f.theme.box(p, w, h)
}

func (b *bench) viewTails(f *frame, w, h int) []string {
	s := b.selected()
	p := pane{title: "p99: " + reports.Escape(s.name)}
	p.lines = area(f, s.tails, w-paneEdge, h-paneHead,
		func(v float64) string { return reports.FormatNanos(int64(v)) }, f.theme.chartSide)
	return f.theme.box(p, w, h)
}

// area draws values over an axis that starts at zero and has a label at its
// end.
func area(f *frame, values []float64, w, h int, name func(float64) string, st style) []string {
	const axis = 11
	highest := 0.0
	for _, v := range values {
		if v > highest { // false for NaN
			highest = v
		}
	}
	top := chart.Ceil(highest)
	lines := chart.Area(values, w-axis-2, h, top, f.symbols)
	for i, line := range lines {
		label := ""
		switch i {
		case 0:
			label = name(top)
		case len(lines) - 1:
			label = "0"
		}
		label = cut(label, axis)
		lines[i] = f.theme.muted.s(spaces(axis-ansi.StringWidth(label))+label) + " " + st.s(line)
	}
	return lines
}

func (b *bench) viewHistogram(f *frame, w, h int) []string {
	s := b.selected()
	p := pane{title: "histogram"}
	buckets := reports.MergeBuckets(s.latest.Histogram, h-paneHead)
	if len(buckets) == 0 {
		text := "nothing measured yet"
		if s.latest.Final {
			text = "not measured for this series"
		}
		p.lines = []string{"", " " + f.theme.muted.s(text)}
		return f.theme.box(p, w, h)
	}
	var total, most uint64
	for _, x := range buckets {
		total += x.Count
		most = max(most, x.Count)
	}
	const label, share = 9, 8
	for _, x := range buckets {
		up := reports.FormatNanos(x.UpToNS)
		part := reports.FormatShare(x.Count, total)
		bar := chart.Bar(float64(x.Count)/float64(most), w-paneEdge-label-share-2, f.symbols)
		p.lines = append(p.lines,
			spaces(label-ansi.StringWidth(up))+up+" "+f.theme.chart.s(bar)+
				spaces(share-ansi.StringWidth(part))+part)
	}
	return f.theme.box(p, w, h)
}

// viewFigures lists the figures of the selected series.
func (b *bench) viewFigures(f *frame, w, h int) []string {
	s := b.selected().latest
	p := pane{title: "figures: " + reports.Escape(s.Series)}
	add := func(label, value, note string, st style) {
		line := " " + f.theme.muted.s(label) + spaces(10-ansi.StringWidth(label)) + st.s(value)
		if note != "" {
			line += "  " + f.theme.muted.s(note)
		}
		p.lines = append(p.lines, line)
	}
	for _, why := range s.Invalid {
		add("NOT VALID", reports.Escape(why), "", f.theme.warn)
	}
	if s.Ratio != nil {
		add("ratio", reports.FormatRatio(s.Ratio.Estimate), "of "+reports.Escape(s.Baseline),
			f.theme.title)
		add("95 %",
			reports.FormatRatio(s.Ratio.Low)+" to "+reports.FormatRatio(s.Ratio.High), "", "")
	}
	if s.OfferedPerSecond > 0 {
		add("offered", reports.FormatRate(s.OfferedPerSecond),
			"achieved "+reports.FormatRate(s.RatePerSecond), "")
	}
	if q := quantiles(s); q != nil {
		for _, x := range []struct {
			label string
			ns    int64
		}{{"p50", q.P50NS}, {"p90", q.P90NS}, {"p99", q.P99NS}, {
			"p99.9", q.P999NS,
		}, {"max", q.MaxNS}} {
			add(x.label, reports.FormatNanos(x.ns), "", "")
		}
	}
	if s.Final {
		add("allocs", fmt.Sprintf("%.3g per operation", s.AllocsPerOp),
			fmt.Sprintf("%.4g B", s.BytesPerOp), "")
	}
	for _, v := range slices.Sorted(maps.Keys(s.Verdicts)) {
		add("verdict", reports.Escape(v), reports.FormatCount(s.Verdicts[v]), "")
	}
	if s.Wrong > 0 {
		add("WRONG", reports.FormatCount(s.Wrong)+" verdicts", "", f.theme.fail)
	}
	if s.Failed > 0 {
		add("NO", reports.FormatCount(s.Failed)+" verdicts", "", f.theme.fail)
	}
	p.lines = append(p.lines, b.thresholds(f)...)
	return f.theme.box(p, w, h)
}

func (b *bench) thresholds(f *frame) []string {
	if b.footer == nil {
		return nil
	}
	var lines []string
	for _, why := range b.footer.Invalid {
		lines = append(lines, " "+f.theme.warn.s("! NOT VALID ")+reports.Escape(why))
	}
	for _, t := range b.footer.Thresholds {
		glyph, st := "✓", f.theme.pass
		switch t.Verdict {
		case reports.VerdictMissed:
			glyph, st = "✗", f.theme.fail
		case reports.VerdictUndecided:
			glyph, st = "!", f.theme.warn
		}
		lines = append(lines,
			" "+st.s(glyph+" "+reports.Escape(t.Verdict))+" "+reports.Escape(t.Expression)+"  "+f.theme.muted.s("got "+reports.Escape(t.Got)))
	}
	return lines
}

// hints returns the hints for the last row.
func (b *bench) hints(mine bool) []hint {
	h := []hint{{actBench, "measure"}}
	if mine {
		h[0].does = "stop"
	}
	if len(b.series) > 0 {
		h = append(h, hint{actDown, "other series"}, hint{actZoom, "zoom"})
	}
	return append(h, hint{actImplementation, "implementation"})
}

// status returns the status of the benchmark for the tab row, in full if it
// fits into room cells.
func (b *bench) status(f *frame, room int) string {
	switch {
	case b.footer != nil:
		st, text := f.theme.pass, b.summary.Line()
		if !b.summary.Green() {
			st = f.theme.fail
		}
		if ansi.StringWidth(text) > room {
			text = b.inShort()
		}
		return st.s(text)
	case len(b.series) > 0 && !f.live:
		return f.theme.warn.s("stopped early")
	case f.live:
		return f.theme.accent.s("measuring")
	default:
		return f.theme.muted.s("not measured yet")
	}
}

// inShort describes in a few words how the benchmark ended.
func (b *bench) inShort() string {
	missed := 0
	for _, t := range b.footer.Thresholds {
		if t.Verdict != reports.VerdictMet {
			missed++
		}
	}
	switch {
	case b.summary.Green():
		return "✓ done"
	case b.footer.Interrupted:
		return "interrupted"
	case b.footer.Aborted != nil:
		return "✗ aborted"
	case missed > 0:
		return "✗ " + reports.FormatNoun(missed, "threshold") + " not met"
	default:
		return "✗ NOT VALID"
	}
}
