package run

import (
	"context"
	"errors"
	"strings"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/panics"
)

// stepTogether takes several sequences of steps at once. Its outcome is that of
// the first sequence that did not end as it must.
func (c *caseRun) stepTogether(ctx context.Context, s *scenarios.Together) outcome {
	outcomes := make([]outcome, len(*s))
	var wg panics.Group
	for i, branch := range *s {
		wg.Go(func() { outcomes[i] = c.branch(ctx, branch) })
	}
	wg.Wait()
	all := outcome{ok: true, onlyReason: true}
	var dos, wants, gots []string
	for _, o := range outcomes {
		dos, wants, gots = append(dos, o.do), append(wants, o.want), append(gots, o.got)
		all.ok = all.ok && o.ok
		all.onlyReason = all.onlyReason && (o.ok || o.onlyReason)
		all.reason = all.reason.and(o.reason)
		all.err = errors.Join(all.err, o.err)
	}
	all.do = "at once: " + strings.Join(dos, "; ")
	all.want, all.got = strings.Join(wants, "; "), strings.Join(gots, "; ")
	return all
}

// branch takes the steps of one sequence until one does not end as it must.
func (c *caseRun) branch(ctx context.Context, steps []scenarios.Step) outcome {
	o := outcome{ok: true}
	var dos []string
	for _, s := range steps {
		next := c.step(ctx, s)
		dos = append(dos, next.do)
		o.ok, o.err = next.ok, next.err
		o.reason, o.onlyReason = o.reason.and(next.reason), next.onlyReason
		if next.want != "" || !next.ok {
			o.want, o.got = next.want, next.got
		}
		if !o.ok || o.err != nil {
			break
		}
	}
	o.do = strings.Join(dos, ", ")
	return o
}
