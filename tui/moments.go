package tui

import (
	"math"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/tui/chart"
)

// moment is one sample of a measurement: rates in operations per second, times
// in nanoseconds, at in seconds from the start. NaN means unknown.
type moment struct {
	at, rate, offered, p50, p90, p95, p99, longest float64
}

// historyLength is how many moments are kept. When there are more, each two are
// joined, so that a long measurement takes no more memory.
const historyLength = 2048

// history is how a measurement went over time.
type history struct {
	moments []moment
	step    float64 // the least time between two samples
}

// gapSteps is how many steps without a sample make a gap.
const gapSteps = 4

// add appends a sample. One that is earlier than the last begins a new history:
// the next trial of a search has begun.
func (h *history) add(s *reports.Sample) {
	m := momentOf(s.ElapsedSeconds, s.RatePerSecond, s.OfferedPerSecond, s.Times())
	if n := len(h.moments); n > 0 {
		since := m.at - h.moments[n-1].at
		switch {
		case since < 0:
			*h = history{}
		case h.step == 0 || since > 0 && since < h.step:
			h.step = since
		case since > gapSteps*h.step:
			h.push(momentOf(m.at-since/2, math.NaN(), math.NaN(), nil))
		}
	}
	h.push(m)
}

func momentOf(at, rate, offered float64, q *reports.Quantiles) moment {
	known := func(ns int64) float64 {
		if ns == 0 {
			return math.NaN()
		}
		return float64(ns)
	}
	if q == nil {
		q = &reports.Quantiles{}
	}
	return moment{at, rate, offered, known(q.P50NS), known(q.P90NS), known(q.P95NS), known(q.P99NS), known(q.MaxNS)}
}

func (h *history) push(m moment) {
	if len(h.moments) == historyLength {
		for i := range historyLength / 2 {
			h.moments[i] = joined(h.moments[2*i], h.moments[2*i+1])
		}
		h.moments = h.moments[:historyLength/2]
		h.step *= 2
	}
	h.moments = append(h.moments, m)
}

// joined returns one moment for two that follow each other, with the mean of the
// rates and the worse times.
func joined(a, b moment) moment {
	return moment{
		at: b.at, rate: (a.rate + b.rate) / 2, offered: (a.offered + b.offered) / 2,
		p50: max(a.p50, b.p50), p90: max(a.p90, b.p90), p95: max(a.p95, b.p95), p99: max(a.p99, b.p99), longest: max(a.longest, b.longest),
	}
}

// follow replaces the history by the windows of a load, in which times belong to
// the requests that were due.
func (h *history) follow(c *reports.Course) {
	h.moments, h.step = nil, c.WindowSeconds
	for i, w := range c.Windows {
		h.push(momentOf((float64(i)+0.5)*c.WindowSeconds, w.RatePerSecond, w.OfferedPerSecond, w.Latency))
	}
}

// end returns the time of the last moment.
func (h *history) end() float64 {
	if len(h.moments) == 0 {
		return 0
	}
	return h.moments[len(h.moments)-1].at
}

// tail returns the highest of three percentiles that the number of operations
// supports at most moments: a slow load has too few for p99.
func (h *history) tail() (name string, pick func(*moment) float64) {
	for _, x := range []struct {
		name string
		pick func(*moment) float64
	}{
		{"p99", func(m *moment) float64 { return m.p99 }},
		{"p95", func(m *moment) float64 { return m.p95 }},
	} {
		known := 0
		for i := range h.moments {
			if !math.IsNaN(x.pick(&h.moments[i])) {
				known++
			}
		}
		if 2*known >= len(h.moments) {
			return x.name, x.pick
		}
	}
	return "p90", func(m *moment) float64 { return m.p90 }
}

// line returns one figure of every moment.
func (h *history) line(name string, pick func(*moment) float64) chart.Series {
	s := chart.Series{Name: name, Points: make([]chart.Point, len(h.moments))}
	for i := range h.moments {
		s.Points[i] = chart.Point{At: h.moments[i].at, Value: pick(&h.moments[i])}
	}
	return s
}
