package run

import (
	"context"

	"github.com/assay-id/assay/scenarios"
)

func (c *caseRun) stepCertificate(context.Context, *scenarios.Certificate) outcome {
	return set(c.place.newCertificate(), "another certificate")
}

func (c *caseRun) stepAdvance(_ context.Context, s *scenarios.Advance) outcome {
	c.place.clock.advance(s.D())
	return done(nil, "advance the clock by %v", s.D())
}

func (c *caseRun) stepFault(_ context.Context, s *scenarios.AddFault) outcome {
	return done(c.mint.addFault(s.Fault), "fault: %s %s", s.Where, s.Kind)
}

func (c *caseRun) stepHeal(_ context.Context, s *scenarios.Heal) outcome {
	if *s == "all" {
		c.place.env.Faults().Reset()
	} else {
		c.place.env.Faults().Remove(string(*s))
	}
	return done(nil, "heal %s", *s)
}
