package load

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/gate"
	"github.com/assay-id/assay/scenarios/measure/latency"
)

// hit is one request and its result. Times are from the start of the schedule.
type hit struct {
	number   uint64        // in the schedule
	intended time.Duration // when it should have been sent
	started  time.Duration // when it was
	ended    time.Duration // when its answer had been read

	waited bool // for the answer to another request, so the target caused its lag

	part    int    // the index of its case
	want    string // the verdict that its case must get
	verdict string
	judged  bool   // whether there is a verdict
	failure string // why there is none

	status int
	body   []byte
}

// collector counts hits. It is used by one goroutine.
type collector struct {
	schedule schedule
	warmup   time.Duration // hits intended before it are not counted
	whole    counts
	parts    []counts // by case
	recent   *recent
	course   *course
	lag      *latency.Histogram // the lag of hits that did not wait
	waited   uint64             // how many hits did
	failures map[string]uint64  // counts by reason, see mostFailures
	wrong    []reports.WrongAnswer
	last     time.Duration // when the last hit ended
	within   uint64        // how many hits ended after the warm-up and before the end of the schedule
}

// counts holds the counters of the whole load, or of one case.
type counts struct {
	series            string             // the name in its samples
	name              string             // the name of the case; empty for the whole load
	only              string             // the name of the only case of the whole load, if there is one
	response, service *latency.Histogram // response is nil in a closed loop
	verdicts          map[string]uint64
	wrong, failed     uint64
}

func newCounts(series, name string, closed bool) counts {
	c := counts{series: series, name: name, service: latency.New(latency.Fine), verdicts: make(map[string]uint64)}
	if !closed {
		c.response = latency.New(latency.Fine)
	}
	return c
}

// operations returns how many requests were counted.
func (c *counts) operations() uint64 { return c.service.Count() }

func (c *counts) add(h hit) {
	// Requests without a verdict count too: one that timed out is the
	// slowest of all.
	if c.response != nil {
		c.response.Record(h.ended - h.intended)
	}
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

// newCollector returns a collector of the series of the whole load. Its parts
// have the names of their cases.
func newCollector(series string, s schedule, warmup time.Duration, m Mix) *collector {
	c := &collector{
		schedule: s, warmup: warmup, whole: newCounts(series, "", s.closed), recent: newRecent(s.closed, windowTime, windowCount),
		course: newCourse(s, warmup), lag: latency.New(latency.Fine), failures: make(map[string]uint64), last: warmup,
	}
	for _, share := range m.shares {
		c.parts = append(c.parts, newCounts(share.Name, share.Name, s.closed))
	}
	if len(c.parts) == 1 {
		c.whole.only = c.parts[0].name
	}
	return c
}

// mostFailures bounds how many reasons are counted separately. The others are
// counted as otherFailures.
const (
	mostFailures  = 8
	otherFailures = "other reasons"
)

// add counts h unless it belongs to the warm-up.
func (c *collector) add(h hit) {
	if h.ended >= c.warmup && h.ended < c.schedule.duration {
		c.within++
	}
	if h.intended < c.warmup {
		return
	}
	c.whole.add(h)
	c.parts[h.part].add(h)
	c.recent.add(h)
	c.course.add(h.intended-c.warmup, h)
	c.last = max(c.last, h.ended)
	switch {
	case c.schedule.closed: // nothing was due
	case h.waited:
		c.waited++
	default:
		c.lag.Record(h.started - h.intended)
	}
	switch {
	case !h.judged:
		c.addFailures(h.failure, 1)
	case !expected(h.want, h.verdict):
		c.addWrong(reports.WrongAnswer{
			Case: c.parts[h.part].name, Want: h.want, Got: h.verdict, Count: 1, Status: h.status, Body: string(h.body),
		})
	}
}

// addFailures counts n requests without a verdict.
func (c *collector) addFailures(reason string, n uint64) {
	if _, known := c.failures[reason]; !known && len(c.failures) >= mostFailures {
		reason = otherFailures
	}
	c.failures[reason] += n
}

// addWrong counts wrong answers with the others of their case that got the same
// verdict, and keeps the first.
func (c *collector) addWrong(answer reports.WrongAnswer) {
	for i := range c.wrong {
		if w := &c.wrong[i]; w.Case == answer.Case && w.Got == answer.Got {
			w.Count += answer.Count
			return
		}
	}
	c.wrong = append(c.wrong, answer)
}

// sample returns the counts, without rates and times.
func (c *counts) sample() reports.Sample {
	return reports.Sample{
		Series:     c.series,
		Operations: c.operations(),
		Verdicts:   maps.Clone(c.verdicts),
		Wrong:      c.wrong,
		Failed:     c.failed,
	}
}

// live returns the sample of a moment: the counts since the warm-up, with the
// rate and the times of the last second.
func (c *collector) live(now time.Duration) reports.Sample {
	s := c.whole.sample()
	elapsed := max(now-c.warmup, 0)
	s.ElapsedSeconds = elapsed.Seconds()
	s.OfferedPerSecond = c.schedule.rate(now)
	s.Histogram = cmp.Or(c.whole.response, c.whole.service).Buckets()
	s.Failures = maps.Clone(c.failures)
	s.Late = c.waited
	c.recent.fill(&s, now, elapsed)
	return s
}

// sofar returns the series that thresholds are judged on while the load runs.
// They have no quantiles, which would take too long.
func (c *collector) sofar(now time.Duration) []gate.Series {
	elapsed := max(now-c.warmup, 0)
	standing := func(x *counts) gate.Series {
		s := gate.Series{Labels: x.labels(), Aside: x.name != "", Sample: x.sample(), Response: x.response, Service: x.service}
		s.Sample.RatePerSecond = perSecond(s.Sample.Operations, elapsed)
		return s
	}
	whole := standing(&c.whole)
	whole.Lag = c.lag
	whole.Sample.OfferedPerSecond = perSecond(c.schedule.countBetween(c.warmup, min(now, c.schedule.duration)), elapsed)
	series := []gate.Series{whole}
	if len(c.parts) > 1 {
		for i := range c.parts {
			series = append(series, standing(&c.parts[i]))
		}
	}
	return series
}

// final returns the sample of the whole load, followed by those of its cases if
// there are several. end is the end of the schedule, or earlier if the load was
// interrupted.
func (c *collector) final(end time.Duration) []gate.Series {
	// A load that kept up took as long as its schedule. Up to the end of the
	// last request it would be a little less, and the rate a little higher
	// than the offered one.
	planned := max(end-c.warmup, 0)
	elapsed := max(planned, c.last-c.warmup)

	whole := c.whole.measured(elapsed)
	whole.Lag = c.lag
	whole.Sample.OfferedPerSecond = perSecond(c.schedule.countBetween(c.warmup, end), planned)
	whole.Sample.Lag = exactly(c.lag)
	whole.Sample.Histogram = cmp.Or(c.whole.response, c.whole.service).Buckets()
	whole.Sample.Failures = maps.Clone(c.failures)
	whole.Sample.WrongAnswers = slices.Clone(c.wrong)
	whole.Sample.Late = c.waited
	whole.Sample.Course = c.course.record(planned, func(from, to time.Duration) uint64 {
		return c.schedule.countBetween(c.warmup+from, c.warmup+to)
	})
	series := []gate.Series{whole}
	if len(c.parts) > 1 {
		for _, part := range c.parts {
			series = append(series, part.measured(elapsed))
		}
	}
	return series
}

// measured returns the sample of what was counted in elapsed.
func (c *counts) measured(elapsed time.Duration) gate.Series {
	s := gate.Series{
		Labels: c.labels(), Aside: c.name != "", Sample: c.sample(), Response: c.response,
		Service: c.service,
	}
	s.Sample.Final = true
	s.Sample.ElapsedSeconds = elapsed.Seconds()
	s.Sample.RatePerSecond = perSecond(s.Sample.Operations, elapsed)
	s.Sample.Latency = exactly(c.response)
	s.Sample.Service = exactly(c.service)
	return s
}

// exactly returns the quantiles of h with its counts, or nil if there are none
// or no h.
func exactly(h *latency.Histogram) *reports.Quantiles {
	if h == nil {
		return nil
	}
	q := h.Quantiles()
	if q != nil {
		q.Counts = h.Counts()
	}
	return q
}

func (c *counts) labels() map[string]string {
	labels := map[string]string{gate.LabelSeries: c.series}
	if name := cmp.Or(c.name, c.only); name != "" {
		labels[gate.LabelCase] = name
	}
	return labels
}

func perSecond(n uint64, elapsed time.Duration) float64 {
	if elapsed <= 0 {
		return 0
	}
	return float64(n) / elapsed.Seconds()
}
