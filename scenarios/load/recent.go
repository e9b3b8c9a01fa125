package load

import (
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/latency"
)

// A live sample shows the last second, in windows of 200 ms.
const (
	windowTime  = 200 * time.Millisecond
	windowCount = 5
)

// recent keeps the last windows in a ring. A hit belongs to the window in which
// it ended.
type recent struct {
	closed  bool // whether the load is a closed loop, which has service times alone
	step    time.Duration
	windows []window
	newest  int // the number of the newest window since the start of the schedule
}

// window counts the hits that ended within a step.
type window struct {
	response, service, lag *latency.Histogram
	failed, wrong          uint64
}

func newWindow() window {
	return window{
		response: latency.New(latency.Coarse), service: latency.New(latency.Coarse), lag: latency.New(latency.Coarse),
	}
}

func (w *window) reset() {
	w.response.Reset()
	w.service.Reset()
	w.lag.Reset()
	w.failed, w.wrong = 0, 0
}

func newRecent(closed bool, step time.Duration, count int) *recent {
	r := &recent{closed: closed, step: step, windows: make([]window, count)}
	for i := range r.windows {
		r.windows[i] = newWindow()
	}
	return r
}

// add counts h in the window in which it ended. A hit that is older than the ring
// is left out: it was no longer recent when it was read.
func (r *recent) add(h hit) {
	number := int(h.ended / r.step)
	r.advance(number)
	if number <= r.newest-len(r.windows) {
		return
	}
	w := &r.windows[number%len(r.windows)]
	w.service.Record(h.ended - h.started)
	switch {
	case !h.judged:
		w.failed++
	case !expected(h.want, h.verdict):
		w.wrong++
	}
	if r.closed {
		return
	}
	w.response.Record(h.ended - h.intended)
	if !h.waited {
		w.lag.Record(h.started - h.intended)
	}
}

// advance empties the windows after the newest one, up to window number.
func (r *recent) advance(number int) {
	for from := max(r.newest+1, number-len(r.windows)+1); from <= number; from++ {
		r.windows[from%len(r.windows)].reset()
	}
	r.newest = max(r.newest, number)
}

// sum returns all windows up to now together, and how much time they cover: the
// newest one is not over yet.
func (r *recent) sum(now time.Duration) (w window, covered time.Duration) {
	r.advance(int(now / r.step))
	w = newWindow()
	for _, part := range r.windows {
		w.response.Merge(part.response)
		w.service.Merge(part.service)
		w.lag.Merge(part.lag)
		w.failed += part.failed
		w.wrong += part.wrong
	}
	return w, time.Duration(len(r.windows)-1)*r.step + now%r.step
}

// fill sets the rate and the times of s to those of the last second before now.
// elapsed is how long the load was measured so far, which may be less.
func (r *recent) fill(s *reports.Sample, now, elapsed time.Duration) {
	sum, covered := r.sum(now)
	s.Latency, s.Service, s.Lag = sum.response.Quantiles(), sum.service.Quantiles(), sum.lag.Quantiles()
	s.RatePerSecond = perSecond(sum.service.Count(), min(covered, elapsed))
}
