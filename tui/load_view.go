package tui

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/tui/chart"
)

// view draws the screen as h lines of w cells.
func (l *load) view(f *frame, w, h int) []string {
	s := l.of(l.wholeName())
	if s == nil {
		return l.welcome(f, w, h)
	}
	var lines []string
	if l.running() {
		lines = append(lines, l.progressLine(f, w))
	}
	lines = append(lines, l.notValid(f, w, max(h/12, 2))...)
	lines = append(lines, l.figuresLine(f, s.latest, w))
	h -= len(lines)
	title := "latency since due"
	if s.latest.Latency == nil {
		title = "service time"
	}
	switch {
	case f.lay == layoutNarrow && l.capacity != nil && !f.zoom:
		return append(lines, l.viewTrials(f, w, h)...)
	case f.lay == layoutNarrow || f.zoom:
		return append(lines, l.viewTimes(f, s, title, w, h)...)
	case f.lay == layoutStacked:
		top, middle := max(h/4, 4), max(h*3/8, 5)
		left := w * 55 / 100
		lines = append(lines, l.viewRates(f, s, "rate", w, top)...)
		if l.capacity != nil {
			// What a search narrows is more than how one trial goes.
			lines = append(lines, l.viewTrials(f, w, middle)...)
		} else {
			lines = append(lines, l.viewTimes(f, s, title, w, middle)...)
		}
		return append(lines, beside(
			l.viewVerdicts(f, left, h-top-middle),
			viewHistogram(f, s.latest, w-left, h-top-middle))...)
	}
	left := w * 58 / 100
	top := h * 3 / 10
	middle := (h - top) / 2
	charts := append(l.viewRates(f, s, "rate", left, top), l.viewTimes(f, s, title, left, middle)...)
	charts = append(charts, l.viewVerdicts(f, left, h-top-middle)...)
	upper := h / 2
	side := append(viewHistogram(f, s.latest, w-left, upper), l.viewTrials(f, w-left, h-upper)...)
	return append(lines, beside(charts, side)...)
}

// wholeName returns the name of the series of the whole load.
func (l *load) wholeName() string {
	if s := l.whole(); s != nil {
		return s.Series
	}
	return ""
}

func (l *load) welcome(f *frame, w, h int) []string {
	if l.running() {
		return l.warmingUp(f, "load", "The first second warms up and is not counted.", w, h)
	}
	d := &detailWriter{t: f.theme, w: w - paneEdge - 2}
	d.blank()
	d.text("", "Sends good and malformed tokens to a service at a set rate. Latency counts from the moment at "+
		"which each request was due, so that a service that stalls cannot hide it.")
	d.blank()
	d.keys("space", "starts with these options")
	d.keys("enter", "changes them: target, rate, stages, users, capacity search, mix, events, thresholds …")
	d.keys("b", "shows an earlier load")
	d.blank()
	options(d, l.form)
	d.blank()
	d.text(f.theme.muted, "Without a target, it starts a mock environment and a service with builtin that trusts it. "+
		"A separate process does all that. The rate cannot be changed while it runs: a load with stages does that as planned.")
	return f.theme.box(pane{title: "load", lines: indent(d.lines), focus: true}, w, h)
}

// figuresLine sums the load up: what is offered and achieved, and what went
// wrong.
func (l *load) figuresLine(f *frame, s *reports.Sample, w int) string {
	var parts []string
	add := func(label, value string, st style) {
		parts = append(parts, f.theme.muted.s(label+" ")+st.s(value))
	}
	if s.OfferedPerSecond > 0 {
		add("offered", reports.FormatRate(s.OfferedPerSecond), "")
	}
	add("achieved", reports.FormatRate(s.RatePerSecond), f.theme.title)
	if l.running() {
		add("in flight", reports.FormatCount(uint64(s.InFlight)), "")
	}
	for _, x := range []struct {
		label string
		n     uint64
	}{{"wrong", s.Wrong}, {"no verdict", s.Failed}, {"dropped", s.Dropped}, {"late", s.Late}} {
		st := f.theme.pass
		if x.n > 0 {
			st = f.theme.fail
		}
		add(x.label, reports.FormatCount(x.n), st)
	}
	add("requests", reports.FormatCount(s.Operations), "")
	return " " + cut(strings.Join(parts, "  "), w-2)
}

// viewVerdicts lists thresholds, comparisons, verdicts and events.
func (l *load) viewVerdicts(f *frame, w, h int) []string {
	p := pane{title: "thresholds and verdicts", focus: true}
	if l.running() {
		p.note = f.theme.muted.s("so far")
	}
	s := l.whole()
	lines := l.thresholdLines(f)
	if a := l.aborted(); a != "" {
		lines = append(lines, " "+f.theme.fail.s(reports.Escape(a)))
	}
	for _, other := range []struct {
		label string
		with  *measurement
	}{{"baseline", l.base}, {"last run", l.last}} {
		if before := other.with.whole(); before != nil {
			lines = append(lines, f.labelled(other.label, compared(s, before), "", ""))
		}
	}
	lines = append(lines, verdictLines(f, s)...)
	for _, e := range l.events() {
		text, st := reports.Escape(e.Result), style("")
		if e.Failure != "" {
			text, st = "FAILED: "+reports.Escape(e.Failure), f.theme.fail
		}
		lines = append(lines, f.labelled("event", reports.FormatMoment(e.AtSeconds)+" "+reports.Escape(e.Event), text, st))
	}
	for _, note := range s.Notes {
		for _, line := range reports.Wrap(reports.Escape(note), w-paneEdge-4) {
			lines = append(lines, "   "+f.theme.muted.s(line))
		}
	}
	l.height = h - paneHead
	l.offset = p.scroll(lines, l.offset, l.height)
	return f.theme.box(p, w, h)
}

// aborted says what ended the load early, or nothing.
func (l *load) aborted() string {
	if l.footer == nil || l.footer.Aborted == nil {
		return ""
	}
	return l.footer.Aborted.String()
}

// compared says how a load differs from one before, with the times of both at
// their ends.
func compared(now, before *reports.Sample) string {
	if !now.Final {
		return "is compared at the end"
	}
	a, b := now.Times(), before.Times()
	if a == nil || b == nil {
		return "has no times"
	}
	var parts []string
	for _, x := range []struct {
		name        string
		now, before float64
	}{
		{"p50", float64(a.P50NS), float64(b.P50NS)}, {"p99", float64(a.P99NS), float64(b.P99NS)},
		{"achieved", now.RatePerSecond, before.RatePerSecond},
	} {
		if text := percent(x.now, x.before); text != "" {
			parts = append(parts, x.name+" "+text)
		}
	}
	return strings.Join(parts, ", ")
}

// verdictLines counts the answers by verdict.
func verdictLines(f *frame, s *reports.Sample) []string {
	var lines []string
	for _, v := range slices.Sorted(maps.Keys(s.Verdicts)) {
		lines = append(lines, f.labelled("verdict", reports.FormatCount(s.Verdicts[v]), reports.Escape(v), ""))
	}
	for _, x := range s.WrongAnswers {
		lines = append(lines, f.labelled("WRONG", reports.FormatCount(x.Count),
			fmt.Sprintf("%s: got %s, want %s", reports.Escape(x.Case), reports.Escape(x.Got), reports.Escape(x.Want)), f.theme.fail))
	}
	if s.Wrong > 0 && len(s.WrongAnswers) == 0 {
		lines = append(lines, f.labelled("WRONG", reports.FormatCount(s.Wrong), "verdicts", f.theme.fail))
	}
	for _, why := range s.FailureReasons() {
		lines = append(lines, f.labelled("no verdict", reports.FormatCount(s.Failures[why]), reports.Escape(why), f.theme.fail))
	}
	return lines
}

// viewTrials lists the trials of a search for the capacity as it narrows, or the
// percentiles of the whole load if there is none.
func (l *load) viewTrials(f *frame, w, h int) []string {
	c := l.capacity
	if c == nil {
		return l.viewPercentiles(f, w, h)
	}
	p := pane{title: "capacity", note: capacityNote(c)}
	if l.footer != nil {
		for _, line := range reports.Wrap(reports.Escape(c.Reason), w-paneEdge-2) {
			p.lines = append(p.lines, " "+line)
		}
	}
	steps := c.Steps
	if l.running() {
		now := reports.CapacityStep{Phase: "now", RatePerSecond: l.whole().OfferedPerSecond}
		steps = append(slices.Clip(steps), now)
	}
	most, why := 0.0, 0
	for _, step := range steps {
		most, why = max(most, step.RatePerSecond), max(why, len(step.Why))
	}
	const facts = 26 // the cells before the bar and around it
	bar := max(min(w/4, w-paneEdge-facts-why), 4)
	rows := max(h-paneHead-len(p.lines), 1)
	for _, step := range steps[max(len(steps)-rows, 0):] {
		p.lines = append(p.lines, cut(f.trial(step, bar, most), w-paneEdge))
	}
	return f.theme.box(p, w, h)
}

// trial draws one trial of a search, with its rate as a bar of n cells that is
// full at most.
func (f *frame) trial(step reports.CapacityStep, n int, most float64) string {
	glyph, st := f.spinner(), f.theme.accent // it has no outcome yet
	switch step.Outcome {
	case reports.StepHeld:
		glyph, st = "✓", f.theme.pass
	case reports.StepExceeded:
		glyph, st = "✗", f.theme.fail
	case reports.StepGenerator, reports.StepUndecided:
		glyph, st = "!", f.theme.warn
	}
	rate := reports.FormatRate(step.RatePerSecond)
	bar := chart.Bar(step.RatePerSecond/most, n, f.symbols)
	return " " + st.s(glyph) + " " + fitLine(reports.Escape(step.Phase), 8) + fitLine(spaces(10-len(rate))+rate, 11) +
		st.s(bar) + " " + f.theme.muted.s(reports.Escape(step.Why))
}

// capacityNote returns the interval so far.
func capacityNote(c *reports.Capacity) string {
	low, high := "nothing", ""
	if c.LowPerSecond > 0 {
		low = reports.FormatRate(c.LowPerSecond)
	}
	if c.HighPerSecond > 0 {
		high = ", " + reports.FormatRate(c.HighPerSecond) + " does not"
	}
	return low + " holds" + high
}

// viewPercentiles lists the quantiles of the three clocks.
func (l *load) viewPercentiles(f *frame, w, h int) []string {
	s := l.whole()
	p := pane{title: "percentiles"}
	if !s.Final {
		p.note = f.theme.muted.s("of the last second")
	}
	row := func(cells ...string) string {
		line := " "
		for i, c := range cells {
			if i == 0 {
				line += fitLine(c, 7)
			} else {
				line += spaces(10-len([]rune(c))) + c
			}
		}
		return line
	}
	p.lines = append(p.lines, f.theme.muted.s(row("", "latency", "service", "lag")))
	pick := func(q *reports.Quantiles, of func(*reports.Quantiles) int64) string {
		if q == nil {
			return "–"
		}
		return reports.FormatNanos(of(q))
	}
	for _, x := range []struct {
		name string
		of   func(*reports.Quantiles) int64
	}{
		{"p50", func(q *reports.Quantiles) int64 { return q.P50NS }},
		{"p90", func(q *reports.Quantiles) int64 { return q.P90NS }},
		{"p95", func(q *reports.Quantiles) int64 { return q.P95NS }},
		{"p99", func(q *reports.Quantiles) int64 { return q.P99NS }},
		{"p99.9", func(q *reports.Quantiles) int64 { return q.P999NS }},
		{"max", func(q *reports.Quantiles) int64 { return q.MaxNS }},
	} {
		p.lines = append(p.lines, row(x.name, pick(s.Latency, x.of), pick(s.Service, x.of), pick(s.Lag, x.of)))
	}
	for _, part := range l.series[1:] {
		if q := part.latest.Times(); q != nil {
			p.lines = append(p.lines, f.labelled(cut(reports.Escape(part.name), 9), reports.FormatCount(part.latest.Operations),
				"p50 "+reports.FormatNanos(q.P50NS)+"  p99 "+reports.FormatNanos(q.P99NS), ""))
		}
	}
	return f.theme.box(p, w, h)
}
