package run

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
)

func (c *caseRun) stepOpen(ctx context.Context, s *scenarios.Open) outcome {
	o := outcome{do: "open the verifier " + s.As, want: s.Expect.String()}
	answer, err := c.open(ctx, s.As, s.Config, s.Expect)
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
	v := c.judge.compare(answer, judged{expect: s.Expect})
	o.got, o.ok, o.reason, o.onlyReason = v.got, v.outcome == reports.OutcomePass, v.reason, v.onlyReason
	return o
}

// stepClose ends a verifier, which stays known: what it answers afterwards can
// be judged.
func (c *caseRun) stepClose(_ context.Context, s *scenarios.Close) outcome {
	name := cmp.Or(s.Verifier, scenarios.DefaultVerifier)
	o := outcome{do: "close the verifier " + name, want: "an end", got: "an end", ok: true}
	started := time.Now()
	o.err = c.verifiers[name].Close()
	o.took = time.Since(started)
	if limit := s.Within.D(); limit > 0 {
		o.want += fmt.Sprintf(" within %v", limit)
		if o.took > limit {
			o.got, o.ok = fmt.Sprintf("an end after %v", o.took), false
		}
	}
	return o
}
