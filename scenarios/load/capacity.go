package load

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

// setCapacity checks what a search for the capacity cannot be combined with.
func (p *plan) setCapacity() error {
	if !p.FindCapacity {
		return nil
	}
	for _, other := range []struct {
		name string
		set  bool
	}{
		{"a schedule", len(p.Schedule) > 0},
		{"virtual users", len(p.Users) > 0},
		{"conditions that abort it", len(p.Aborts) > 0},
		{"events", len(p.Events) > 0},
		{"parts", p.Part != Part{}},
		{"a file of requests", p.Hits != nil},
	} {
		if other.set {
			return gate.Usage("a search for the capacity chooses its loads itself, and cannot have %s", other.name)
		}
	}
	if p.Warmup == 0 {
		return gate.Usage("a search for the capacity needs a warm-up: without one, no request is in flight when a trial begins")
	}
	if p.MaxBehind == 0 {
		p.MaxBehind = p.Duration / 2
	}
	return nil
}

// searchLifetime is how long the tokens of a search are valid: longer than one
// takes.
const searchLifetime = 7 * 24 * time.Hour

// findCapacity searches for the highest rate at which the thresholds are met. Its
// error is one that emit returned, or the cause of ctx.
func (r *runner) findCapacity(ctx context.Context) error {
	var service time.Duration // p50 of the service at the highest rate that held
	var highest float64
	s := new(search)
	s.try = func(ctx context.Context, phase string, rate float64) (reports.CapacityStep, error) {
		t, err := r.try(ctx, rate)
		if err != nil {
			return reports.CapacityStep{}, err
		}
		step := t.judge(phase, rate, service)
		if step.Outcome == reports.StepHeld && rate >= highest {
			highest, service = rate, t.typical()
			r.best = t
		}
		if r.best == nil {
			r.last = t
		}
		// How many trials are left is not known.
		return step, r.out.Progress(reports.Progress{Message: describeStep(step), Capacity: s.standing(step)})
	}
	var err error
	capacity, err := s.find(ctx, r.RatePerSecond)
	r.result.Footer.Capacity = &capacity
	if errors.Is(err, ErrUnreachable) {
		capacity.Reason = err.Error()
		return nil
	}
	return err
}

// closeSearch emits the end of the stream of a search: the sample and the
// thresholds of the highest rate that held, or of the last one that was tried.
func (r *runner) closeSearch(ctx context.Context) error {
	shown := r.best
	if shown == nil {
		shown = r.last
	}
	f := &r.result.Footer
	if shown != nil {
		r.result.Samples, r.result.Notes = shown.result.Samples, shown.result.Notes
		f.Thresholds = shown.result.Footer.Thresholds
	}
	var judgement gate.Judgement
	if c := f.Capacity; c == nil || ctx.Err() != nil {
		f.Interrupted = true
	} else {
		judgement = gate.JudgeCapacity(r.capacity, *c)
		f.Thresholds = append(f.Thresholds, judgement.Thresholds...)
		// What was asked about the capacity may be known although it is not.
		enough := len(r.capacity) > 0 && judgement.Conclude(nil) == nil
		if c.Limit != reports.LimitTarget && !enough {
			f.Invalid = []string{c.Reason}
		}
	}
	for _, s := range r.result.Samples {
		if err := r.out.Sample(s); err != nil {
			return err
		}
	}
	if r.unreachable != "" && !f.Interrupted {
		f.Stopped = ErrUnreachable.Error() + ": " + r.unreachable
	}
	if err := r.out.End(f); err != nil {
		return err
	}
	switch {
	case f.Interrupted:
		return context.Cause(ctx)
	case r.unreachable != "":
		return fmt.Errorf("%w: %s", ErrUnreachable, r.unreachable)
	}
	return judgement.Conclude(f.Invalid)
}

// describeStep says in a few words how a trial ended.
func describeStep(s reports.CapacityStep) string {
	text := fmt.Sprintf("%s: %s %s", s.Phase, reports.FormatRate(s.RatePerSecond), s.Outcome)
	if s.Why != "" {
		text += ": " + s.Why
	}
	return text
}

// ErrUnreachable means that no connection to the target could be opened, so that
// nothing was measured. Exit code 5.
var ErrUnreachable = errors.New("the target cannot be reached")

// try offers a rate for as long as the thresholds need, with the tokens of r.
func (r *runner) try(ctx context.Context, rate float64) (*runner, error) {
	t := &runner{plan: r.plan, out: r.out, timeline: new(timeline)}
	t.RatePerSecond = rate
	for _, threshold := range r.thresholds {
		needed := time.Duration(1.02 * float64(threshold.Samples()) / rate * float64(time.Second))
		t.Duration = max(t.Duration, min(needed, mostStretch*r.Duration))
	}
	if err := t.setSchedule(); err != nil {
		return nil, err
	}
	t.collector = newCollector(t.series(), t.schedule, t.Warmup, t.mix)
	t.targets = &targets{
		mix: t.mix, seed: t.Seed, number: t.schedule.number, limit: int64(t.InFlight), requests: r.targets.requests, cycled: r.targets.cycled,
	}
	err := t.attack(ctx)
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case t.unreachable != "":
		r.unreachable = t.unreachable
		return nil, fmt.Errorf("%w: %s", ErrUnreachable, t.unreachable)
	}
	return t, err
}

// mostStretch is how much longer than asked a trial may take, so that there are
// enough requests for a percentile.
const mostStretch = 10

// typical returns the median of the service time.
func (r *runner) typical() time.Duration {
	d, _ := r.collector.whole.service.Quantile(0.5)
	return d
}

// judge says how the trial of a rate ended. service is the median of the service
// time at a lower rate that held, or zero.
func (r *runner) judge(phase string, rate float64, service time.Duration) reports.CapacityStep {
	r.result.Notes = r.notes()
	judged := conditions{
		unmeasured: r.unmeasured(), doubts: r.doubts(), crowded: r.crowded(),
		notes: r.result.Notes, dropped: r.dropped(), allowInvalid: r.AllowInvalid,
	}
	series := r.collector.final(r.schedule.duration)
	judgement := judged.judge(r.thresholds, series, &r.result.Footer)
	r.showAnswers(series)
	sample := series[0].Sample
	sample.Series += " at " + reports.FormatRate(rate)
	r.result.Samples = []reports.Sample{sample}

	step := reports.CapacityStep{Phase: phase, RatePerSecond: rate, Outcome: reports.StepHeld}
	step.AnsweredPerSecond = perSecond(r.collector.within, r.schedule.duration-r.Warmup)
	step.Latency, step.Service = r.collector.whole.response.Quantiles(), r.collector.whole.service.Quantiles()
	missed, undecided := unmet(judgement.Thresholds)
	if missed == "" {
		missed = r.behind()
	}
	limit := r.limit(judged.crowded, service)
	switch {
	case missed != "" && limit != "" && !r.wronged(judgement.Thresholds):
		step.Outcome, step.Why = reports.StepGenerator, limit
	case missed != "":
		step.Outcome, step.Why = reports.StepExceeded, missed
	case undecided != "":
		step.Outcome, step.Why = reports.StepUndecided, undecided
	}
	return step
}

// wronged reports whether a threshold on verdicts was missed, which neither a
// busy machine nor a limit of the generator explains.
func (r *runner) wronged(judged []reports.Threshold) bool {
	for i, t := range r.thresholds {
		if m := t.Metric(); judged[i].Verdict == reports.VerdictMissed && (m == "wrong" || m == "errors") {
			return true
		}
	}
	return false
}

// unmet returns the first threshold that was missed, and the first undecided one.
func unmet(thresholds []reports.Threshold) (missed, undecided string) {
	for _, t := range thresholds {
		line := t.Expression + ": got " + t.Got
		switch {
		case t.Verdict == reports.VerdictMissed && missed == "":
			missed = line
		case t.Verdict == reports.VerdictUndecided && undecided == "":
			undecided = line
		}
	}
	return missed, undecided
}

// mostBehind is how many of the requests may remain without an answer that came
// while as many were sent, besides two that chance explains.
const mostBehind = 0.01

// behind says by how much the answers fell behind the requests: the queue of a
// target that is too slow grows, long before it is so long that a percentile
// shows it. A slow target that keeps up does not fall behind: as many answers
// to earlier requests come during the trial as remain open after it.
func (r *runner) behind() string {
	due := r.planned()
	if float64(r.collector.within)+2 >= (1-mostBehind)*float64(due) {
		return ""
	}
	d := r.schedule.duration - r.Warmup
	return fmt.Sprintf("the target fell behind: it answered %s of %s",
		reports.FormatRate(perSecond(r.collector.within, d)), reports.FormatRate(perSecond(due, d)))
}

// mostLate is the share of requests that may wait because too many are in
// flight, before that is a limit, and steady how much longer the target may take
// meanwhile if it is not the target's.
const (
	mostLate = 0.05
	steady   = 1.5
)

// limit says why the generator may be the reason for what does not hold, or
// nothing. If requests waited because too many were in flight, and those that
// were took no longer than at a lower rate, then the target could do more.
func (r *runner) limit(crowded []string, service time.Duration) string {
	c := r.collector
	late := float64(c.waited) > mostLate*float64(c.whole.operations())
	if late && service > 0 && float64(r.typical()) <= steady*float64(service) {
		return fmt.Sprintf("all %d requests that may be in flight were, while the target took no longer for each", r.InFlight)
	}
	if r.AllowInvalid {
		return ""
	}
	return strings.Join(crowded, "; ")
}
