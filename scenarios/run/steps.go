package run

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
)

// outcome is how one step ended.
type outcome struct {
	do, want, got string
	ok            bool
	unknown       bool // the answer named no reason
	err           error
	took          time.Duration // of the implementation; zero for the rest
}

// steps takes the steps of a sequence until one does not end as it must.
func (c *caseRun) steps(ctx context.Context) verdict {
	v := verdict{outcome: reports.OutcomePass, got: "all steps as written"}
	for i, s := range c.scenario.Steps {
		started := time.Now()
		o := c.step(ctx, s)
		if o.took == 0 {
			o.took = time.Since(started)
		}
		if o.err != nil {
			c.evidence.step(o.do, o.want, o.err.Error(), false, o.took)
			v = broken(o.err)
			v.why = fmt.Sprintf("step %d, %s: %v", i+1, o.do, o.err)
			return v
		}
		c.evidence.step(o.do, o.want, o.got, o.ok, o.took)
		v.reasonUnknown = v.reasonUnknown || o.unknown
		if !o.ok {
			return verdict{outcome: reports.OutcomeFail, got: fmt.Sprintf("step %d, %s: want %s, got %s", i+1, o.do, o.want, o.got)}
		}
	}
	return v
}

// done is a step that judges nothing.
func done(err error, do string, args ...any) outcome {
	return outcome{do: fmt.Sprintf(do, args...), ok: true, err: err}
}

// step carries out one step.
func (c *caseRun) step(ctx context.Context, s scenarios.Step) outcome {
	switch {
	case s.Mint != nil:
		m, err := c.mint(ctx, &s.Mint.Token, 0)
		c.tokens[s.Mint.As] = m.compact
		return done(err, "mint %s%s", s.Mint.As, inBrackets(m.changes))
	case s.Login != nil:
		return c.stepLogin(ctx, s.Login)
	case s.Refresh != nil:
		return c.stepRefresh(ctx, s.Refresh)
	case s.Begin != nil:
		return c.stepBegin(ctx, s.Begin)
	case s.Renew != nil:
		return c.stepRenew(ctx, s.Renew)
	case s.Issue != nil:
		return c.stepIssue(s.Issue)
	case s.Revoke != nil:
		return done(c.revoke(ctx, c.sessions[*s.Revoke].refreshToken), "revoke the session %s", *s.Revoke)
	case s.Open != nil:
		return c.stepOpen(ctx, s.Open)
	case s.Verify != nil:
		return c.stepVerify(ctx, s.Verify)
	case s.Exchange != nil:
		return c.stepExchange(ctx, s.Exchange)
	case s.Connect != nil:
		return c.stepConnect(ctx, s.Connect)
	case s.Probe != nil:
		return c.stepProbe(ctx, s.Probe)
	case s.Together != nil:
		return c.stepTogether(ctx, s.Together)
	case s.Close != nil:
		return c.stepClose(s.Close)
	case s.Rotate != nil:
		return c.stepRotate(s.Rotate)
	case s.Promote != nil:
		return c.stepKey("promote", *s.Promote, c.env.Ring().Promote)
	case s.Retire != nil:
		return c.stepKey("retire", *s.Retire, c.env.Ring().Retire)
	case s.Publish != nil:
		return done(c.publish(*s.Publish, ""), "publish %s", cut(*s.Publish))
	case s.Move != "":
		return done(c.env.SetJWKSPath(s.Move), "move the JWK Set to %s", s.Move)
	case s.Certificate != "":
		return done(c.newCertificate(), "another certificate")
	case s.Advance != nil:
		c.clock.advance(s.Advance.D())
		return done(nil, "advance the clock by %v", s.Advance.D())
	case s.Fault != nil:
		return done(c.addFault(*s.Fault), "fault: %s %s", s.Fault.Where, s.Fault.Kind)
	case s.Heal != nil:
		if *s.Heal == "all" {
			c.env.Faults().Reset()
		} else {
			c.env.Faults().Remove(*s.Heal)
		}
		return done(nil, "heal %s", *s.Heal)
	case s.Assert != nil:
		return c.stepAssert(ctx, s.Assert)
	}
	return done(fmt.Errorf("line %d: the step does nothing", s.Line), "nothing")
}

func inBrackets(changes []string) string {
	if len(changes) == 0 {
		return ""
	}
	return " (" + strings.Join(changes, "; ") + ")"
}

func (c *caseRun) stepOpen(ctx context.Context, s *scenarios.Open) outcome {
	o := outcome{do: "open the verifier " + s.As, want: s.Expect.String()}
	answer, err := c.open(ctx, s.As, s.Config)
	if err != nil {
		o.err = err
		return o
	}
	if s.Expect.IsZero() {
		o.want, o.got, o.ok = "a verifier", "a verifier", answer.Verdict != scenarios.Refuse
		if !o.ok {
			o.got = answer.String()
		}
		return o
	}
	v := c.compare(answer, judged{expect: s.Expect})
	o.got, o.ok, o.unknown = v.got, v.outcome == reports.OutcomePass, v.reasonUnknown
	return o
}

func (c *caseRun) stepRotate(s *scenarios.Rotate) outcome {
	var key *keyring.Key
	if s.Key != "" {
		var err error
		if key, err = c.key(s.Key); err != nil {
			return done(err, "rotate")
		}
	}
	return done(c.env.Ring().Rotate(keyring.Mode(s.Mode), key), "rotate: %s %s", s.Mode, s.Key)
}

func (c *caseRun) stepKey(what, name string, do func(string) error) outcome {
	key, err := c.key(name)
	if err == nil {
		err = do(key.ID())
	}
	return done(err, "%s %s", what, name)
}
