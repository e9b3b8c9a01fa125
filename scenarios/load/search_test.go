package load

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/assay-id/assay/reports"
)

// searchOf searches a target whose trials end as outcome says, with the number of
// trials at that rate before.
func searchOf(first float64, outcome func(rate float64, before int) string) reports.Capacity {
	tried := make(map[float64]int)
	s := &search{try: func(_ context.Context, phase string, rate float64) (reports.CapacityStep, error) {
		step := reports.CapacityStep{Phase: phase, RatePerSecond: rate, Outcome: outcome(rate, tried[rate]), Why: "why"}
		tried[rate]++
		return step, nil
	}}
	c, _ := s.find(context.Background(), first)
	return c
}

// upTo holds up to a rate.
func upTo(capacity float64) func(float64, int) string {
	return func(rate float64, _ int) string {
		if rate <= capacity {
			return reports.StepHeld
		}
		return reports.StepExceeded
	}
}

func TestSearchFindsTheCapacity(t *testing.T) {
	t.Parallel()
	for _, capacity := range []float64{3, 7, 10, 11, 99, 200, 201, 833, 12_345, 480_000} {
		for _, first := range []float64{200, 1, 5000} {
			c := searchOf(first, upTo(capacity))
			if c.LowPerSecond > capacity || c.HighPerSecond <= capacity || !narrow(c.LowPerSecond, c.HighPerSecond) || c.Limit != reports.LimitTarget {
				t.Errorf("from %v/s the capacity of %v/s is %s: %s", first, capacity, &c, c.Reason)
			}
			if len(c.Steps) > 50 {
				t.Errorf("from %v/s it took %d trials to find %v/s", first, len(c.Steps), capacity)
			}
		}
	}
}

// While it is on, a search says what it knows: each trial, and bounds that only
// come closer.
func TestSearchSaysWhatItKnows(t *testing.T) {
	t.Parallel()
	var before reports.Capacity
	s := new(search)
	s.try = func(_ context.Context, phase string, rate float64) (reports.CapacityStep, error) {
		step := reports.CapacityStep{Phase: phase, RatePerSecond: rate, Outcome: upTo(833)(rate, 0)}
		now := s.standing(step)
		if n := len(now.Steps); n != len(before.Steps)+1 || now.Steps[n-1].RatePerSecond != rate {
			t.Errorf("%d trials are known at %v/s, want one more than %d", n, rate, len(before.Steps))
		}
		if now.LowPerSecond < before.LowPerSecond || before.HighPerSecond > 0 && now.HighPerSecond > before.HighPerSecond {
			t.Errorf("the bounds went from %v and %v to %v and %v", before.LowPerSecond, before.HighPerSecond, now.LowPerSecond, now.HighPerSecond)
		}
		before = *now
		return step, nil
	}
	c, err := s.find(t.Context(), 200)
	if err != nil || len(c.Steps) != len(before.Steps) || before.LowPerSecond == 0 || before.HighPerSecond == 0 {
		t.Errorf("find = %s, %v, and %+v was known before the last trial", &c, err, before)
	}
}

// A hiccup spoils any one trial of a rate. Two trials that hold make up for it.
func TestSearchSurvivesAHiccup(t *testing.T) {
	t.Parallel()
	for spoilt := range 2 {
		c := searchOf(100, func(rate float64, before int) string {
			if before == spoilt {
				return reports.StepExceeded
			}
			return upTo(833)(rate, before)
		})
		if c.LowPerSecond > 833 || c.HighPerSecond <= 833 {
			t.Errorf("with trial %d spoilt, the capacity of 833/s is %s: %s", spoilt, &c, c.Reason)
		}
	}
}

// A rate above the capacity holds once, by luck.
func TestSearchConfirmsWhatHeld(t *testing.T) {
	t.Parallel()
	c := searchOf(100, func(rate float64, before int) string {
		if before == 0 && rate <= 850 {
			return reports.StepHeld
		}
		return upTo(795)(rate, before)
	})
	if c.LowPerSecond > 795 || c.HighPerSecond <= 795 || !narrow(c.LowPerSecond, c.HighPerSecond) {
		t.Errorf("the capacity of 795/s is %s: %s", &c, c.Reason)
	}
}

func TestSearchEndsWithoutACapacity(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		outcome func(float64, int) string
		shown   string
		limit   string
		reason  string
	}{
		{"nothing holds", upTo(0), "not found", "", "no capacity found: not even 1.63/s held: why"},
		{"everything holds", upTo(1e9), "at least 819,200/s", reports.LimitGenerator, "more than 1,000,000/s cannot be offered"},
		{"the generator", func(rate float64, _ int) string {
			if rate > 500 {
				return reports.StepGenerator
			}
			return reports.StepHeld
		}, "at least 476/s, unknown from 519/s on", reports.LimitGenerator, "the generator, and not the target, was the limit: 476/s held, and at 519/s why"},
		{"too few requests", func(rate float64, _ int) string {
			if rate > 500 {
				return reports.StepUndecided
			}
			return reports.StepHeld
		}, "at least 476/s, unknown from 519/s on", "", "519/s is undecided: why"},
		{"too few requests at first", func(rate float64, _ int) string {
			if rate < 1000 {
				return reports.StepUndecided
			}
			return upTo(1700)(rate, 0)
		}, "1,600/s to 1,745/s", reports.LimitTarget, "did not hold twice"},
		{"too few requests below what does not hold", func(rate float64, _ int) string {
			if rate < 200 {
				return reports.StepUndecided
			}
			return reports.StepExceeded
		}, "not found", "", "200/s did not hold: why; and 100/s is undecided: why"},
		{"too few requests always", func(float64, int) string { return reports.StepUndecided }, "not found", "", "819,200/s is undecided: why"},
		{"by chance", func(rate float64, before int) string {
			if before == 0 && rate < 1000 {
				return reports.StepHeld
			}
			return reports.StepExceeded
		}, "", "", "80 trials: the same rate sometimes holds"},
	} {
		c := searchOf(100, test.outcome)
		if !strings.Contains(c.String(), test.shown) || c.Limit != test.limit || !strings.Contains(c.Reason, test.reason) {
			t.Errorf("%s: %s, limit %q, reason %q, want %q, %q, %q", test.name, &c, c.Limit, c.Reason, test.shown, test.limit, test.reason)
		}
	}
}

func TestSearchEndsWithAnError(t *testing.T) {
	t.Parallel()
	want := fmt.Errorf("enough")
	s := &search{try: func(context.Context, string, float64) (reports.CapacityStep, error) {
		return reports.CapacityStep{}, want
	}}
	if c, err := s.find(t.Context(), 100); !errors.Is(err, want) || len(c.Steps) != 0 {
		t.Errorf("find = %+v, %v, want %v and no step", c, err, want)
	}
}
