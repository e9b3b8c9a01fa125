package load

import (
	"fmt"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/gate"
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
	return nil
}

// watch judges the conditions that end a load over a sliding window.
type watch struct {
	conditions []gate.Threshold
	recent     *recent
	schedule   schedule
	from       time.Duration // the warm-up is not judged
	window     time.Duration
}

// newWatch returns nil if p has no conditions.
func (p *plan) newWatch() *watch {
	if len(p.aborts) == 0 {
		return nil
	}
	return &watch{
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
	series := []gate.Series{{
		Sample: reports.Sample{
			Operations: sum.service.Count(), Failed: sum.failed, Wrong: sum.wrong,
			RatePerSecond:    perSecond(sum.service.Count(), covered),
			OfferedPerSecond: perSecond(w.schedule.countBetween(now-covered, now), covered),
		},
		Service: sum.service, Response: sum.response, Lag: sum.lag,
	}}
	for _, condition := range w.conditions {
		judgement := gate.Judge([]gate.Threshold{condition}, series)
		if t := judgement.Thresholds[0]; t.Verdict == reports.VerdictMet {
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
