package run

import (
	"context"

	"github.com/assay-id/assay/scenarios"
)

func (c *caseRun) stepMint(ctx context.Context, s *scenarios.Mint) outcome {
	m, err := c.mint.token(ctx, &s.Token, 0)
	c.mint.tokens[s.As] = m.compact
	return done(err, "mint %s%s", s.As, inBrackets(m.changes))
}
