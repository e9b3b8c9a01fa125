package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/panics"
)

// tally counts the answers of a repeated verification.
type tally struct {
	mu      sync.Mutex
	wrong   map[string]int
	reason  reasonFinding
	verdict bool // one of the wrong answers has a wrong verdict
	err     error
	want    string // if the choices of the run changed it
	longest time.Duration

	accepted int // how many were accepted where one must be
}

// settle counts it as wrong if none or several were accepted where one must be.
func (t *tally) settle(s *scenarios.Verify) {
	if s.AcceptedOnce && t.accepted != 1 {
		t.verdict, t.wrong[string(scenarios.Accept)] = true, t.accepted
	}
}

func (c *caseRun) stepVerify(ctx context.Context, s *scenarios.Verify) outcome {
	times := max(1, s.Times)
	o := outcome{do: "verify " + s.Token, want: s.Expect.String()}
	if s.Each != nil {
		o.do = "verify a token" + inBrackets(c.mint.describeEach(s.Each))
	}
	if s.Text != nil {
		o.do = "verify " + cut(s.Text.String())
	}
	if s.Fresh {
		o.do += " with a new verifier"
	}
	if times > 1 {
		o.do += fmt.Sprintf(", %d times", times)
	}
	if s.Verifier != "" {
		o.do += " with " + s.Verifier
	}
	if s.AcceptedOnce {
		o.want = "accept once, otherwise " + o.want
	}
	t := tally{wrong: make(map[string]int)}
	o.do += inOrder(s)
	var last string
	verify := func() {
		if s.Every != 0 || s.Eventually {
			last = c.verifyInOrder(ctx, s, times, &t)
		} else {
			last = c.verifyAll(ctx, s, times, &t)
		}
	}
	var size scenarios.Size
	if s.Memory == 0 {
		verify()
	} else {
		size = allocated(verify)
	}
	t.settle(s)
	o.took, o.want = t.longest, cmp.Or(t.want, o.want)
	switch {
	case t.err != nil:
		o.err = t.err
	case len(t.wrong) > 0:
		o.got = ""
		for _, what := range slices.Sorted(maps.Keys(t.wrong)) {
			o.got += fmt.Sprintf("%s (%d of %d); ", what, t.wrong[what], times)
		}
		o.got, o.onlyReason = strings.TrimSuffix(o.got, "; "), !t.verdict
	case s.Within != 0 && t.longest > s.Within.D():
		o.want += fmt.Sprintf(" within %v", s.Within.D())
		o.got = fmt.Sprintf("%s after %v", last, t.longest)
	case size > s.Memory:
		o.want += fmt.Sprintf(" with at most %d bytes", s.Memory)
		o.got = fmt.Sprintf("%s with %d bytes", last, size)
	default:
		o.got, o.ok, o.reason = last, true, t.reason
	}
	return o
}

// describeEach says what is changed in the tokens of a family.
func (mt *mint) describeEach(t *scenarios.Token) []string {
	change, err := mt.change(mt.goodToken(mt.place.keys[scenarios.DefaultKey]), t, 0)
	if err != nil {
		return []string{err.Error()}
	}
	return mt.describe(t, change)
}

// verifyAll presents the tokens of a step, some at once, and returns the answer
// to the last one, whichever comes last.
func (c *caseRun) verifyAll(ctx context.Context, s *scenarios.Verify, times int, t *tally) string {
	name := cmp.Or(s.Verifier, scenarios.DefaultVerifier)
	var last string
	limit := make(chan struct{}, max(1, s.Parallel))
	var wg panics.Group
	for i := range times {
		limit <- struct{}{}
		wg.Go(func() {
			defer func() { <-limit }()
			got := c.verifyOne(ctx, s, name, i, t)
			if i == times-1 {
				last = got
			}
		})
	}
	wg.Wait()
	return last
}

// presented returns the token that a repetition presents.
func (c *caseRun) presented(ctx context.Context, s *scenarios.Verify, n int) (string, error) {
	switch {
	case s.Each != nil:
		m, err := c.mint.token(ctx, s.Each, n)
		return m.compact, err
	case s.Text != nil:
		return c.mint.render(*s.Text, scope{n: n})
	}
	return c.mint.tokens[s.Token], nil
}

// verifyFresh presents a token to a verifier that has seen no other.
func (c *caseRun) verifyFresh(
	ctx context.Context, input implementations.Input,
) (implementations.Answer, error) {
	v, _, answer, err := c.newVerifier(ctx, c.place.scenario.Config, c.choices)
	if err != nil || v == nil {
		return answer, err
	}
	answer, err = v.Verify(ctx, input)
	return answer, errors.Join(err, v.Close())
}

// verifyOne presents one token and records the answer.
func (c *caseRun) verifyOne(
	ctx context.Context, s *scenarios.Verify, name string, n int, t *tally,
) string {
	var input implementations.Input
	compact, err := c.presented(ctx, s, n)
	if err == nil {
		input, err = c.mint.input(compact, s.Inputs, n)
	}
	if limit := s.GiveUp.D(); limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	var want derived
	if err == nil {
		want, err = c.expected(name, input, s.Inputs, s.Expect)
	}
	if err == nil && len(want.because) > 0 && s.Eventually {
		err = &underivedError{strings.Join(want.because, ", ") + ", and the case waits for another answer"}
	}
	var answer implementations.Answer
	started := time.Now()
	if err == nil {
		answer, err = c.callGuarded(func() (implementations.Answer, error) {
			if s.Fresh {
				return c.verifyFresh(ctx, input)
			}
			return c.verifiers[name].Verify(ctx, input)
		})
	}
	took := c.since(started)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		t.err = err
		return ""
	}
	t.longest = max(t.longest, took)
	if s.AcceptedOnce && answer.Verdict == scenarios.Accept {
		t.accepted++
		return string(answer.Verdict)
	}
	v := c.judge.compare(answer, judged{want.Expectation, s.Reports, s.Message, s.MessageLacks})
	if v.err != nil {
		t.err = v.err
		return ""
	}
	if len(want.because) > 0 {
		t.want = want.String()
	}
	t.reason = t.reason.and(v.reason)
	if v.outcome != reports.OutcomePass {
		t.verdict = t.verdict || !v.onlyReason
		got := v.got
		if v.why != "" {
			got += ": " + v.why
		}
		t.wrong[got]++
	}
	return v.got
}
