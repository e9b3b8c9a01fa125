package tui

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/tui/chart"
)

// indent moves lines one cell away from the border.
func indent(lines []string) []string {
	for i, line := range lines {
		lines[i] = " " + line
	}
	return lines
}

// paint returns how a chart is coloured whose series have these styles.
func (t *theme) paint(series ...style) func(chart.Ink, string) string {
	return func(ink chart.Ink, text string) string {
		switch i := int(ink - chart.InkSeries); {
		case ink == chart.InkAxis:
			return t.muted.s(text)
		case ink == chart.InkMark:
			return t.title.s(text)
		case i < len(series):
			return series[i].s(text)
		}
		return text
	}
}

// draw colours the lines of a chart.
func draw(lines []chart.Line, paint func(chart.Ink, string) string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = line.Paint(paint)
	}
	return out
}

func nanos(v float64) string {
	if v == 0 {
		return "0"
	}
	return reports.FormatNanos(int64(v))
}

func perSecond(v float64) string {
	if v == 0 {
		return "0"
	}
	return reports.FormatRate(v)
}

// The widths of the labels of most values, and of the names of percentiles.
const (
	labelCells = 8
	nameCells  = 3
)

// viewRates draws the achieved rate of a series over time, and the offered one.
func (m *meter) viewRates(f *frame, s *series, title string, w, h int) []string {
	p := pane{title: title}
	achieved := s.history.line("", func(x *moment) float64 { return x.rate })
	achieved.Fill = true
	plot := chart.Plot{Series: []chart.Series{achieved}, Name: perSecond, Labels: labelCells, Names: nameCells, Symbols: f.symbols, Marks: m.marks()}
	styles := []style{f.theme.chart}
	p.note = reports.FormatRate(s.latest.RatePerSecond)
	if s.latest.OfferedPerSecond > 0 {
		plot.Series = append(plot.Series, s.history.line("", func(x *moment) float64 { return x.offered }))
		styles = append(styles, f.theme.chartSide)
		p.note = "offered " + f.theme.chartSide.s(reports.FormatRate(s.latest.OfferedPerSecond)) +
			" · achieved " + f.theme.chart.s(p.note)
	}
	plot.From, plot.To = m.window(&s.history)
	p.lines = draw(plot.Draw(w-paneEdge, h-paneHead), f.theme.paint(styles...))
	return f.theme.box(p, w, h)
}

// viewTimes draws percentiles of the time of an operation over time.
func (m *meter) viewTimes(f *frame, s *series, title string, w, h int) []string {
	p := pane{title: title}
	styles := []style{f.theme.muted, f.theme.chartSide, f.theme.chart}
	tail, pick := s.history.tail()
	plot := chart.Plot{Name: nanos, Labels: labelCells, Names: nameCells, Symbols: f.symbols, Log: true, Marks: m.marks(), Series: []chart.Series{
		s.history.line("max", func(x *moment) float64 { return x.longest }),
		s.history.line(tail, pick),
		s.history.line("p50", func(x *moment) float64 { return x.p50 }),
	}}
	if q := s.latest.Times(); q != nil {
		p50 := "p50 " + f.theme.chart.s(reports.FormatNanos(q.P50NS))
		p99 := p50 + " · p99 " + f.theme.chartSide.s(reports.FormatNanos(q.P99NS))
		p.note = longest(w-ansi.StringWidth(title)-4, p99+" · max "+reports.FormatNanos(q.MaxNS), p99, p50)
	}
	if len(s.history.moments) == 0 {
		p.lines = []string{"", " " + f.theme.muted.s("not measured over time")}
		return f.theme.box(p, w, h)
	}
	plot.From, plot.To = m.window(&s.history)
	p.lines = draw(plot.Draw(w-paneEdge, h-paneHead), f.theme.paint(styles...))
	return f.theme.box(p, w, h)
}

// longest returns the first text that fits into w cells, or nothing.
func longest(w int, texts ...string) string {
	for _, text := range texts {
		if ansi.StringWidth(text) <= w {
			return text
		}
	}
	return ""
}

// marks returns the events on the time axis that took place.
func (m *meter) marks() []chart.Mark {
	var marks []chart.Mark
	for _, e := range m.events() {
		if e.Failure == "" {
			marks = append(marks, chart.Mark{At: e.AtSeconds, Label: reports.Escape(e.Event)})
		}
	}
	return marks
}

// viewHistogram draws how the times of a series are distributed.
func viewHistogram(f *frame, s *reports.Sample, w, h int) []string {
	p := pane{title: "histogram"}
	buckets := rows(s.Histogram, h-paneHead)
	if len(buckets) == 0 {
		text := "nothing measured yet"
		if s.Final {
			text = "not measured for this series"
		}
		p.lines = []string{"", " " + f.theme.muted.s(text)}
		return f.theme.box(p, w, h)
	}
	g := chart.Histogram{Name: nanos, Symbols: f.symbols}
	for _, x := range buckets {
		g.Buckets = append(g.Buckets, chart.Bucket{UpTo: float64(x.UpToNS), Count: x.Count})
	}
	if q := s.Times(); q != nil && s.Final {
		for _, x := range []struct {
			name string
			ns   int64
		}{{"p50", q.P50NS}, {"p99", q.P99NS}} {
			if x.ns > 0 {
				g.Marks = append(g.Marks, chart.Mark{At: float64(x.ns), Label: x.name})
			}
		}
	}
	if !s.Final {
		p.note = f.theme.muted.s("so far")
	}
	p.lines = draw(g.Draw(w-paneEdge, h-paneHead), f.theme.paint(f.theme.chart))
	return f.theme.box(p, w, h)
}

// tailShare is the share of the operations at either end of a histogram that
// get one row if there are more buckets than rows: a single slow operation would
// otherwise push all others into one.
const tailShare = 0.002

// rows returns a histogram with at most n buckets.
func rows(all []reports.Bucket, n int) []reports.Bucket {
	whole := reports.MergeBuckets(all, max(len(all), 1))
	if len(whole) <= n || n < 5 {
		return reports.MergeBuckets(whole, n)
	}
	var total uint64
	for _, b := range whole {
		total += b.Count
	}
	few := uint64(tailShare * float64(total))
	join := func(sum, b reports.Bucket) reports.Bucket {
		return reports.Bucket{UpToNS: max(sum.UpToNS, b.UpToNS), Count: sum.Count + b.Count}
	}
	var first, last reports.Bucket
	for len(whole) > 1 && first.Count+whole[0].Count <= few {
		first, whole = join(first, whole[0]), whole[1:]
	}
	for end := len(whole) - 1; end > 0 && last.Count+whole[end].Count <= few; end-- {
		last, whole = join(last, whole[end]), whole[:end]
	}
	middle := reports.MergeBuckets(whole, n-2)
	if first.Count > 0 {
		middle = append([]reports.Bucket{first}, middle...)
	}
	if last.Count > 0 {
		middle = append(middle, last)
	}
	return middle
}

// warmingUp shows that a measurement begins, and what is not measured yet.
func (m *meter) warmingUp(f *frame, title, note string, w, h int) []string {
	d := &detailWriter{t: f.theme, w: w - paneEdge - 2}
	d.blank()
	d.add(m.progressLine(f, d.w))
	d.blank()
	d.text("", note)
	return f.theme.box(pane{title: title, lines: indent(d.lines), focus: true}, w, h)
}

// progressLine says how far the live measurement is: a bar, what it is doing, how
// long the rest takes, and what the screen itself costs.
func (m *meter) progressLine(f *frame, w int) string {
	right := ""
	if f.share >= 0 {
		right = f.theme.muted.s(fmt.Sprintf("ui %.1f %%", 100*f.share))
	}
	if m.paused {
		right = f.theme.warn.s("drawing is paused, p goes on") + "  " + right
	}
	p := m.progress
	if p == nil {
		return ends(" "+f.theme.accent.s("starting"), right+" ", w)
	}
	words := reports.Escape(p.Message)
	if p.Total > 0 {
		words = fmt.Sprintf("%s of %s  %s", reports.FormatCount(uint64(p.Done)), reports.FormatCount(uint64(p.Total)), words)
	}
	left := ""
	if p.LeftSeconds >= 1 {
		left = f.theme.title.s("about " + clock(p.LeftSeconds) + " left")
	}
	right = left + "  " + right
	const bar = 24
	n := min(bar, w/4)
	share := 0.0
	if p.Total > 0 {
		share = float64(p.Done) / float64(p.Total)
	}
	line := " " + f.theme.progress(share, n, f.symbols) + "  "
	room := w - ansi.StringWidth(line) - ansi.StringWidth(right) - 2
	return ends(line+cut(words, room), right+" ", w)
}

// clock returns seconds as a user reads them on a clock.
func clock(seconds float64) string {
	n := int(math.Ceil(seconds))
	if n < 120 {
		return fmt.Sprintf("%d s", n)
	}
	return fmt.Sprintf("%d:%02d", n/60, n%60)
}

// progress draws a share of n cells, and the rest as a track.
func (t *theme) progress(share float64, n int, symbols chart.Symbols) string {
	full := strings.TrimRight(chart.Bar(share, n, symbols), " ")
	return t.chart.s(full) + t.border.s(strings.Repeat("─", n-ansi.StringWidth(full)))
}

// notValid says once, in full sentences, why figures must not be used, in at most
// n lines of w cells.
func (m *meter) notValid(f *frame, w, n int) []string {
	reasons := m.invalid()
	if len(reasons) == 0 {
		return nil
	}
	text := "NOT VALID: " + reports.Escape(reasons[0])
	if more := len(reasons) - 1; more > 0 {
		text += "; and " + reports.FormatNoun(more, "reason") + " more"
	}
	var lines []string
	for i, line := range reports.Wrap(text, w-4) {
		if i == n {
			lines[n-1] = cut(lines[n-1]+spaces(w), w-1)
			break
		}
		mark := "! "
		if i > 0 {
			mark = "  "
		}
		lines = append(lines, " "+f.theme.warn.s(mark+line))
	}
	return lines
}

// percent returns by how many percent a figure differs from one before, or the
// empty string if either is unknown.
func percent(now, before float64) string {
	if !(now > 0) || !(before > 0) {
		return ""
	}
	p := 100 * (now/before - 1)
	if math.Abs(p) < 0.05 {
		return "±0 %"
	}
	return fmt.Sprintf("%+.1f %%", p)
}

// status says what came out, for the tab row.
func (m *meter) status(f *frame, room int) string {
	switch {
	case m.running():
		return f.theme.badgeLive.s(" measuring ")
	case m.footer == nil && len(m.series) == 0:
		return f.theme.muted.s("not measured yet")
	case m.footer == nil:
		return f.theme.warn.s(cmp.Or(m.ending, "incomplete"))
	}
	text := f.theme.badgePass.s(" ✓ done ")
	if !m.summary.Green() {
		text = f.theme.badgeFail.s(" " + m.verdict() + " ")
	}
	if m.footer.DurationSeconds > 0 {
		text += " in " + clock(m.footer.DurationSeconds)
	}
	if m.recorded != "" {
		text += ", recorded " + m.recorded
	}
	if n := len(m.summary.Samples); m.command == reports.CommandBench {
		text = fmt.Sprintf("%s · %d series", text, n)
	}
	return cut(text, room)
}

// verdict describes in a few words why a measurement is not green.
func (m *meter) verdict() string {
	missed := 0
	for _, t := range m.footer.Thresholds {
		if t.Verdict != reports.VerdictMet {
			missed++
		}
	}
	switch {
	case m.footer.Interrupted:
		return "interrupted"
	case m.footer.Aborted != nil:
		return "✗ " + m.footer.Aborted.String()
	case missed > 0:
		return "✗ " + reports.FormatNoun(missed, "threshold") + " not met"
	default:
		return "✗ not valid"
	}
}

// thresholdLines lists the verdicts on the thresholds, or those so far.
func (m *meter) thresholdLines(f *frame) []string {
	var lines []string
	for _, t := range m.thresholds() {
		glyph, st := "✓", f.theme.pass
		switch t.Verdict {
		case reports.VerdictMissed:
			glyph, st = "✗", f.theme.fail
		case reports.VerdictUndecided:
			glyph, st = "!", f.theme.warn
		}
		lines = append(lines, " "+st.s(glyph+" "+fitLine(reports.Escape(t.Verdict), 9))+" "+
			reports.Escape(t.Expression)+"  "+f.theme.muted.s("got "+reports.Escape(t.Got)))
	}
	return lines
}

// labelled returns a line with a label, a value and a note.
func (f *frame) labelled(label, value, note string, st style) string {
	line := " " + f.theme.muted.s(label) + spaces(11-ansi.StringWidth(label)) + st.s(value)
	if note != "" {
		line += "  " + f.theme.muted.s(note)
	}
	return line
}
