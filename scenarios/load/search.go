package load

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/assay-id/assay/reports"
)

// search looks for the highest rate that holds: it climbs or descends by a
// factor until one rate holds and another does not, and then halves the distance
// until the interval is narrow enough.
//
// A single trial decides nothing: a hiccup of a neighbour is enough to miss a
// p99, and a search that believes it ends up at half of the capacity. A rate is
// refuted by two trials, and the final one confirmed by two.
type search struct {
	try   func(ctx context.Context, phase string, ratePerSecond float64) (reports.CapacityStep, error)
	tally map[float64]*tally
	steps []reports.CapacityStep

	low, high float64
	why       reports.CapacityStep // the last step that did not hold at high
}

// tally counts the trials of a rate.
type tally struct {
	held, others int
	last         reports.CapacityStep // that did not hold
}

const (
	confirmations = 2    // trials that decide about a rate
	climbFactor   = 2    // between the rates before the interval is known
	closeFactor   = 1.1  // if what held at first does not hold again
	halfWidth     = 0.05 // of the interval, relative to its middle
	fewestPerStep = 1    // the lowest rate that is tried, per second
	mostTrials    = 80   // twice as many as ten doublings and the rest need
)

// find searches from a first rate. The error is the one of a trial or the cause
// of ctx.
func (s *search) find(ctx context.Context, first float64) (reports.Capacity, error) {
	s.tally, s.steps = make(map[float64]*tally), []reports.CapacityStep{}
	rate, factor := first, float64(climbFactor)
	for len(s.steps) < mostTrials {
		phase, needed := reports.PhaseClimb, 1
		switch {
		case s.low > 0 && s.high > 0 && narrow(s.low, s.high):
			phase, needed, rate = reports.PhaseConfirm, confirmations, s.low
			if s.tally[s.low].held >= confirmations {
				return s.found(), nil
			}
		case s.low > 0 && s.high > 0:
			phase, needed, rate = reports.PhaseBisect, confirmations, rounded(math.Sqrt(s.low*s.high))
		case s.high == 0 && len(s.steps) > 0:
			rate = rounded(rate * factor)
		case s.high > 0:
			phase, rate = reports.PhaseDescend, rounded(s.high/factor)
		}
		if rate < fewestPerStep || rate > mostPerSecond {
			return s.exhausted(rate), nil
		}
		held, err := s.decide(ctx, phase, rate, needed)
		if err != nil {
			return reports.Capacity{Steps: s.steps, Reason: "interrupted"}, err
		}
		switch why := s.tally[rate].last; {
		case held:
			s.low = rate
		case why.Outcome == reports.StepUndecided && s.low == 0 && s.high > 0:
			return s.tooFew(why), nil
		case why.Outcome == reports.StepUndecided && s.low == 0:
			// At a higher rate there are more requests.
		case phase == reports.PhaseConfirm:
			s.high, s.why, s.low, factor = rate, why, 0, closeFactor
		default:
			s.high, s.why = rate, why
		}
	}
	return reports.Capacity{
		LowPerSecond: s.low, HighPerSecond: s.high, Steps: s.steps,
		Reason: fmt.Sprintf("no interval was found in %d trials: the same rate sometimes holds and sometimes does not", mostTrials),
	}, nil
}

// standing returns what is known while the search is on, after one more step.
func (s *search) standing(last reports.CapacityStep) *reports.Capacity {
	return &reports.Capacity{LowPerSecond: s.low, HighPerSecond: s.high, Steps: append(slices.Clone(s.steps), last)}
}

// decide tries a rate until it is decided, with the trials that it already had:
// needed trials hold, or as many do not as refute it.
func (s *search) decide(ctx context.Context, phase string, rate float64, needed int) (held bool, err error) {
	t := s.tally[rate]
	if t == nil {
		t = new(tally)
		s.tally[rate] = t
	}
	for t.held < needed && t.others < confirmations {
		step, err := s.try(ctx, phase, rate)
		if err != nil {
			return false, err
		}
		s.steps = append(s.steps, step)
		if step.Outcome == reports.StepHeld {
			t.held++
		} else {
			t.others++
			t.last = step
		}
	}
	return t.held >= needed, nil
}

// narrow reports whether an interval is narrow enough.
func narrow(low, high float64) bool { return (high-low)/(high+low) <= halfWidth }

// rounded returns a rate as a report shows it: a whole number from 10/s on, and
// otherwise two decimals. Such rates are closer than a narrow interval is wide.
func rounded(rate float64) float64 {
	if rate < 10 {
		return math.Round(rate*100) / 100
	}
	return math.Round(rate)
}

// found returns the interval, and whose limit it is.
func (s *search) found() reports.Capacity {
	c := reports.Capacity{LowPerSecond: s.low, HighPerSecond: s.high, Steps: s.steps}
	low, high := reports.FormatRate(s.low), reports.FormatRate(s.high)
	switch s.why.Outcome {
	case reports.StepGenerator:
		c.Limit = reports.LimitGenerator
		c.Reason = fmt.Sprintf("the generator, and not the target, was the limit: %s held, and at %s %s", low, high, s.why.Why)
	case reports.StepUndecided:
		c.Reason = fmt.Sprintf("%s held, and %s is undecided: %s", low, high, s.why.Why)
	default:
		c.Limit = reports.LimitTarget
		c.Reason = fmt.Sprintf("the interval is narrow enough: %s held twice, and %s did not hold twice: %s", low, high, s.why.Why)
	}
	return c
}

// tooFew returns what is known if a rate does not hold, and a lower one has too
// few requests for a percentile: at an even lower one there are fewer.
func (s *search) tooFew(why reports.CapacityStep) reports.Capacity {
	return reports.Capacity{
		HighPerSecond: s.high, Steps: s.steps,
		Reason: fmt.Sprintf("no capacity found: %s did not hold: %s; and %s is undecided: %s: a longer --duration has more requests",
			reports.FormatRate(s.high), s.why.Why, reports.FormatRate(why.RatePerSecond), why.Why),
	}
}

// exhausted returns what is known if there is no rate left to try.
func (s *search) exhausted(rate float64) reports.Capacity {
	c := reports.Capacity{LowPerSecond: s.low, HighPerSecond: s.high, Steps: s.steps}
	switch {
	case rate > mostPerSecond && s.low == 0:
		last := s.steps[len(s.steps)-1]
		c.Reason = fmt.Sprintf("no capacity found: %s is undecided: %s", reports.FormatRate(last.RatePerSecond), last.Why)
		return c
	case rate > mostPerSecond:
		c.Reason = fmt.Sprintf("%s held, and more than %s cannot be offered", reports.FormatRate(s.low), reports.FormatRate(mostPerSecond))
		c.Limit = reports.LimitGenerator
		return c
	}
	c.Reason = fmt.Sprintf("no capacity found: not even %s held: %s", reports.FormatRate(s.high), s.why.Why)
	return c
}
