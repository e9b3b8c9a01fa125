package html

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/assay-id/assay/reports"
)

// lines are the charts of the course of each load: rates, and times.
func (r *Report) lines() []lines {
	samples := r.summary.Samples
	unfinished := len(samples) == 0 && r.summary.Header != nil && r.summary.Header.Command == reports.CommandLoad
	if unfinished {
		samples = []*reports.Sample{r.live.sample()}
	}
	var all []lines
	for _, s := range samples {
		if s.Course != nil && len(s.Course.Windows) > 1 && s.Course.WindowSeconds > 0 {
			all = append(all, throughput(s), latencies(s, unfinished))
		}
	}
	return all
}

// shown returns the windows of c without a last one in which nothing was due:
// it has the last answers of a load that kept up.
func shown(c *reports.Course) []reports.Window {
	last := len(c.Windows) - 1
	if c.Windows[last].OfferedPerSecond == 0 && c.Windows[last].Latency == nil {
		return c.Windows[:last]
	}
	return c.Windows
}

// throughput shows the offered and the achieved rate, and errors, over time.
func throughput(s *reports.Sample) lines {
	windows := shown(s.Course)
	most, errors := 0.0, false
	for _, w := range windows {
		most = max(most, w.OfferedPerSecond, w.RatePerSecond)
		errors = errors || w.Wrong+w.Failed > 0
	}
	axis := newScale(most)
	l := overTime(s, "Throughput")
	l.Y = axis.ticks(upward, reports.FormatRate)[1:] // the axis is at zero
	add := func(name, class string, value func(w reports.Window) float64) {
		values := make([]float64, len(windows))
		for i, w := range windows {
			values[i] = value(w) / axis.high
		}
		l.Lines = append(l.Lines, curve{name, class, path(values)})
	}
	if !closedLoop(s) {
		add("offered", "faint", func(w reports.Window) float64 { return w.OfferedPerSecond })
	}
	add("achieved", "main", func(w reports.Window) float64 { return w.RatePerSecond })
	if errors {
		add("wrong or no verdict", "wrong", func(w reports.Window) float64 { return errorRate(s.Course, w) })
	}
	low, high := math.Inf(1), 0.0
	for i, w := range windows {
		low, high = min(low, w.RatePerSecond), max(high, w.RatePerSecond)
		l.Columns[i].Text += ": " + reports.FormatRate(w.RatePerSecond)
		if !closedLoop(s) {
			l.Columns[i].Text += " of " + reports.FormatRate(w.OfferedPerSecond)
		}
		if n := w.Wrong + w.Failed; n > 0 {
			l.Columns[i].Text += fmt.Sprintf(", %d wrong, %d without a verdict", w.Wrong, w.Failed)
		}
	}
	l.Text = reports.FormatRate(low) + " to " + reports.FormatRate(high)
	return l
}

// errorRate returns how many requests that were due in w got a wrong verdict or
// none, per second, or a negative number if none did.
func errorRate(c *reports.Course, w reports.Window) float64 {
	if w.Wrong+w.Failed == 0 {
		return -1
	}
	return float64(w.Wrong+w.Failed) / c.WindowSeconds
}

// closedLoop reports whether users sent the requests, one after the other, so
// that no rate was offered and times are service times.
func closedLoop(s *reports.Sample) bool { return s.OfferedPerSecond == 0 }

// latencies shows quantiles by intended start, as far as enough requests support
// them, and service times by start in a closed loop. Live samples, which are all
// that an unfinished load has, are by end.
func latencies(s *reports.Sample, unfinished bool) lines {
	windows := shown(s.Course)
	series := []struct {
		name, class string
		of          func(q *reports.Quantiles) int64
	}{
		{"max", "faint", func(q *reports.Quantiles) int64 { return q.MaxNS }},
		{"p99", "dashed", func(q *reports.Quantiles) int64 { return q.P99NS }},
		{"p90", "thin", func(q *reports.Quantiles) int64 { return q.P90NS }},
		{"p50", "main", func(q *reports.Quantiles) int64 { return q.P50NS }},
	}
	var all []float64
	for _, w := range windows {
		if w.Latency != nil {
			for _, q := range series {
				all = append(all, float64(q.of(w.Latency)))
			}
		}
	}
	axis := newAxis(all)
	l := overTime(s, "Latency")
	start := "intended start"
	if closedLoop(s) {
		l, start = overTime(s, "Service time"), "start"
	}
	if unfinished {
		start = "end"
	}
	l.Caption += " by " + start + ", on a logarithmic axis"
	l.Y = axis.ticks(upward, nanos)
	for _, q := range series {
		values, known := make([]float64, len(windows)), false
		for i, w := range windows {
			values[i] = -1
			if w.Latency == nil || q.of(w.Latency) <= 0 {
				continue
			}
			values[i], known = axis.share(float64(q.of(w.Latency))), true
			l.Columns[i].Text += ", " + q.name + " " + reports.FormatNanos(q.of(w.Latency))
		}
		if known {
			l.Lines = append(l.Lines, curve{q.name, q.class, path(values)})
		}
	}
	l.Text = "the times of " + reports.FormatNoun(len(windows), "window")
	return l
}

// overTime returns a chart without lines.
func overTime(s *reports.Sample, what string) lines {
	l := lines{Caption: what + " of " + reports.Escape(s.Series)}
	n := len(shown(s.Course))
	duration := min(float64(n)*s.Course.WindowSeconds, mostScale)
	place := func(seconds float64) float64 { return min(max(seconds/duration, 0), 1) }
	l.X = legible(nextToLabels, scale{duration, newScale(duration).step}.ticks(percent, func(s float64) string {
		return strconv.FormatFloat(s, 'g', 6, 64) + " s"
	}))
	for i := range n {
		at := float64(i) / float64(n)
		l.Columns = append(l.Columns, stretch{
			X: percent(at), Width: percent(1 / float64(n)),
			Text: "from " + reports.FormatMoment(float64(i)*s.Course.WindowSeconds),
		})
	}
	for i, e := range s.Course.Events {
		if e.Failure != "" {
			continue
		}
		m := mark{
			At: percent(place(e.AtSeconds)), share: place(e.AtSeconds), Number: strconv.Itoa(i + 1),
			Text: strings.Join([]string{strconv.Itoa(i + 1), reports.Escape(e.Event), "at " + reports.FormatMoment(e.AtSeconds)}, " "),
		}
		if e.UntilSeconds > e.AtSeconds {
			m.Width = percent(place(e.UntilSeconds) - place(e.AtSeconds))
		}
		l.Marks = append(l.Marks, m)
	}
	legibleMarks(l.Marks)
	return l
}
