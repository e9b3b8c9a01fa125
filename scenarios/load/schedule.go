package load

import (
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/assay-id/assay/scenarios/measure/gate"
)

// Segment is a part of a schedule in which the offered rate changes linearly.
type Segment struct {
	// From and To are the offered rates at its start and its end, in requests
	// per second.
	From, To float64

	Duration time.Duration
}

// requests returns the number of requests in s, as a real number: the area under
// the rate.
func (s Segment) requests() float64 { return (s.From + s.To) / 2 * s.Duration.Seconds() }

// Constant returns the schedule of one rate, in requests per second.
func Constant(ratePerSecond float64, d time.Duration) []Segment {
	return []Segment{{From: ratePerSecond, To: ratePerSecond, Duration: d}}
}

// Ramp returns the schedule of a rate, in requests per second, that rises or
// falls linearly.
func Ramp(from, to float64, d time.Duration) []Segment {
	return []Segment{{From: from, To: to, Duration: d}}
}

// Steps returns the schedule of several rates, in requests per second, one after
// the other, each for d.
func Steps(d time.Duration, ratesPerSecond ...float64) []Segment {
	var list []Segment
	for _, rate := range ratesPerSecond {
		list = append(list, Constant(rate, d)...)
	}
	return list
}

// ParseRate reads a rate such as "2000/s", "2000", "3000/m" or "50/100ms": a
// number of requests and the time that they are sent in. It returns requests per
// second. The error is a [gate.ErrUsage].
func ParseRate(text string) (perSecond float64, err error) {
	number, per, hasUnit := strings.Cut(strings.TrimSpace(text), "/")
	if !hasUnit {
		per = "s"
	}
	if per != "" && !strings.ContainsRune("0123456789.-", rune(per[0])) {
		per = "1" + per
	}
	requests, err := strconv.ParseFloat(number, 64)
	interval, perErr := time.ParseDuration(per)
	perSecond = requests / interval.Seconds()
	if err != nil || perErr != nil || interval <= 0 || !(perSecond > 0 && perSecond <= mostPerSecond) {
		return 0, gate.Usage("rate %q, want a number of requests and a time such as 2000/s, 3000/m or 50/100ms, at most %.0f/s",
			text, float64(mostPerSecond))
	}
	return perSecond, nil
}

// schedule knows the intended start of every request. It is immutable. A part of
// a distributed load has every step-th request of the whole schedule.
type schedule struct {
	segments []Segment
	starts   []time.Duration // of each segment
	before   []float64       // requests before each segment
	count    uint64          // of its own requests
	duration time.Duration

	first, step uint64 // request k of its own is first + k·step of the whole
}

// part returns the part of s that has the requests n with n mod of = number-1.
func (s schedule) part(number, of int) schedule {
	s.first, s.step = uint64(number-1), uint64(of)
	s.count = (s.count + s.step - 1 - s.first) / s.step
	return s
}

// number returns the number in the whole schedule of its own request k.
func (s schedule) number(k uint64) uint64 { return s.first + k*s.step }

// The limits of a schedule: far beyond what one process can send, and low enough
// that nothing overflows.
const (
	mostPerSecond = 1e6
	mostRequests  = 1e10
)

// newSchedule checks segments. The error is a [gate.ErrUsage].
func newSchedule(segments []Segment) (schedule, error) {
	s := schedule{segments: slices.Clone(segments), step: 1}
	var total float64
	for i, segment := range s.segments {
		for _, rate := range []float64{segment.From, segment.To} {
			if !(rate >= 0 && rate <= mostPerSecond) {
				return s, gate.Usage("rate of segment %d is %v/s, want 0 to %.0f/s",
					i+1, rate, float64(mostPerSecond))
			}
		}
		if segment.Duration <= 0 {
			return s, gate.Usage("duration of segment %d is %v, want more than 0",
				i+1, segment.Duration)
		}
		s.starts = append(s.starts, s.duration)
		s.before = append(s.before, total)
		s.duration += segment.Duration
		total += segment.requests()
	}
	// At 200/s, a second has the requests 0 to 199. Rounding of total must not
	// add another one.
	s.count = uint64(math.Ceil(total - 1e-6))
	if s.count == 0 || total > mostRequests {
		return s, gate.Usage("the schedule has %.3g requests, want 1 to %.0g",
			total, float64(mostRequests))
	}
	return s, nil
}

// at returns the intended start of request n of the whole schedule, from its
// start. n is below the count of the whole.
func (s schedule) at(n uint64) time.Duration {
	// The last segment that n can be in: pauses have no requests.
	i := sort.Search(len(s.before), func(i int) bool { return s.before[i] > float64(n) }) - 1
	segment := s.segments[i]
	k := float64(n) - s.before[i]
	if k == 0 {
		return s.starts[i]
	}
	// k = From·t + (To-From)/(2·Duration)·t², solved for t in the form that
	// also holds for a constant rate.
	slope := (segment.To - segment.From) / segment.Duration.Seconds()
	root := math.Sqrt(max(0, segment.From*segment.From+2*slope*k))
	t := time.Duration(2 * k / (segment.From + root) * float64(time.Second))
	return s.starts[i] + min(t, segment.Duration)
}

// rate returns the rate that it offers at a time from the start, in requests per
// second, and zero after the end.
func (s schedule) rate(at time.Duration) float64 {
	for i, segment := range s.segments {
		if t := at - s.starts[i]; t < segment.Duration {
			whole := segment.From +
				(segment.To-segment.From)*max(0, t.Seconds())/segment.Duration.Seconds()
			return whole / float64(s.step)
		}
	}
	return 0
}

// countBetween returns how many of its own requests are intended at or after
// from and before to.
func (s schedule) countBetween(from, to time.Duration) uint64 {
	before := func(t time.Duration) int {
		return sort.Search(int(s.count), func(n int) bool { return s.at(s.number(uint64(n))) >= t })
	}
	return uint64(max(0, before(to)-before(from)))
}
