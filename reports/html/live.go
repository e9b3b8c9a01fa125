package html

import (
	"cmp"

	"github.com/assay-id/assay/reports"
)

// live is the course of a load as far as its live samples tell it, for a
// recording that was cut off before the final one. A window has what the last
// sample in it says, which is about the second before.
type live struct {
	width   float64 // of a window, in seconds
	windows []reports.Window
	last    reports.Sample
}

// The first width of a window is what a live sample is about. A sample beyond
// mostElapsed seconds is from no load.
const (
	liveWindow  = 1
	mostLive    = 120 // windows, as in a course
	mostElapsed = 1e9
)

// add adds a live sample. A search begins again with each trial, and shows the
// last one.
func (l *live) add(s *reports.Sample) {
	t := s.ElapsedSeconds
	if !(t >= 0 && t < mostElapsed) {
		return
	}
	if l.width == 0 || t < l.last.ElapsedSeconds {
		*l = live{width: liveWindow}
	}
	for t/l.width >= mostLive {
		l.halve()
	}
	for float64(len(l.windows)) <= t/l.width {
		l.windows = append(l.windows, reports.Window{})
	}
	w := &l.windows[len(l.windows)-1]
	w.OfferedPerSecond, w.RatePerSecond, w.Latency = s.OfferedPerSecond, s.RatePerSecond, cmp.Or(s.Latency, s.Service)
	w.Wrong += s.Wrong - min(s.Wrong, l.last.Wrong)
	w.Failed += s.Failed - min(s.Failed, l.last.Failed)
	l.last = *s
}

// halve joins each two windows.
func (l *live) halve() {
	for i, w := range l.windows {
		if i%2 == 1 {
			w.Wrong += l.windows[i/2].Wrong
			w.Failed += l.windows[i/2].Failed
		}
		l.windows[i/2] = w
	}
	l.width *= 2
	l.windows = l.windows[:(len(l.windows)+1)/2]
}

// sample returns a sample with the course.
func (l *live) sample() *reports.Sample {
	s := &reports.Sample{Series: l.last.Series, Course: &reports.Course{WindowSeconds: l.width, Windows: l.windows}}
	for _, w := range l.windows {
		s.OfferedPerSecond = max(s.OfferedPerSecond, w.OfferedPerSecond)
	}
	return s
}
