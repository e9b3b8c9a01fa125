package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// runVariants executes s once, or once for each of its variants, and fills in
// result: the outcome and the evidence are those of the first variant that did
// not pass, or of the last one. If one was not judged and none failed, the case
// is skipped.
func (r *runner) runVariants(
	ctx context.Context, s *scenarios.Scenario, turn *turn, result *reports.Case,
) {
	n := max(1, len(s.AllVariants()))
	underived := "" // why there is no expectation for a variant
	for i := range n {
		c, v, err := r.runAttempts(ctx, s, i, turn)
		if err != nil {
			result.Outcome = reports.OutcomeError
			r.blame(result, err)
			return
		}
		if c.mint.variant != nil {
			c.judge.evidence.Notes = append(c.judge.evidence.Notes,
				fmt.Sprintf("variant %d of %d: %s", i+1, n, describeVariant(c.mint.variant)))
		}
		if len(result.Variants) == 0 {
			r.fill(result, c, v, i == n-1)
		}
		if n > 1 && v.outcome.Bad() {
			result.Variants = append(result.Variants, reports.Variant{
				Number: i + 1, Is: describeVariant(c.mint.variant), Outcome: v.outcome,
				Got: reports.Excerpt(v.got, maxVariantText),
				Why: reports.Excerpt(v.why, maxVariantText),
			})
		}
		if v.outcome.Bad() && v.outcome != reports.OutcomeFail {
			return // the next one would most likely cost as much time
		}
		if v.outcome == reports.OutcomeSkip {
			underived = v.why
		}
	}
	if underived != "" && !result.Outcome.Bad() {
		// A case of which a part was not judged has not passed.
		result.Outcome, result.Why, result.Got = reports.OutcomeSkip, underived, ""
	}
}

// describeVariant returns the values of a variant in the order of their names.
func describeVariant(values map[string]string) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		words = append(words, fmt.Sprintf("%s = %q", name, cut(values[name])))
	}
	return strings.Join(words, ", ")
}

// maxVariantText bounds each text of a variant: there can be hundreds.
const maxVariantText = 200

// fill puts a verdict and its evidence into the record of a case.
func (r *runner) fill(result *reports.Case, c *caseRun, v verdict, last bool) {
	result.Outcome, result.Want = v.outcome, cmp.Or(v.want, result.Want)
	// Both quote the implementation, which may say anything at any length.
	result.Got = reports.Excerpt(v.got, reports.MaxTokenText)
	result.Why = reports.Excerpt(v.why, reports.MaxTokenText)
	if last || v.outcome != reports.OutcomePass {
		if err := c.judge.evidence.complete(); err != nil && v.err == nil {
			result.Outcome, v.err = reports.OutcomeError, err
		}
	}
	if result.Outcome == reports.OutcomeError {
		r.blame(result, v.err)
	}
	result.Answer = v.answer
	result.ReasonUnknown = result.ReasonUnknown || v.reason.unknown
	result.ReasonDiffers = v.onlyReason ||
		v.outcome == reports.OutcomePass && (result.ReasonDiffers || v.reason.differs)
	// A copy: a pointer into c would keep the whole case alive, with its
	// environment and tokens of megabytes, as long as the record.
	evidence := c.judge.evidence.Evidence
	if v.outcome == reports.OutcomeAdapter {
		// What the token is says nothing about the fault.
		evidence.Changes, evidence.Before, evidence.After = nil, nil, nil
	}
	result.Evidence = &evidence
}

// maxAttempts is how often a case is executed that is sensitive to what else the
// machine does: a neighbour must not fail an implementation.
const maxAttempts = 3

// runAttempts executes one variant, and one that bounds time or memory again
// until it passes, alone from the second time on. Each attempt has an
// environment and verifiers of its own: after a fetch that was too slow, the
// same verifier would answer quickly whatever is wrong with it. No load makes a
// verifier accept the one token of a case, so that failure counts at once.
//
// Any other case is repeated only once, if its answer did not come in time on a
// busy machine.
func (r *runner) runAttempts(
	ctx context.Context, s *scenarios.Scenario, variant int, turn *turn,
) (*caseRun, verdict, error) {
	bounded := s.Timed() || s.MeasuresMemory()
	calm, spoilt := false, "" // whether an attempt counts, and why another does not
	for attempt := 1; ; attempt++ {
		c, err := r.newCase(s, variant)
		if err != nil {
			return nil, verdict{}, err
		}
		look := r.watch()
		v := c.runOnce(ctx).closed(c)
		if attempt > 1 {
			c.judge.evidence.repeated(attempt)
		}
		if v.accepted || v.outcome != reports.OutcomeHang && !(bounded && v.outcome == reports.OutcomeFail) {
			return c, v, nil
		}
		busy := ""
		if turn.isAlone || !bounded {
			busy = look()
			calm = calm || busy == ""
			spoilt = cmp.Or(busy, spoilt)
		}
		again := bounded && attempt < maxAttempts || !bounded && attempt == 1 && busy != ""
		if again && ctx.Err() == nil {
			turn.alone()
			continue
		}
		if bounded && !calm && spoilt != "" {
			v.outcome, v.why = reports.OutcomeInvalid, spoilt
		}
		return c, v, nil
	}
}

// closed ends the case. An adapter may break the protocol after its last answer:
// that answer cannot be relied on either.
func (v verdict) closed(c *caseRun) verdict {
	if err := c.close(); v.outcome == reports.OutcomePass &&
		errors.Is(err, implementations.ErrProtocol) {
		return broken(err)
	}
	return v
}

// verdict is how one execution ended.
type verdict struct {
	outcome reports.Outcome
	got     string
	why     string
	want    string // what was expected of the one token; empty means what the case says
	answer  *reports.Answer
	reason  reasonFinding
	err     error // why there is no judgement

	// accepted is set for a failure that accepts what must be rejected, however
	// long that took.
	accepted bool

	// onlyReason is set for a failure whose verdict is right.
	onlyReason bool
}

// runOnce opens the verifier and presents the token or takes the steps.
func (c *caseRun) runOnce(ctx context.Context) verdict {
	answer, err := c.open(ctx, scenarios.DefaultVerifier, c.place.scenario.Config, c.place.scenario.Expect)
	if err != nil {
		return broken(err)
	}
	if err := c.prepare(ctx); err != nil {
		return broken(err)
	}
	if answer.Verdict != scenarios.Refuse {
		if err := c.warm(ctx); err != nil {
			return broken(err)
		}
	}
	// What was fetched to get here is no business of the assertions.
	if len(c.place.scenario.Steps) > 0 {
		if answer.Verdict == scenarios.Refuse {
			return verdict{outcome: reports.OutcomeFail, got: answer.String(), why: answer.Message}
		}
		v := c.steps(ctx)
		c.judge.requests()
		return c.judge.notTrapped(v)
	}
	v := c.presentOne(ctx, answer)
	if c.place.scenario.Has("idp") {
		c.judge.requests()
	}
	return c.judge.notTrapped(v)
}

// warm lets a verifier that must discover its keys do so before a case bounds
// its time: a budget for parsing is no budget for the network. A case that is
// about fetching keys needs idp, and is left alone.
func (c *caseRun) warm(ctx context.Context) error {
	s := c.place.scenario
	if !s.Timed() || c.place.static || s.Has("idp") || s.Has("tls") {
		return nil
	}
	good, err := c.mint.token(ctx, nil, 0)
	if err != nil {
		return err
	}
	_, err = c.callGuarded(func() (implementations.Answer, error) {
		return c.verifiers[scenarios.DefaultVerifier].Verify(ctx, implementations.Input{
			Token: good.compact,
		})
	})
	return err
}

// notTrapped fails a case that would pass although the trap was touched.
func (j *judge) notTrapped(v verdict) verdict {
	if n := j.place.trapped(); n > 0 && v.outcome == reports.OutcomePass {
		v.outcome = reports.OutcomeFail
		v.got += fmt.Sprintf(", and touched the trap %d times", n)
	}
	return v
}

// presentOne presents the one token of the case. opened is the answer to the
// configuration.
func (c *caseRun) presentOne(ctx context.Context, opened implementations.Answer) verdict {
	m, err := c.mint.token(ctx, c.place.scenario.Token, 0)
	if err != nil {
		return broken(err)
	}
	c.judge.evidence.token(m)
	why, err := c.place.deployment.unjudged(c.place.scenario, m)
	if err != nil {
		return broken(err)
	}
	if why != "" {
		return verdict{outcome: reports.OutcomeSkip, why: why}
	}
	answer, want, accepted := opened, derived{Expectation: c.place.scenario.Expect}, false
	if opened.Verdict != scenarios.Refuse {
		input, err := c.mint.input(m.compact, c.place.scenario.Inputs, 0)
		if err != nil {
			return broken(err)
		}
		if want, err = c.expected(scenarios.DefaultVerifier, input, c.place.scenario.Inputs, c.place.scenario.Expect); err != nil {
			return broken(err)
		}
		var took time.Duration
		present := func() {
			answer, took, err = c.callTimed(ctx, scenarios.DefaultVerifier, input,
				c.place.scenario.Budget.D())
		}
		var size scenarios.Size
		if c.place.scenario.Memory == 0 {
			present()
		} else {
			size = allocated(present)
		}
		if err != nil {
			return broken(err)
		}
		accepted = answer.Verdict == scenarios.Accept && !want.Allows(scenarios.Accept)
		if size > c.place.scenario.Memory && !accepted {
			return verdict{
				outcome: reports.OutcomeFail, answer: answered(answer),
				got: fmt.Sprintf("%s with %d bytes, the bound is %d",
					answer, size, c.place.scenario.Memory),
			}
		}
		if budget := c.place.scenario.Budget.D(); budget > 0 && took > budget && !accepted {
			return verdict{
				outcome: reports.OutcomeFail, answer: answered(answer),
				got: fmt.Sprintf("%s after %v, the budget is %v", answer, took, budget),
			}
		}
	}
	v := c.judge.compare(answer, judged{
		want.Expectation, c.place.scenario.Reports, c.place.scenario.Message,
		c.place.scenario.MessageLacks,
	})
	v.want, v.accepted = want.String(), accepted
	return v
}

// broken is the verdict on an implementation that gave no answer, or on the
// harness if the fault is its own.
func broken(err error) verdict {
	if underived, ok := errors.AsType[*underivedError](err); ok {
		return verdict{outcome: reports.OutcomeSkip, why: underived.why}
	}
	if unfit, ok := errors.AsType[*implementations.UnfitError](err); ok {
		return verdict{outcome: reports.OutcomeSkip, why: unfit.Why}
	}
	v := verdict{outcome: reports.OutcomeError, why: err.Error(), err: err}
	switch {
	case errors.Is(err, implementations.ErrCrash):
		v.outcome, v.got = reports.OutcomeCrash, "no answer: it ended"
	case errors.Is(err, implementations.ErrHang), errors.Is(err, context.DeadlineExceeded):
		v.outcome, v.got = reports.OutcomeHang, "no answer in time"
	case errors.Is(err, implementations.ErrProtocol), errors.Is(err, implementations.ErrNoVerdict):
		v.outcome, v.got = reports.OutcomeAdapter, "no verdict"
	}
	return v
}

// patience is how far beyond a budget an answer is waited for.
const patience = time.Second

// callTimed presents a token and returns how long the answer took. An answer that
// comes after the end of ctx is none: it was given because nobody would wait
// any longer.
func (c *caseRun) callTimed(
	ctx context.Context, verifier string, input implementations.Input, budget time.Duration,
) (implementations.Answer, time.Duration, error) {
	if budget > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, budget+patience)
		defer cancel()
	}
	started := time.Now()
	answer, err := c.callGuarded(func() (implementations.Answer, error) {
		return c.verifiers[verifier].Verify(ctx, input)
	})
	took := c.since(started)
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return answer, took, err
}

// since returns how long the answer to a request of that time took, without the
// part of the adapter: a budget is for the verifier.
func (c *caseRun) since(started time.Time) time.Duration {
	return max(0, time.Since(started)-c.implementation.Describe().RoundTrip)
}
