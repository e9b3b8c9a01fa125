package tui

import (
	"math"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// historyLength is how many points of a series are kept: one minute at ten
// samples per second, which is more than the widest chart shows.
const historyLength = 600

// series holds the samples of one series of a benchmark.
type series struct {
	name   string
	latest *reports.Sample
	rates  []float64 // operations per second, newest last
	tails  []float64 // 99th percentiles in nanoseconds, NaN where unknown
	sum    float64   // sum of all rates received
	count  int
	peak   float64
}

func (s *series) add(sample *reports.Sample) {
	s.latest = sample
	if sample.Final && s.count > 0 {
		return // it summarizes the points that were already added
	}
	s.rates = push(s.rates, sample.RatePerSecond)
	tail := math.NaN()
	if q := quantiles(sample); q != nil && q.P99NS > 0 {
		tail = float64(q.P99NS)
	}
	s.tails = push(s.tails, tail)
	s.sum += sample.RatePerSecond
	s.count++
	s.peak = max(s.peak, sample.RatePerSecond)
}

// quantiles returns the latency of a sample, or its service time if only that
// was measured.
func quantiles(s *reports.Sample) *reports.Quantiles {
	if s.Latency != nil {
		return s.Latency
	}
	return s.Service
}

func push(values []float64, v float64) []float64 {
	if len(values) == historyLength {
		values = append(values[:0], values[1:]...)
	}
	return append(values, v)
}

// bench is the Bench screen: the series of a benchmark with their figures,
// and charts of the selected one.
type bench struct {
	quiet

	series []*series
	cursor int
	offset int
	chosen bool // the user selected a series: do not move to the live one
	list   int  // rows of the table in the last frame

	header   *reports.Header
	footer   *reports.Footer
	progress *reports.Progress
	summary  reports.Summary
}

func (b *bench) reset() { *b = bench{} }

// apply handles one record of the live benchmark.
func (b *bench) apply(rec reports.Record) {
	b.summary.Handle(rec)
	switch rec.Kind {
	case reports.KindHeader:
		b.header = rec.Header
	case reports.KindProgress:
		b.progress = rec.Progress
	case reports.KindFooter:
		b.footer = rec.Footer
	case reports.KindSample:
		b.addSample(rec.Sample)
	}
}

func (b *bench) addSample(sample *reports.Sample) {
	for i, s := range b.series {
		if s.name == sample.Series {
			s.add(sample)
			if !b.chosen {
				b.cursor = i
			}
			return
		}
	}
	s := &series{name: sample.Series}
	s.add(sample)
	b.series = append(b.series, s)
	if !b.chosen {
		b.cursor = len(b.series) - 1
	}
}

func (b *bench) selected() *series {
	if b.cursor < len(b.series) {
		return b.series[b.cursor]
	}
	return nil
}

func (b *bench) name() string { return "Bench" }

func (b *bench) conditions() *reports.Header { return b.header }

func (b *bench) settle()                   {}
func (b *bench) ended(time.Duration, bool) {}

func (b *bench) bindings() []binding {
	return append([]binding{
		bind(actBench, "space", "start or stop measuring", "space"),
		bind(actImplementation, "i", "choose the implementation", "i"),
		move(actBack, "esc", "back", "esc"),
	}, movement()...)
}

func (b *bench) do(a *app, act action) tea.Cmd {
	switch act {
	case actBench:
		return a.measure()
	case actUp, actDown, actPageUp, actPageDown, actTop, actBottom:
		b.cursor = moved(act, b.cursor, len(b.series), b.list)
		b.chosen = true
	}
	return nil
}
