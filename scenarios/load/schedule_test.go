package load

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios/measure/gate"
)

func mustSchedule(t testing.TB, segments []Segment) schedule {
	t.Helper()
	s, err := newSchedule(segments)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestScheduleTellsTheIntendedStarts(t *testing.T) {
	t.Parallel()
	const second = time.Second
	tests := []struct {
		name     string
		segments []Segment
		count    uint64
		at       map[uint64]time.Duration
	}{
		{
			"constant", Constant(200, second), 200,
			map[uint64]time.Duration{0: 0, 1: 5 * time.Millisecond, 100: 500 * time.Millisecond, 199: 995 * time.Millisecond},
		},
		{
			"a rate that does not divide a second", Constant(3, second), 3,
			map[uint64]time.Duration{1: 333_333_333, 2: 666_666_666},
		},
		{"a time that ends between two requests", Constant(2, 1250*time.Millisecond), 3, map[uint64]time.Duration{2: second}},
		// 0 to 100/s in 2 s: n = 25·t², so request 25 is due at 1 s.
		{
			"ramp up", Ramp(0, 100, 2*second), 100,
			map[uint64]time.Duration{0: 0, 1: 200 * time.Millisecond, 25: second, 64: 1600 * time.Millisecond},
		},
		// 100/s to 0 in 2 s: n = 100·t - 25·t², so request 75 is due at 1 s.
		{"ramp down", Ramp(100, 0, 2*second), 100, map[uint64]time.Duration{0: 0, 75: second, 99: 1800 * time.Millisecond}},
		{
			"steps", Steps(second, 10, 20), 30,
			map[uint64]time.Duration{9: 900 * time.Millisecond, 10: second, 11: 1050 * time.Millisecond, 29: 1950 * time.Millisecond},
		},
		{
			"a pause", Steps(second, 10, 0, 10), 20,
			map[uint64]time.Duration{9: 900 * time.Millisecond, 10: 2 * second, 19: 2900 * time.Millisecond},
		},
	}
	for _, test := range tests {
		s := mustSchedule(t, test.segments)
		if s.count != test.count {
			t.Errorf("%s has %d requests, want %d", test.name, s.count, test.count)
		}
		for n, want := range test.at {
			if got := s.at(n); (got - want).Abs() > time.Microsecond {
				t.Errorf("%s: request %d is due at %v, want %v", test.name, n, got, want)
			}
		}
	}
}

// The schedule is the inverse of the area under the rate, whatever its shape.
func TestScheduleFollowsItsRate(t *testing.T) {
	t.Parallel()
	shapes := [][]Segment{
		Constant(1, 10*time.Second),
		Constant(123_456.7, time.Second),
		Ramp(10, 5000, 3*time.Second),
		Ramp(5000, 0, 3*time.Second),
		slices.Concat(Constant(100, time.Second), Ramp(100, 900, time.Second), Steps(time.Second, 900, 0, 50), Ramp(0, 10, time.Second)),
	}
	for i, segments := range shapes {
		s := mustSchedule(t, segments)
		last := time.Duration(0)
		for n := uint64(0); n < s.count; n++ {
			at := s.at(n)
			if at < last || at > s.duration {
				t.Fatalf("shape %d: request %d is due at %v, after %v and before %v",
					i, n, at, last, s.duration)
			}
			last = at
			var area float64
			for j, segment := range s.segments {
				covered := min(max(at-s.starts[j], 0), segment.Duration)
				area += (segment.From + s.slopeIn(segment, covered)) / 2 * covered.Seconds()
			}
			if math.Abs(area-float64(n)) > 1e-3 {
				t.Fatalf("shape %d: %.4f requests are due by %v, want %d", i, area, at, n)
			}
		}
	}
}

// slopeIn returns the rate at a time within a segment.
func (schedule) slopeIn(s Segment, at time.Duration) float64 {
	return s.From + (s.To-s.From)*at.Seconds()/s.Duration.Seconds()
}

func TestScheduleRateAndCounts(t *testing.T) {
	t.Parallel()
	s := mustSchedule(t, slices.Concat(Constant(100, time.Second), Ramp(100, 300, 2*time.Second)))
	for at, want := range map[time.Duration]float64{0: 100, 999 * time.Millisecond: 100, 2 * time.Second: 200, 3 * time.Second: 0, time.Hour: 0} {
		if got := s.rate(at); math.Abs(got-want) > 1e-9 {
			t.Errorf("rate(%v) = %v, want %v", at, got, want)
		}
	}
	for _, test := range []struct {
		from, to time.Duration
		want     uint64
	}{
		{0, time.Second, 100},
		{time.Second, 3 * time.Second, 400},
		{0, time.Hour, 500},
		{500 * time.Millisecond, 510 * time.Millisecond, 1},
		{2 * time.Second, time.Second, 0},
		{time.Hour, 2 * time.Hour, 0},
	} {
		if got := s.countBetween(test.from, test.to); got != test.want {
			t.Errorf("countBetween(%v, %v) = %d, want %d", test.from, test.to, got, test.want)
		}
	}
}

func TestScheduleRefusesNonsense(t *testing.T) {
	t.Parallel()
	for name, segments := range map[string][]Segment{
		"nothing":           nil,
		"no time":           Constant(100, 0),
		"a negative time":   Constant(100, -time.Second),
		"a negative rate":   Ramp(100, -1, time.Second),
		"not a rate":        Constant(math.NaN(), time.Second),
		"an infinite rate":  Constant(math.Inf(1), time.Second),
		"a rate too high":   Constant(1e6+1, time.Second),
		"no requests":       Constant(0, time.Hour),
		"too many requests": Constant(1e6, 10_001*time.Second),
		"too much time":     Constant(1, mostDuration+1),
		"an endless sum":    Steps(math.MaxInt64, 1, 1, 1),
		"too many segments": Steps(time.Second, make([]float64, mostSegments+1)...),
		"a swing below 0":   Sine(10, -1, time.Second, time.Second),
		"a rate below 0":    Sine(10, 11, time.Second, time.Second),
		"too high a swing":  Sine(1e6, 1, time.Second, time.Second),
		"not a swing":       Sine(10, math.NaN(), time.Second, time.Second),
		"no period":         Sine(10, 1, 0, time.Second),
	} {
		if _, err := newSchedule(segments); !errors.Is(err, gate.ErrUsage) {
			t.Errorf("newSchedule with %s = %v, want an ErrUsage", name, err)
		}
	}
}
