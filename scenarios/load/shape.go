package load

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// Segment is a part of a schedule in which the offered rate changes linearly,
// with a sine wave on top if there is a Swing.
type Segment struct {
	// From and To are the offered rates at its start and its end, in requests
	// per second.
	From, To float64

	Duration time.Duration

	// Swing is how far the rate rises and falls, in requests per second, and
	// Period how long that takes. The segment begins with the rise.
	Swing  float64
	Period time.Duration
}

// check returns an error if s, which is segment number of a schedule, cannot be
// offered: a [gate.ErrUsage].
func (s Segment) check(number int) error {
	for _, rate := range []float64{s.From, s.To} {
		if !(rate >= 0 && rate <= mostPerSecond) {
			return gate.Usage("rate of segment %d is %v/s, want 0 to %.0f/s", number, rate, float64(mostPerSecond))
		}
	}
	switch most := min(s.From, s.To, mostPerSecond-max(s.From, s.To)); {
	case s.Duration <= 0:
		return gate.Usage("duration of segment %d is %v, want more than 0", number, s.Duration)
	case !(s.Swing >= 0 && s.Swing <= most):
		return gate.Usage("swing is %s, want 0 to %s: the rate must stay between 0 and %.0f/s",
			formatRate(s.Swing), formatRate(most), float64(mostPerSecond))
	case s.Swing > 0 && s.Period <= 0:
		return gate.Usage("period of a swing is %v, want more than 0", s.Period)
	}
	return nil
}

// rate returns the rate after t, in requests per second.
func (s Segment) rate(t time.Duration) float64 {
	rate := s.From + (s.To-s.From)*t.Seconds()/s.Duration.Seconds()
	if s.Swing > 0 {
		rate += s.Swing * math.Sin(2*math.Pi*t.Seconds()/s.Period.Seconds())
	}
	return rate
}

// until returns the number of requests up to t, as a real number: the area under
// the rate.
func (s Segment) until(t time.Duration) float64 {
	area := (s.From + (s.To-s.From)*t.Seconds()/(2*s.Duration.Seconds())) * t.Seconds()
	if s.Swing > 0 {
		turn := 2 * math.Pi / s.Period.Seconds()
		area += s.Swing / turn * (1 - math.Cos(turn*t.Seconds()))
	}
	return area
}

// requests returns the number of requests in s, as a real number.
func (s Segment) requests() float64 { return s.until(s.Duration) }

// after returns the time after which k requests are due: the inverse of until.
func (s Segment) after(k float64) time.Duration {
	if s.Swing > 0 {
		// The search ends at the same time in every process, and later for a
		// larger k, whatever until is rounded to.
		return time.Duration(sort.Search(int(s.Duration), func(t int) bool { return s.until(time.Duration(t)) >= k }))
	}
	if k == 0 {
		return 0
	}
	// k = From·t + (To-From)/(2·Duration)·t², solved for t in the form that
	// also holds for a constant rate.
	slope := (s.To - s.From) / s.Duration.Seconds()
	root := math.Sqrt(max(0, s.From*s.From+2*slope*k))
	return min(time.Duration(2*k/(s.From+root)*float64(time.Second)), s.Duration)
}

func (s Segment) constant() bool { return s.From == s.To && s.Swing == 0 }

// String describes s, such as "0/s to 100/s in 30s".
func (s Segment) String() string {
	text := fmt.Sprintf("%s for %v", formatRate(s.From), s.Duration)
	if s.From != s.To {
		text = fmt.Sprintf("%s to %s in %v", formatRate(s.From), formatRate(s.To), s.Duration)
	}
	if s.Swing > 0 {
		text += fmt.Sprintf(" ± %s every %v", formatRate(s.Swing), s.Period)
	}
	return text
}

// formatRate returns a rate to three decimal places.
func formatRate(perSecond float64) string {
	return strconv.FormatFloat(math.Round(perSecond*1000)/1000, 'f', -1, 64) + "/s"
}

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

// Sine returns the schedule of a rate that rises and falls by swing, both in
// requests per second, once in a period.
func Sine(ratePerSecond, swing float64, period, d time.Duration) []Segment {
	return []Segment{{From: ratePerSecond, To: ratePerSecond, Duration: d, Swing: swing, Period: period}}
}

// ParseStages reads stages as k6 has them, such as "30s:100/s,1m:100/s,0s:500/s,5s:500/s".
// In each of them the rate changes linearly from that of the previous stage, or
// from 0, to its own; in 0s it jumps. The error is a [gate.ErrUsage].
func ParseStages(text string) ([]Segment, error) {
	if n := strings.Count(text, ",") + 1; n > mostSegments {
		return nil, gate.Usage("there are %d stages, want at most %d", n, mostSegments)
	}
	var segments []Segment
	var rate float64
	for i, stage := range strings.Split(text, ",") {
		d, target, ok := readStage(stage)
		if !ok {
			return nil, gate.Usage("stage %d is %q, want a duration and the rate at its end such as 30s:100/s",
				i+1, reports.Excerpt(stage, 80))
		}
		if d > 0 {
			segments = append(segments, Ramp(rate, target, d)...)
		}
		rate = target
	}
	if len(segments) == 0 {
		return nil, gate.Usage("stages %q take no time", reports.Excerpt(text, 80))
	}
	return segments, nil
}

// ParseSwing reads the period of a sine wave and how far it goes, such as
// "1m:500/s". The error is a [gate.ErrUsage].
func ParseSwing(text string) (period time.Duration, perSecond float64, err error) {
	period, perSecond, ok := readStage(text)
	if !ok || period == 0 || perSecond == 0 {
		return 0, 0, gate.Usage("swing %q, want a period and a rate such as 1m:500/s", reports.Excerpt(text, 80))
	}
	return period, perSecond, nil
}

// readStage reads a duration and a rate, both of which may be 0.
func readStage(text string) (d time.Duration, perSecond float64, ok bool) {
	duration, rate, ok := strings.Cut(strings.TrimSpace(text), ":")
	d, err := time.ParseDuration(duration)
	if !ok || err != nil || d < 0 || d > mostDuration {
		return 0, 0, false
	}
	perSecond, ok = readRate(rate)
	return d, perSecond, ok
}

// ParseRate reads a rate such as "2000/s", "2000", "3000/m" or "50/100ms": a
// number of requests and the time that they are sent in. It returns requests per
// second. The error is a [gate.ErrUsage].
func ParseRate(text string) (perSecond float64, err error) {
	perSecond, ok := readRate(text)
	if !ok || perSecond == 0 {
		return 0, gate.Usage("rate %q, want a number of requests and a time such as 2000/s, 3000/m or 50/100ms, at most %.0f/s",
			text, float64(mostPerSecond))
	}
	return perSecond, nil
}

// readRate reads a rate, which may be 0.
func readRate(text string) (perSecond float64, ok bool) {
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
	return perSecond, err == nil && perErr == nil && interval > 0 && perSecond >= 0 && perSecond <= mostPerSecond
}
