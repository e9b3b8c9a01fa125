package load

import (
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/latency"
)

// A live sample shows the last second, in windows of 200 ms. A hit belongs to
// the window in which it ended.
const (
	windowTime  = 200 * time.Millisecond
	windowCount = 5
)

// recent keeps the last windows in a ring.
type recent struct {
	windows [windowCount]window
	newest  int // the number of the newest window since the start of the schedule
}

// window counts the hits that ended within 200 ms.
type window struct {
	response, service, lag *latency.Histogram
}

func newWindow() window {
	return window{
		latency.New(latency.Coarse), latency.New(latency.Coarse), latency.New(latency.Coarse),
	}
}

func (w window) reset() {
	w.response.Reset()
	w.service.Reset()
	w.lag.Reset()
}

func newRecent() recent {
	var r recent
	for i := range r.windows {
		r.windows[i] = newWindow()
	}
	return r
}

// add counts h in the window in which it ended. A hit that is older than the ring
// is left out: it was no longer recent when it was read.
func (r *recent) add(h hit) {
	number := int(h.ended / windowTime)
	r.advance(number)
	if number <= r.newest-windowCount {
		return
	}
	w := r.windows[number%windowCount]
	w.response.Record(h.ended - h.intended)
	w.service.Record(h.ended - h.started)
	if !h.waited {
		w.lag.Record(h.started - h.intended)
	}
}

// advance empties the windows after the newest one, up to window number.
func (r *recent) advance(number int) {
	for from := max(r.newest+1, number-windowCount+1); from <= number; from++ {
		r.windows[from%windowCount].reset()
	}
	r.newest = max(r.newest, number)
}

// fill sets the rate and the times of s to those of the last second before now.
// elapsed is how long the load was measured so far, which may be less.
func (r *recent) fill(s *reports.Sample, now, elapsed time.Duration) {
	r.advance(int(now / windowTime))
	sum := newWindow()
	for _, w := range r.windows {
		sum.response.Merge(w.response)
		sum.service.Merge(w.service)
		sum.lag.Merge(w.lag)
	}
	s.Latency, s.Service, s.Lag = sum.response.Quantiles(), sum.service.Quantiles(), sum.lag.Quantiles()
	// The newest window is not over yet.
	covered := min((windowCount-1)*windowTime+now%windowTime, elapsed)
	s.RatePerSecond = perSecond(sum.response.Count(), covered)
}
