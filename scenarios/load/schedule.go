package load

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/assay-id/assay/scenarios/measure/gate"
)

// schedule knows the intended start of every request. It is immutable. A part of
// a distributed load has every step-th request of the whole schedule.
type schedule struct {
	segments []Segment
	starts   []time.Duration // of each segment
	before   []float64       // requests before each segment
	total    float64         // requests, as a real number
	count    uint64          // of its own requests
	peak     float64         // the highest rate of the whole
	duration time.Duration

	// poisson says that requests come at random, as seed determines, and not
	// at equal distances.
	poisson bool
	seed    uint64

	closed bool // there is no schedule: users send when they have an answer

	first, step uint64 // request k of its own is first + k·step of the whole
}

// kind returns what can be measured of s.
func (s schedule) kind() gate.Kind {
	if s.closed {
		return gate.Users
	}
	return gate.Load
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
	mostDuration  = 365 * 24 * time.Hour
	mostSegments  = 1000
)

// newSchedule checks segments. The error is a [gate.ErrUsage].
func newSchedule(segments []Segment) (schedule, error) {
	s := schedule{segments: slices.Clone(segments), step: 1}
	if len(segments) > mostSegments {
		return s, gate.Usage("the schedule has %d segments, want at most %d", len(segments), mostSegments)
	}
	for i, segment := range s.segments {
		if err := segment.check(i + 1); err != nil {
			return s, err
		}
		s.starts = append(s.starts, s.duration)
		s.before = append(s.before, s.total)
		s.duration += segment.Duration
		s.total += segment.requests()
		s.peak = max(s.peak, segment.From+segment.Swing, segment.To+segment.Swing)
		if s.duration > mostDuration {
			return s, gate.Usage("the schedule takes more than %v", mostDuration)
		}
	}
	// At 200/s, a second has the requests 0 to 199. Rounding of total must not
	// add another one.
	s.count = uint64(math.Ceil(s.total - 1e-6))
	if s.count == 0 || s.total > mostRequests {
		return s, gate.Usage("the schedule has %.3g requests, want 1 to %.0g",
			s.total, float64(mostRequests))
	}
	return s, nil
}

// randomly returns s with Poisson arrivals of the same rates. Their number
// depends on the seed as well. The error is a [gate.ErrUsage].
func (s schedule) randomly(seed uint64) (schedule, error) {
	s.poisson, s.seed = true, seed
	s.count = uint64(sort.Search(1<<arrivalLevels-1, func(n int) bool { return arrival(seed, uint64(n)) >= s.total }))
	if s.count == 0 {
		return s, gate.Usage("the schedule has no request with this seed, and %.3g on average", s.total)
	}
	return s, nil
}

// at returns the intended start of request n of the whole schedule, from its
// start. n is below the count of the whole.
func (s schedule) at(n uint64) time.Duration {
	due := float64(n)
	if s.poisson {
		due = arrival(s.seed, n)
	}
	// The last segment that it can be in: pauses have no requests.
	i := sort.Search(len(s.before), func(i int) bool { return s.before[i] > due }) - 1
	return s.starts[i] + s.segments[i].after(due-s.before[i])
}

// rate returns the rate that it offers at a time from the start, in requests per
// second, and zero after the end.
func (s schedule) rate(at time.Duration) float64 {
	for i, segment := range s.segments {
		if t := at - s.starts[i]; t < segment.Duration {
			return segment.rate(max(0, t)) / float64(s.step)
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

// note describes what s offers after the warm-up, or is empty if that is one rate
// at equal distances.
func (s schedule) note(warmup time.Duration) string {
	segments := s.segments
	if warmup > 0 {
		segments = segments[1:]
	}
	if len(segments) == 1 && segments[0].constant() && !s.poisson {
		return ""
	}
	var parts []string
	for _, segment := range segments[:min(len(segments), mostDescribed)] {
		parts = append(parts, segment.String())
	}
	if more := len(segments) - len(parts); more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	if s.poisson {
		parts = append(parts, "with Poisson arrivals")
	}
	return "offered rate: " + strings.Join(parts, ", ")
}

// mostDescribed is how many segments a sentence lists.
const mostDescribed = 20
