package run_test

import (
	"context"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
)

const repetitions = `
group: x
title: Repetitions
cases:
  - id: x.once
    title: One right answer within nine seconds is enough
    level: must
    needs: [clock]
    spec: [RFC 9111 §4.2]
    steps:
      - mint: { as: token }
      - verify: { token: token, times: 10, every: 1s, eventually: true, expect: accept }
  - id: x.each
    title: Every answer must be right
    level: must
    needs: [clock]
    spec: [RFC 9111 §4.2]
    steps:
      - mint: { as: token }
      - verify: { token: token, times: 10, every: 1s, expect: accept }
`

// A verifier that comes to its senses after a while passes where one right
// answer is enough, and only if it comes in time.
func TestRepetitions(t *testing.T) {
	t.Parallel()
	group, err := scenarios.Parse("x.yaml", []byte(repetitions))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		after      time.Duration
		once, each reports.Outcome
		got        string // what the step in x.once got
	}{
		{0, reports.OutcomePass, reports.OutcomePass, "accept after 0s"},
		{5 * time.Second, reports.OutcomePass, reports.OutcomeFail, "accept after 5s"},
		{9 * time.Second, reports.OutcomePass, reports.OutcomeFail, "accept after 9s"},
		{10 * time.Second, reports.OutcomeFail, reports.OutcomeFail, "reject KEY_NOT_FOUND (10 of 10)"},
	}
	for _, test := range tests {
		t.Run(test.after.String(), func(t *testing.T) {
			t.Parallel()
			cases, _ := runtest.Record(t, run.Options{Scenarios: group.Cases, Implementation: late{test.after}, Jobs: 1})
			steps := cases["x.once"].Evidence.Steps
			if got := steps[len(steps)-1].Got; got != test.got {
				t.Errorf("the last step got %q, want %q", got, test.got)
			}
			if once, each := cases["x.once"].Outcome, cases["x.each"].Outcome; once != test.once || each != test.each {
				t.Errorf("outcomes are %s and %s, want %s and %s", once, each, test.once, test.each)
			}
		})
	}
}

// late is an implementation that accepts after a while by its clock.
type late struct{ after time.Duration }

func (late) Describe() implementations.Description {
	return implementations.Description{Name: "late", Capabilities: []string{implementations.StaticKeys, "clock"}}
}
func (late) Close() error { return nil }
func (l late) Open(
	_ context.Context, s implementations.Setup,
) (implementations.Verifier, implementations.Answer, error) {
	good := s.Now().Add(l.after)
	return fakeVerifier{fake{verify: func(implementations.Input) (implementations.Answer, error) {
		if s.Now().Before(good) {
			return implementations.Answer{Verdict: scenarios.Reject, Reason: "KEY_NOT_FOUND"}, nil
		}
		return implementations.Answer{Verdict: scenarios.Accept}, nil
	}}}, implementations.Answer{}, nil
}
