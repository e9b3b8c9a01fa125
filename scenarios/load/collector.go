package load

import (
	"maps"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/gate"
	"github.com/assay-id/assay/scenarios/measure/latency"
)

// hit is one request and what came of it. Times are from the start of the
// schedule.
type hit struct {
	intended time.Duration // when it should have been sent
	started  time.Duration // when it was
	ended    time.Duration // when its answer had been read

	waited bool // for the answer to another one, so its lag is the target's

	part    int    // index of its case
	want    string // the verdict that its case must get
	verdict string
	judged  bool   // there is a verdict
	failure string // why there is none
}

// collector counts hits. It is used by one goroutine.
type collector struct {
	schedule schedule
	warmup   time.Duration // hits intended before it are not counted
	whole    counts
	parts    []counts // by case
	recent   recent
	lag      *latency.Histogram // of hits that did not wait
	waited   uint64             // hits that did
	failures map[string]uint64  // by why; at most mostFailures of them
	last     time.Duration      // end of the last hit
}

// counts holds the counters of the whole load, and of each case.
type counts struct {
	series            string // the name of its samples
	name              string // of the case; empty for the whole
	response, service *latency.Histogram
	verdicts          map[string]uint64
	wrong, failed     uint64
}

func newCounts(series, name string) counts {
	return counts{series: series, name: name, response: latency.New(latency.Fine), service: latency.New(latency.Fine), verdicts: make(map[string]uint64)}
}

func (c *counts) add(h hit) {
	// Requests without a verdict count too: one that timed out is the
	// slowest of all.
	c.response.Record(h.ended - h.intended)
	c.service.Record(h.ended - h.started)
	switch {
	case !h.judged:
		c.failed++
	default:
		c.verdicts[h.verdict]++
		if !expected(h.want, h.verdict) {
			c.wrong++
		}
	}
}

// newCollector returns one whose whole is called series. Its parts have the
// names of their cases.
func newCollector(series string, s schedule, warmup time.Duration, m Mix) *collector {
	c := &collector{
		schedule: s, warmup: warmup, whole: newCounts(series, ""), recent: newRecent(),
		lag: latency.New(latency.Fine), failures: make(map[string]uint64), last: warmup,
	}
	for _, s := range m.shares {
		c.parts = append(c.parts, newCounts(s.Name, s.Name))
	}
	return c
}

// mostFailures bounds how many reasons are told apart.
const mostFailures = 8

// add counts h unless it belongs to the warm-up.
func (c *collector) add(h hit) {
	if h.intended < c.warmup {
		return
	}
	c.whole.add(h)
	c.parts[h.part].add(h)
	c.recent.add(h)
	c.last = max(c.last, h.ended)
	if h.waited {
		c.waited++
	} else {
		c.lag.Record(h.started - h.intended)
	}
	if !h.judged {
		if _, known := c.failures[h.failure]; known || len(c.failures) < mostFailures {
			c.failures[h.failure]++
		}
	}
}

// sample returns the counts, without rates and times.
func (c *counts) sample() reports.Sample {
	return reports.Sample{
		Series:     c.series,
		Operations: c.response.Count(),
		Verdicts:   maps.Clone(c.verdicts),
		Wrong:      c.wrong,
		Failed:     c.failed,
	}
}

// live is the sample at a time of the run: counts since the warm-up, and the
// rate and the times of the last second.
func (c *collector) live(now time.Duration) reports.Sample {
	s := c.whole.sample()
	elapsed := max(now-c.warmup, 0)
	s.ElapsedSeconds = elapsed.Seconds()
	s.OfferedPerSecond = c.schedule.rate(now)
	c.recent.fill(&s, now, elapsed)
	return s
}

// final returns the whole, and after it its parts if there are several. end is
// that of the schedule, or earlier if it was interrupted.
func (c *collector) final(end time.Duration) []gate.Series {
	// The time of a run that kept up is that of its schedule: to the end of
	// the last request it would be a little less, and the rate a little more
	// than was offered.
	planned := max(end-c.warmup, 0)
	elapsed := max(planned, c.last-c.warmup)

	whole := c.whole.measured(elapsed)
	whole.Lag = c.lag
	whole.Sample.OfferedPerSecond = perSecond(c.schedule.countBetween(c.warmup, end), planned)
	whole.Sample.Lag = c.lag.Quantiles()
	whole.Sample.Histogram = c.whole.response.Buckets()
	series := []gate.Series{whole}
	if len(c.parts) > 1 {
		for _, part := range c.parts {
			series = append(series, part.measured(elapsed))
		}
	}
	return series
}

// measured returns what was counted in elapsed.
func (c *counts) measured(elapsed time.Duration) gate.Series {
	s := gate.Series{Labels: c.labels(), Aside: c.name != "", Sample: c.sample(), Response: c.response, Service: c.service}
	s.Sample.Final = true
	s.Sample.ElapsedSeconds = elapsed.Seconds()
	s.Sample.RatePerSecond = perSecond(s.Sample.Operations, elapsed)
	s.Sample.Latency = c.response.Quantiles()
	s.Sample.Service = c.service.Quantiles()
	return s
}

func (c *counts) labels() map[string]string {
	labels := map[string]string{gate.LabelSeries: c.series}
	if c.name != "" {
		labels[gate.LabelCase] = c.name
	}
	return labels
}

func perSecond(n uint64, elapsed time.Duration) float64 {
	if elapsed <= 0 {
		return 0
	}
	return float64(n) / elapsed.Seconds()
}
