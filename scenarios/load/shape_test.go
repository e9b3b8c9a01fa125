package load

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/scenarios/measure/gate"
)

// shapes are schedules of every kind.
func shapes(t testing.TB) map[string]schedule {
	t.Helper()
	stages, err := ParseStages("1s:300/s,500ms:300/s,0s:2000/s,100ms:2000/s,0s:0/s,1s:0/s,1s:50/s,333ms:0")
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]schedule{
		"constant":    mustSchedule(t, Constant(700, 3*time.Second)),
		"steps":       mustSchedule(t, Steps(time.Second, 100, 900, 300)),
		"ramp":        mustSchedule(t, Ramp(10, 1000, 3*time.Second)),
		"stages":      mustSchedule(t, stages),
		"sine":        mustSchedule(t, Sine(500, 500, 700*time.Millisecond, 3*time.Second)),
		"rising sine": mustSchedule(t, []Segment{{From: 100, To: 900, Duration: 3 * time.Second, Swing: 80, Period: 110 * time.Millisecond}}),
	}
	random, err := mustSchedule(t, slices.Concat(stages, Sine(500, 400, 300*time.Millisecond, time.Second))).randomly(7)
	if err != nil {
		t.Fatal(err)
	}
	list["random"] = random
	return list
}

// The number of requests that are due is the integral of the rate, and requests
// are due in their order.
func TestShapesFollowTheirRates(t *testing.T) {
	t.Parallel()
	for name, s := range shapes(t) {
		const step = 200 * time.Microsecond
		var area float64
		n := uint64(0)
		for at := time.Duration(0); at < s.duration; at += step {
			area += s.rate(at+step/2) * step.Seconds()
			for ; n < s.count && s.at(n) < at+step; n++ {
				if s.at(n) < at {
					t.Fatalf("%s: request %d is due at %v, before its predecessor", name, n, s.at(n))
				}
			}
			// Beyond 4 standard deviations, chance is no excuse.
			tolerance := 1 + 1e-3*area
			if s.poisson {
				tolerance = 5 + 4*math.Sqrt(area)
			}
			if math.Abs(area-float64(n)) > tolerance {
				t.Fatalf("%s: %d requests are due by %v, want %.2f", name, n, at+step, area)
			}
		}
		if n != s.count {
			t.Errorf("%s: %d requests are due by the end, want %d", name, n, s.count)
		}
	}
}

// Each request belongs to one part, and the parts count what the whole does.
func TestShapesInParts(t *testing.T) {
	t.Parallel()
	const of = 7
	for name, s := range shapes(t) {
		var numbers []uint64
		sum := make(map[time.Duration]uint64)
		const window = 100 * time.Millisecond
		for i := range of {
			part := s.part(i+1, of)
			for k := range part.count {
				numbers = append(numbers, part.number(k))
			}
			for from := time.Duration(0); from < s.duration; from += window {
				sum[from] += part.countBetween(from, from+window)
			}
		}
		slices.Sort(numbers)
		for n, got := range numbers {
			if got != uint64(n) {
				t.Fatalf("%s: request %d is in no part, or in two", name, n)
			}
		}
		if len(numbers) != int(s.count) {
			t.Errorf("%s: the parts have %d requests, want %d", name, len(numbers), s.count)
		}
		for from, got := range sum {
			if want := s.countBetween(from, from+window); got != want {
				t.Errorf("%s: the parts have %d requests from %v, want %d", name, got, from, want)
			}
		}
	}
}

func TestParseStages(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]Segment{
		"30s:100/s":          Ramp(0, 100, 30*time.Second),
		"30s:100, 1m:6000/m": slices.Concat(Ramp(0, 100, 30*time.Second), Constant(100, time.Minute)),
		"0s:10/s,1s:10/s,0s:500/s,1s:0": slices.Concat(
			Constant(10, time.Second), Ramp(500, 0, time.Second)),
	} {
		if got, err := ParseStages(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("ParseStages(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"":                                 `stage 1 is ""`,
		"30s":                              `stage 1 is "30s"`,
		"1s:1/s,":                          `stage 2 is ""`,
		"100/s:30s":                        `stage 1 is "100/s:30s"`,
		"-1s:100/s":                        `stage 1 is "-1s:100/s"`,
		"1s:-1/s":                          `stage 1 is "1s:-1/s"`,
		"1s:NaN":                           `stage 1 is "1s:NaN"`,
		"1s:2e6/s":                         `stage 1 is "1s:2e6/s"`,
		"1s:1/s,2540400h:1/s":              `stage 2 is "2540400h:1/s"`,
		"9999999999h:1/s":                  `stage 1 is "9999999999h:1/s"`,
		"0s:100/s":                         `stages "0s:100/s" take no time`,
		strings.Repeat("1s:1/s,", 1<<20):   "there are 1048577 stages, want at most 1000",
		"1s:" + strings.Repeat("9", 1<<20): `stage 1 is "1s:9999999999`,
	} {
		_, err := ParseStages(text)
		if !errors.Is(err, gate.ErrUsage) || !strings.HasPrefix(err.Error(), want) || len(err.Error()) > 300 {
			t.Errorf("ParseStages(%.40q) = %v, want an ErrUsage that begins with %q", text, err, want)
		}
	}
}

func TestParseSwing(t *testing.T) {
	t.Parallel()
	if period, swing, err := ParseSwing("1m:50/s"); err != nil || period != time.Minute || swing != 50 {
		t.Errorf("ParseSwing = %v, %v, %v", period, swing, err)
	}
	for _, text := range []string{"", "1m", "0s:50/s", "1m:0/s", "-1m:50/s", "1m:-50/s", "1m:Inf"} {
		if _, _, err := ParseSwing(text); !errors.Is(err, gate.ErrUsage) {
			t.Errorf("ParseSwing(%q) = %v, want an ErrUsage", text, err)
		}
	}
}

// A part writes durations in seconds, and a merge reads them to the nanosecond.
func TestSecondsKeepNanoseconds(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{1, 7_857_142, 1001 * time.Millisecond, 24*time.Hour + 1, mostDuration} {
		if got := seconds(d.Seconds()); got != d {
			t.Errorf("seconds(%v) = %v, want %v", d.Seconds(), got, d)
		}
	}
}
