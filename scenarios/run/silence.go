package run

import (
	"context"
	"fmt"
	"sync"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
)

// mostSilent is how many cases in a row may end without an answer before the
// run asks whether the implementation answers at all.
const mostSilent = 5

// silence counts the cases in a row that ended without an answer. A verifier
// may well crash on five hostile tokens, so the count alone decides nothing.
type silence struct {
	mu     sync.Mutex
	inARow int
}

// after counts a case and reports whether there were too many in a row.
func (s *silence) after(o reports.Outcome) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case silent(o):
		s.inARow++
	case o == reports.OutcomePass, o == reports.OutcomeFail:
		s.inARow = 0
	}
	if s.inARow < mostSilent {
		return false
	}
	s.inARow = 0
	return true
}

// silent reports whether a case that ended with o had no answer.
func silent(o reports.Outcome) bool {
	return o == reports.OutcomeCrash || o == reports.OutcomeHang || o == reports.OutcomeAdapter
}

// listen ends the run if the implementation no longer gives answers: after
// too many cases in a row without one, a plain good token decides.
func (r *runner) listen(ctx context.Context, result *reports.Case) {
	if !r.silence.after(result.Outcome) || ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, caseTimeout)
	defer cancel()
	c, err := r.newCase(goodToken(), 0)
	if err != nil {
		return // The next case reports the fault of the harness.
	}
	v := c.runOnce(ctx).closed(c)
	if !silent(v.outcome) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = fmt.Sprintf("The implementation gives no answers: %d cases in a row ended without one, and so did a plain good token: %s",
		mostSilent, reports.Excerpt(v.why, reports.MaxTokenText))
}

// goodToken returns a scenario that presents a good token.
func goodToken() *scenarios.Scenario {
	return harnessScenario(`
group: harness
title: Questions of the harness
cause: none
advice: none
cases:
  - id: harness.good-token
    title: A plain good token
    level: info
    spec: [RFC 7519 §7.2]
    expect: either
`)
}

// harnessScenario reads a scenario of the harness's own.
func harnessScenario(text string) *scenarios.Scenario {
	group, err := scenarios.Parse("the harness", []byte(text))
	if err != nil {
		panic(fmt.Sprintf("run: internal error: %v", err))
	}
	return group.Cases[0]
}
