package load

import (
	"fmt"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/latency"
)

// course counts hits in windows of time. There are at most mostWindows of them,
// however long a load takes: when there would be more, each two are joined, which
// keeps every count. Times are from the end of the warm-up.
type course struct {
	width   time.Duration // of a window
	windows []stretch
	counts  bool // whether its record has the counts that a merge needs
}

// stretch counts the hits that were due in one window, and all those that ended
// in it.
type stretch struct {
	latency       *latency.Histogram
	wrong, failed uint64
	ended         uint64
}

// mostWindows bounds the memory of a course to 4 MiB, and is as much as a chart
// can show.
const mostWindows = 120

// newCourse returns a course for what s offers after the warm-up: 60 windows if
// each has enough requests for a p99 on average, and otherwise fewer, at least
// 20, as in a closed loop. It is the same for a part and for the whole.
func newCourse(s schedule, warmup time.Duration) *course {
	duration, total := s.duration-warmup, s.total
	if warmup > 0 && !s.closed {
		total -= s.segments[0].requests()
	}
	n := time.Duration(20)
	for _, more := range []time.Duration{25, 30, 40, 50, 60} {
		if total >= float64(more)*float64(latency.Needed(0.99)) {
			n = more
		}
	}
	return &course{width: max((duration+n-1)/n, 1)}
}

// at returns the window of time t, which is not negative.
func (c *course) at(t time.Duration) *stretch {
	for t/c.width >= mostWindows {
		c.halve()
	}
	i := int(t / c.width)
	for len(c.windows) <= i {
		c.windows = append(c.windows, stretch{latency: latency.New(latency.Coarse)})
	}
	return &c.windows[i]
}

// halve joins each two windows.
func (c *course) halve() {
	c.width *= 2
	for i := range c.windows {
		if i%2 == 0 {
			c.windows[i/2] = c.windows[i]
		} else {
			c.windows[i/2].merge(c.windows[i])
		}
	}
	c.windows = c.windows[:(len(c.windows)+1)/2]
}

func (w *stretch) merge(other stretch) {
	w.latency.Merge(other.latency)
	w.wrong += other.wrong
	w.failed += other.failed
	w.ended += other.ended
}

// add counts a hit that was due at a time.
func (c *course) add(due time.Duration, h hit) {
	c.at(due+h.ended-h.intended).ended++
	w := c.at(due)
	w.latency.Record(h.ended - h.intended)
	switch {
	case !h.judged:
		w.failed++
	case !expected(h.want, h.verdict):
		w.wrong++
	}
}

// record returns the course of a load that offered, in each window, what due
// counts between two times, until the end.
func (c *course) record(end time.Duration, due func(from, to time.Duration) uint64) *reports.Course {
	if end <= 0 {
		return nil
	}
	c.at(end - 1) // windows at the end in which nothing was due count as well
	out := &reports.Course{WindowSeconds: c.width.Seconds()}
	for i, w := range c.windows {
		from := time.Duration(i) * c.width
		to := from + c.width
		if from < end {
			to = min(to, end)
		}
		record := reports.Window{
			OfferedPerSecond: perSecond(due(min(from, end), min(to, end)), to-from),
			RatePerSecond:    perSecond(w.ended, to-from), Ended: w.ended,
			Latency: w.latency.Quantiles(), Wrong: w.wrong, Failed: w.failed,
		}
		if c.counts && record.Latency != nil {
			record.Latency.Counts = w.latency.Counts()
		}
		out.Windows = append(out.Windows, record)
	}
	return out
}

// restore adds the recorded course of n requests, of which some were wrong or
// failed. It may come from a file that somebody else wrote.
func (c *course) restore(r *reports.Course, n, wrong, failed uint64) error {
	if r == nil {
		r = &reports.Course{WindowSeconds: c.width.Seconds()}
	}
	width := seconds(r.WindowSeconds)
	if len(r.Windows) > mostWindows {
		return fmt.Errorf("%d windows, want at most %d", len(r.Windows), mostWindows)
	}
	for c.width < width && c.width < mostDuration {
		c.halve()
	}
	other := &course{width: width}
	sum := stretch{latency: latency.New(latency.Coarse)}
	for i, w := range r.Windows {
		times := w.Latency
		if times == nil {
			times = new(reports.Quantiles)
		}
		h, err := latency.Restore(latency.Coarse, times.Counts, time.Duration(times.MaxNS))
		if err != nil {
			return fmt.Errorf("window %d: %w", i+1, err)
		}
		restored := stretch{latency: h, wrong: w.Wrong, failed: w.Failed, ended: w.Ended}
		other.windows = append(other.windows, restored)
		sum.merge(restored)
	}
	for other.width > 0 && other.width < c.width {
		other.halve()
	}
	switch {
	case other.width != c.width:
		return fmt.Errorf("windows of %v cannot be joined to %v", width, c.width)
	case sum.latency.Count() != n || sum.ended != n || sum.wrong != wrong || sum.failed != failed:
		return fmt.Errorf("%d requests, %d ended, %d wrong and %d without a verdict, want %d, %[5]d, %d and %d",
			sum.latency.Count(), sum.ended, sum.wrong, sum.failed, n, wrong, failed)
	}
	for i, w := range other.windows {
		c.at(time.Duration(i) * c.width).merge(w)
	}
	return nil
}
