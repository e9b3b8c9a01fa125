package run

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/assay-id/assay/scenarios"
)

// verifyInOrder presents the tokens of a step one after the other, with the
// clock advanced in between, and returns the last answer. If one right answer
// is enough, that is the last one, with the time it took by the clock of the
// case, and the implementation is not blamed for what came before.
func (c *caseRun) verifyInOrder(
	ctx context.Context, s *scenarios.Verify, times int, t *tally,
) string {
	name := cmp.Or(s.Verifier, scenarios.DefaultVerifier)
	last := ""
	for i := range times {
		if i > 0 {
			c.place.clock.advance(s.Every.D())
		}
		wrong := t.sum()
		last = c.verifyOne(ctx, s, name, i, t)
		if t.err != nil {
			return last
		}
		if s.Eventually && t.sum() == wrong {
			clear(t.wrong)
			return fmt.Sprintf("%s after %v", last, s.Every.D()*time.Duration(i))
		}
	}
	return last
}

// sum returns how many answers were wrong.
func (t *tally) sum() int {
	sum := 0
	for _, n := range t.wrong {
		sum += n
	}
	return sum
}

// inOrder says in words how a verification is repeated.
func inOrder(s *scenarios.Verify) string {
	text := ""
	if s.Every != 0 {
		text = fmt.Sprintf(", one every %v", s.Every.D())
	}
	if s.Eventually {
		text += " until the answer is right"
	}
	return text
}
