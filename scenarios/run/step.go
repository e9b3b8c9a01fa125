package run

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
)

// outcome is how one step ended.
type outcome struct {
	do, want, got string
	ok            bool
	reason        reasonFinding
	onlyReason    bool // it is not ok, and every verdict is right
	err           error
	took          time.Duration // how long the implementation took; zero for other steps
}

// steps takes the steps of a sequence until one does not end as it must.
func (c *caseRun) steps(ctx context.Context) verdict {
	v := verdict{outcome: reports.OutcomePass, got: "all steps as written"}
	for i, s := range c.place.scenario.Steps {
		started, before := time.Now(), c.place.fetches()
		o := c.step(ctx, s)
		fetches := c.place.fetches() - before
		if o.took == 0 {
			o.took = time.Since(started)
		}
		if o.err != nil {
			c.judge.evidence.step(o.do, o.want, o.err.Error(), false, o.took, fetches)
			if v = broken(o.err); v.outcome == reports.OutcomeSkip {
				return v
			}
			v.why = fmt.Sprintf("step %d, %s: %v", i+1, o.do, o.err)
			return v
		}
		c.judge.evidence.step(o.do, o.want, o.got, o.ok, o.took, fetches)
		if !o.ok {
			return verdict{
				outcome: reports.OutcomeFail, onlyReason: o.onlyReason,
				got: fmt.Sprintf("step %d, %s: want %s, got %s", i+1, o.do, o.want, o.got),
			}
		}
		if o.reason.differs && !v.reason.differs {
			v.got += fmt.Sprintf(", step %d for another reason: want %s, got %s",
				i+1, o.want, o.got)
		}
		v.reason = v.reason.and(o.reason)
	}
	return v
}

// done is a step that judges nothing.
func done(err error, do string, args ...any) outcome {
	return outcome{do: fmt.Sprintf(do, args...), ok: true, err: err}
}

// actions lists what each kind of step does. This is the list to which a new
// kind is added.
func actions() []action {
	return []action{
		does((*caseRun).stepMint),
		does((*caseRun).stepLogin),
		does((*caseRun).stepRefresh),
		does((*caseRun).stepRevoke),
		does((*caseRun).stepBegin),
		does((*caseRun).stepRenew),
		does((*caseRun).stepIssue),
		does((*caseRun).stepOpen),
		does((*caseRun).stepVerify),
		does((*caseRun).stepClose),
		does((*caseRun).stepExchange),
		does((*caseRun).stepConnect),
		does((*caseRun).stepProbe),
		does((*caseRun).stepRotate),
		does((*caseRun).stepPromote),
		does((*caseRun).stepRetire),
		does((*caseRun).stepPublish),
		does((*caseRun).stepMove),
		does((*caseRun).stepCertificate),
		does((*caseRun).stepAdvance),
		does((*caseRun).stepFault),
		does((*caseRun).stepHeal),
		does((*caseRun).stepAssert),
		does((*caseRun).stepTogether),
	}
}

// action carries out one kind of step.
type action struct {
	takes func(scenarios.Kind) bool
	do    func(*caseRun, context.Context, scenarios.Kind) outcome
}

// does returns the action of the kind K.
func does[K scenarios.Kind](do func(*caseRun, context.Context, K) outcome) action {
	return action{
		takes: func(k scenarios.Kind) bool { _, ok := k.(K); return ok },
		do: func(c *caseRun, ctx context.Context, k scenarios.Kind) outcome {
			return do(c, ctx, k.(K))
		},
	}
}

// step carries out one step.
func (c *caseRun) step(ctx context.Context, s scenarios.Step) outcome {
	for _, a := range actions() {
		if a.takes(s.Kind) {
			o := a.do(c, ctx, s.Kind)
			if asked, ok := errors.AsType[*impossibleError](o.err); ok {
				o.err = c.mint.mistake(s.At, asked.err)
			}
			return o
		}
	}
	panic(fmt.Sprintf("run: internal error: line %d: nothing carries out the step %s",
		s.At.Line, s.Key()))
}

// impossibleError says that the environment cannot do what a step asks of it:
// the author of the scenario made a mistake.
type impossibleError struct{ err error }

func (e *impossibleError) Error() string { return e.err.Error() }

// set is done for a step that changes the environment.
func set(err error, do string, args ...any) outcome {
	if err != nil {
		err = &impossibleError{err}
	}
	return done(err, do, args...)
}

func inBrackets(changes []string) string {
	if len(changes) == 0 {
		return ""
	}
	return " (" + strings.Join(changes, "; ") + ")"
}
