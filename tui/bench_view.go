package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

// view draws the screen as h lines of w cells.
func (b *bench) view(f *frame, w, h int) []string {
	if len(b.series) == 0 {
		return b.welcome(f, w, h)
	}
	var lines []string
	if b.running() {
		lines = append(lines, b.progressLine(f, w))
	}
	lines = append(lines, b.notValid(f, w, max(h/10, 2))...)
	h -= len(lines)
	s := b.selected()
	name := reports.Escape(s.name)
	switch {
	case f.zoom:
		top := h / 2
		lines = append(lines, b.viewTimes(f, s, "time: "+name, w, h-top)...)
		return append(lines, b.viewRates(f, s, "rate: "+name, w, top)...)
	case f.lay == layoutNarrow:
		top := min(len(b.series)+paneHead+1, h/2)
		lines = append(lines, b.viewTable(f, w, top)...)
		return append(lines, b.viewFigures(f, w, h-top)...)
	case f.lay == layoutStacked:
		// The table does not scroll while there is room for a chart below.
		top := max(min(len(b.series)+paneHead+1, h-7), 5)
		left := w / 2
		lines = append(lines, b.viewTable(f, w, top)...)
		return append(lines, beside(
			b.viewTimes(f, s, "time: "+name, left, h-top),
			viewHistogram(f, s.latest, w-left, h-top))...)
	}
	left := w * 55 / 100
	top := min(len(b.series)+paneHead+1, h-8)
	low := h - top
	figures := append(b.viewTable(f, left, top), b.viewFigures(f, left, low)...)
	third := h / 3
	charts := append(b.viewTimes(f, s, "time: "+name, w-left, third), b.viewRates(f, s, "rate: "+name, w-left, third)...)
	return append(lines, beside(figures, append(charts, viewHistogram(f, s.latest, w-left, h-2*third)...))...)
}

// welcome says what would be measured, or that it begins.
func (b *bench) welcome(f *frame, w, h int) []string {
	if b.running() {
		return b.warmingUp(f, "bench", "The first moments of each series warm up and are not measured.", w, h)
	}
	d := &detailWriter{t: f.theme, w: w - paneEdge - 2}
	d.blank()
	d.text("", "Measures how fast builtin verifies, as a ratio to the bare signature check of the standard library. "+
		"A separate process does it, so that drawing this screen does not affect the figures.")
	d.blank()
	d.keys("space", "measures with these options")
	d.keys("enter", "changes them: series, duration, workers, sweeps, thresholds …")
	d.keys("b", "shows an earlier benchmark")
	d.blank()
	options(d, b.form)
	switch {
	case b.wrong != nil:
		d.text(f.theme.fail, reports.Escape(b.wrong.Error()))
	case b.takes > 0:
		d.text("", "takes about "+clock(b.takes.Seconds())+" on a machine that does nothing else")
	}
	d.blank()
	d.text(f.theme.muted, "Only builtin can run inside the measuring process. To compare other "+
		"implementations with it: assay bench compare builtin plain")
	return f.theme.box(pane{title: "bench", lines: indent(d.lines), focus: true}, w, h)
}

// options lists the options that are set.
func options(d *detailWriter, x *form) {
	list := x.changed()
	if len(list) == 0 {
		d.text(d.t.muted, "options: the usual ones")
		return
	}
	d.text(d.t.title, "options")
	for _, o := range list {
		d.hang(2, "  ", "", o)
	}
}

// benchColumn is one column of figures in the table.
type benchColumn struct {
	head  string
	width int
	cell  func(*reports.Sample) string
}

// columns returns the columns that fit into w cells, the most important ones
// first.
func (b *bench) columns(w int) []benchColumn {
	quantile := func(pick func(*reports.Quantiles) int64) func(*reports.Sample) string {
		return func(s *reports.Sample) string {
			if q := s.Times(); q != nil {
				return reports.FormatNanos(pick(q))
			}
			return "–"
		}
	}
	all := []benchColumn{
		{"rate", 11, func(s *reports.Sample) string { return reports.FormatRate(s.RatePerSecond) }},
		{"ratio", 7, func(s *reports.Sample) string {
			if s.Ratio == nil {
				return "–"
			}
			return reports.FormatRatio(s.Ratio.Estimate)
		}},
	}
	for _, other := range []struct {
		head string
		with *measurement
	}{{"base", b.base}, {"last", b.last}} {
		if other.with != nil {
			all = append(all, benchColumn{other.head, 9, func(s *reports.Sample) string { return against(s, other.with) }})
		}
	}
	all = append(all,
		benchColumn{"p50", 9, quantile(func(q *reports.Quantiles) int64 { return q.P50NS })},
		benchColumn{"p99", 9, quantile(func(q *reports.Quantiles) int64 { return q.P99NS })},
		benchColumn{"allocs", 7, func(s *reports.Sample) string {
			if !s.Final {
				return "–"
			}
			return fmt.Sprintf("%.3g", s.AllocsPerOp)
		}})
	for i, c := range all {
		if w -= c.width; w < 0 {
			return all[:i]
		}
	}
	return all
}

// against returns how much worse a series is than in another benchmark: by its
// ratio, or by its median if it has none.
func against(s *reports.Sample, with *measurement) string {
	other := with.of(s.Series)
	if other == nil {
		return "–"
	}
	text := ""
	switch now, before := s.Times(), other.latest.Times(); {
	case s.Ratio != nil && other.latest.Ratio != nil:
		text = percent(s.Ratio.Estimate, other.latest.Ratio.Estimate)
	case s.Final && now != nil && before != nil:
		text = percent(float64(now.P50NS), float64(before.P50NS))
	}
	if text == "" {
		return "–"
	}
	return text
}

func (b *bench) viewTable(f *frame, w, h int) []string {
	const mark, nameMin = 5, 14 // the cursor, the state and a trailing space
	columns := b.columns(w - paneEdge - mark - nameMin)
	nameWidth := w - paneEdge - mark
	for _, c := range columns {
		nameWidth -= c.width
	}
	head := spaces(mark - 1 + nameWidth)
	for _, c := range columns {
		head += spaces(c.width-ansi.StringWidth(c.head)) + c.head
	}
	p := pane{title: "series", focus: true, lines: []string{f.theme.muted.s(head)}}
	b.list = max(h-paneHead-1, 1)
	b.offset = follow(b.offset, b.cursor, len(b.series), b.list)
	p.offset, p.total = b.offset, len(b.series)+1 // and the head
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
	return f.box(p, w, h, zone{click: b.click})
}

// click selects the series at a cell of the table.
func (b *bench) click(_ *app, _, y int) tea.Cmd {
	const head = paneHead + 1 // the titles of the columns
	if y >= head {
		b.choose(b.offset + y - head)
	}
	return nil
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

// viewFigures lists the figures of the selected series.
func (b *bench) viewFigures(f *frame, w, h int) []string {
	s := b.selected().latest
	p := pane{title: "figures: " + reports.Escape(s.Series)}
	add := func(label, value, note string, st style) {
		p.lines = append(p.lines, f.labelled(label, value, note, st))
	}
	if s.Ratio != nil {
		add("ratio", reports.FormatRatio(s.Ratio.Estimate), "of "+reports.Escape(s.Baseline), f.theme.title)
		add("95 %", reports.FormatRatio(s.Ratio.Low)+" to "+reports.FormatRatio(s.Ratio.High), "", "")
	}
	for _, other := range []struct {
		head string
		with *measurement
	}{{"baseline", b.base}, {"last run", b.last}} {
		if other.with != nil {
			add(other.head, against(s, other.with), "by the ratio, or by p50 without one", "")
		}
	}
	if q := s.Times(); q != nil {
		add("p50", reports.FormatNanos(q.P50NS), "p90 "+reports.FormatNanos(q.P90NS), "")
		add("p99", reports.FormatNanos(q.P99NS), "p99.9 "+reports.FormatNanos(q.P999NS)+"  max "+reports.FormatNanos(q.MaxNS), "")
	}
	if s.Final {
		add("allocs", fmt.Sprintf("%.3g per operation", s.AllocsPerOp), fmt.Sprintf("%.4g B", s.BytesPerOp), "")
	}
	for _, step := range s.Steps {
		add("step", reports.Escape(step.Step), fmt.Sprintf("%.1f %%", 100*step.Share), "")
	}
	p.lines = append(p.lines, verdictLines(f, s)...)
	p.lines = append(p.lines, b.thresholdLines(f)...)
	return f.theme.box(p, w, h)
}
