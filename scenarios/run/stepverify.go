package run

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// tally counts the answers of a repeated verification.
type tally struct {
	mu      sync.Mutex
	wrong   map[string]int
	unknown bool
	err     error
	longest time.Duration
}

func (c *caseRun) stepVerify(ctx context.Context, s *scenarios.Verify) outcome {
	times := max(1, s.Times)
	o := outcome{do: "verify " + s.Token, want: s.Expect.String()}
	if s.Each != nil {
		o.do = "verify a token" + inBrackets(c.describeEach(s.Each))
	}
	if times > 1 {
		o.do += fmt.Sprintf(", %d times", times)
	}
	if s.Verifier != "" {
		o.do += " with " + s.Verifier
	}
	t := tally{wrong: make(map[string]int)}
	last := c.verifyAll(ctx, s, times, &t)
	o.took = t.longest
	switch {
	case t.err != nil:
		o.err = t.err
	case len(t.wrong) > 0:
		o.got = ""
		for what, n := range t.wrong {
			o.got += fmt.Sprintf("%s (%d of %d); ", what, n, times)
		}
		o.got = strings.TrimSuffix(o.got, "; ")
	case s.Within != 0 && t.longest > s.Within.D():
		o.want += fmt.Sprintf(" within %v", s.Within.D())
		o.got = fmt.Sprintf("%s after %v", last, t.longest)
	default:
		o.got, o.ok, o.unknown = last, true, t.unknown
	}
	return o
}

// describeEach says what is changed in the tokens of a family.
func (c *caseRun) describeEach(t *scenarios.Token) []string {
	change, err := c.change(c.goodToken(c.keys["k1"]), t, 0)
	if err != nil {
		return []string{err.Error()}
	}
	return c.describe(t, change)
}

// verifyAll presents the tokens of a step, some at once, and returns one of
// the answers.
func (c *caseRun) verifyAll(ctx context.Context, s *scenarios.Verify, times int, t *tally) string {
	name := s.Verifier
	if name == "" {
		name = "main"
	}
	var last string
	limit := make(chan struct{}, max(1, s.Parallel))
	var wg sync.WaitGroup
	for i := range times {
		limit <- struct{}{}
		wg.Go(func() {
			defer func() { <-limit }()
			got := c.verifyOne(ctx, s, name, i, t)
			t.mu.Lock()
			last = got
			t.mu.Unlock()
		})
	}
	wg.Wait()
	return last
}

// verifyOne presents one token and notes what came of it.
func (c *caseRun) verifyOne(ctx context.Context, s *scenarios.Verify, name string, n int, t *tally) string {
	compact := c.tokens[s.Token]
	var input implementations.Input
	var err error
	if s.Each != nil {
		var m minted
		if m, err = c.mint(ctx, s.Each, n); err == nil {
			compact = m.compact
		}
	}
	if err == nil {
		input, err = c.input(compact, s.Inputs)
	}
	var answer implementations.Answer
	started := time.Now()
	if err == nil {
		answer, err = guard(func() (implementations.Answer, error) { return c.verifiers[name].Verify(ctx, input) })
	}
	took := time.Since(started)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.err = err
		return ""
	}
	t.longest = max(t.longest, took)
	v := c.compare(answer, judged{s.Expect, s.Reports, s.Message, s.MessageLacks})
	t.unknown = t.unknown || v.reasonUnknown
	if v.outcome != reports.OutcomePass {
		got := v.got
		if v.why != "" {
			got += ": " + v.why
		}
		t.wrong[got]++
	}
	return v.got
}
