package run

import (
	"context"
	"fmt"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// mostUnvouched is how many cases of a deployed service may end without an
// accepted token before a good one is presented: a service that has come to
// refuse everything, as one that bans the harness does, would pass the others.
const mostUnvouched = 10

// unvouched is a result that waits until the service is known to accept tokens
// still.
type unvouched struct {
	scenario *scenarios.Scenario
	result   reports.Case
}

// witness is a deployed service that notes whether it accepts anything.
type witness struct {
	implementations.Verifier
	d *deployment
}

func (w witness) Verify(ctx context.Context, input implementations.Input) (implementations.Answer, error) {
	answer, err := w.Verifier.Verify(ctx, input)
	if err == nil && answer.Verdict == scenarios.Accept {
		w.d.accepted.Store(true)
	}
	return answer, err
}

// hold keeps a result until the service accepts a token after it, and then
// records all that were kept.
func (r *runner) hold(ctx context.Context, s *scenarios.Scenario, result reports.Case) {
	d := r.deployment
	d.held = append(d.held, unvouched{s, result})
	if result.Outcome != reports.OutcomeSkip {
		d.unvouched++
	}
	switch {
	case d.accepted.Swap(false):
		r.release("")
	case d.unvouched >= mostUnvouched, result.Outcome == reports.OutcomeFail, d.lost != "":
		r.vouch(ctx)
	}
}

// vouch presents a good token and records the results that were kept. If it is
// not accepted, they are not judged and the run ends.
func (r *runner) vouch(ctx context.Context) {
	d := r.deployment
	if d == nil || len(d.held) == 0 || ctx.Err() != nil {
		return
	}
	r.mu.Lock()
	stopped := r.stopped
	r.mu.Unlock()
	if d.unvouched == 0 && stopped == "" && d.lost == "" {
		r.release("") // Nothing was judged since the last good token.
		return
	}
	if stopped == "" && d.lost == "" {
		d.lost = r.refusesGood(ctx)
	}
	if d.accepted.Store(false); ctx.Err() != nil {
		return
	}
	if stopped == "" && d.lost != "" {
		r.mu.Lock()
		r.stopped = fmt.Sprintf("%s The %d cases since the last accepted token are not judged.",
			reports.Excerpt(d.lost, reports.MaxTokenText), d.unvouched)
		r.mu.Unlock()
		stopped = d.lost
	}
	r.release(stopped)
}

// refusesGood says what comes instead of the acceptance of a good token, or "".
func (r *runner) refusesGood(parent context.Context) string {
	ctx, cancel := context.WithTimeout(parent, caseTimeout+r.deployment.longest())
	defer cancel()
	c, err := r.newCase(goodToken(), 0)
	if err != nil {
		return "" // The next case reports the fault of the harness.
	}
	r.deployment.accepted.Store(false)
	v := c.runOnce(ctx).closed(c)
	if r.deployment.accepted.Load() {
		return ""
	}
	what := v.got
	if v.why != "" {
		what += ": " + v.why
	}
	return fmt.Sprintf("The service no longer accepts a good token (%s).", what)
}

// release records the results that were kept. lost says why those that ended
// with a verdict are not judged, or is empty.
func (r *runner) release(lost string) {
	for _, kept := range r.deployment.held {
		c := kept.result
		if lost != "" && (c.Outcome == reports.OutcomePass || c.Outcome == reports.OutcomeFail) {
			c.Outcome, c.Got, c.Why = reports.OutcomeAdapter, "no verdict", reports.Excerpt(lost, reports.MaxTokenText)
			c.Answer, c.Variants, c.Causes, c.Advice = nil, nil, nil, nil
			c.ReasonDiffers, c.ReasonUnknown = false, false
		}
		r.record(kept.scenario, c)
	}
	r.deployment.held, r.deployment.unvouched = nil, 0
}
