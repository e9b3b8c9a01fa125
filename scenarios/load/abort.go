package load

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/gate"
	"github.com/assay-id/assay/scenarios/measure/latency"
)

// abortSteps is how many windows a sliding window consists of.
const abortSteps = 10

// setAborts reads the conditions that end the load.
func (p *plan) setAborts() error {
	offered := p.schedule.duration - p.Warmup
	if p.AbortWindow == 0 {
		p.AbortWindow = min(5*time.Second, offered)
	}
	if p.AbortWindow < abortSteps || p.AbortWindow > time.Hour {
		return gate.Usage("abort window is %v, want more than 0 and at most 1h", p.AbortWindow)
	}
	for _, text := range p.Aborts {
		condition, err := gate.ParseAbort(text, p.schedule.kind())
		if err != nil {
			return err
		}
		p.aborts = append(p.aborts, condition)
	}
	if len(p.Aborts) > 0 && p.AbortWindow > offered {
		return gate.Usage("abort window is %v, which is longer than the load, %v", p.AbortWindow, offered)
	}
	for _, condition := range p.aborts {
		if err := p.decidable(condition, offered); err != nil {
			return err
		}
	}
	return nil
}

// decidable returns an error if even the highest rate of the schedule sends too
// few requests in a window for the percentile of a condition, which could then
// never hold. How many virtual users send, only the load tells.
func (p *plan) decidable(condition gate.Threshold, offered time.Duration) error {
	needed, sent := condition.Samples(), uint64(p.schedule.peak*p.AbortWindow.Seconds()+1e-6)
	if p.schedule.closed || sent >= needed {
		return nil
	}
	ways := []string{"a rate of " + reports.FormatRate(math.Ceil(float64(needed)/p.AbortWindow.Seconds()))}
	window := time.Duration(math.Ceil(float64(needed)/p.schedule.peak)) * time.Second
	if window <= offered {
		ways = append(ways, fmt.Sprintf("an abort window of %v", window))
	}
	ways = append(ways, percentileOf(sent))
	return gate.Usage("abort condition %q can never hold: it needs %d requests in the abort window, and %v at up to %s sends %d; what works is %s",
		condition, needed, p.AbortWindow, reports.FormatRate(p.schedule.peak), sent, strings.Join(ways, ", or "))
}

// percentileOf returns the highest of the usual percentiles that n samples
// support, and otherwise the maximum.
func percentileOf(n uint64) string {
	for _, percent := range []int{99, 95, 90, 75, 50} {
		if latency.Needed(float64(percent)/100) <= n {
			return fmt.Sprintf("p%d", percent)
		}
	}
	return "max"
}

// watch judges the conditions that end a load over a sliding window.
type watch struct {
	conditions []gate.Threshold
	recent     *recent
	schedule   schedule
	from       time.Duration // the warm-up is not judged
	window     time.Duration
	undecided  []string // by condition, why it has never been decided, or empty
}

// newWatch returns nil if p has no conditions.
func (p *plan) newWatch() *watch {
	if len(p.aborts) == 0 {
		return nil
	}
	return &watch{
		undecided:  slices.Repeat([]string{"no whole window had answers"}, len(p.aborts)),
		conditions: p.aborts, schedule: p.schedule, from: p.Warmup, window: p.AbortWindow,
		// One more window is not over yet.
		recent: newRecent(p.schedule.closed, p.AbortWindow/abortSteps, abortSteps+1),
	}
}

// abort is a condition that held.
type abort struct {
	reports.Abort
	restsOnTimes bool // whether a busy machine may be why
}

// held returns the first condition that holds, or nil. None does before a whole
// window is over, or if nothing was answered in it. A nil watch has none.
func (w *watch) held(now time.Duration) *abort {
	if w == nil || now < w.from+w.window {
		return nil
	}
	sum, covered := w.recent.sum(now)
	covered = min(covered, now-w.from)
	if sum.service.Count() == 0 {
		return nil
	}
	series := []gate.Series{{
		Sample: reports.Sample{
			Operations: sum.service.Count(), Failed: sum.failed, Wrong: sum.wrong,
			RatePerSecond:    perSecond(sum.service.Count(), covered),
			OfferedPerSecond: perSecond(w.schedule.countBetween(now-covered, now), covered),
		},
		Service: sum.service, Response: sum.response, Lag: sum.lag,
	}}
	for i, condition := range w.conditions {
		judgement := gate.Judge([]gate.Threshold{condition}, series)
		t := judgement.Thresholds[0]
		switch {
		case t.Verdict != reports.VerdictUndecided:
			w.undecided[i] = ""
		case w.undecided[i] != "":
			w.undecided[i] = "a window had " + t.Got
		}
		if t.Verdict == reports.VerdictMet {
			return &abort{
				Abort: reports.Abort{
					Condition: t.Expression, Got: t.Got,
					WindowSeconds: w.window.Seconds(), ElapsedSeconds: (now - w.from).Seconds(),
				},
				restsOnTimes: judgement.RestsOnTimes(),
			}
		}
	}
	return nil
}

// notes names the conditions that were never decided. A nil watch
// has none.
func (w *watch) notes() []string {
	if w == nil {
		return nil
	}
	var notes []string
	for i, why := range w.undecided {
		if why != "" {
			notes = append(notes, fmt.Sprintf("abort condition %s was never decided: %s", w.conditions[i], why))
		}
	}
	return notes
}

// conclude returns the error with which an aborted load ends. A busy machine
// must not look like a slow target.
func (a *abort) conclude(invalid []string) error {
	if a.restsOnTimes && len(invalid) > 0 {
		return fmt.Errorf("%w: %s: %v", gate.ErrInvalid, a.String(), invalid)
	}
	return fmt.Errorf("%w: %s", gate.ErrMissed, a.String())
}

// add counts h, which was due after the warm-up or in it.
func (w *watch) add(h hit) {
	if w != nil && h.intended >= w.from {
		w.recent.add(h)
	}
}
