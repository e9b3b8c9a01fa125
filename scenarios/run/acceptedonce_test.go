package run_test

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
)

const acceptedOnce = `
group: x
title: One of several
cases:
  - id: x.one
    title: One of four answers at once accepts the token
    level: must
    spec: [OIDC Core 1.0 §3.1.3.7 item 11]
    needs: [load]
    steps:
      - mint: { as: token }
      - verify: { token: token, times: 4, parallel: 4, accepted_once: true, expect: reject INVALID_NONCE }
`

// Where one repetition must be accepted, none is too few and two are too many.
func TestAcceptedOnce(t *testing.T) {
	t.Parallel()
	group, err := scenarios.Parse("x.yaml", []byte(acceptedOnce))
	if err != nil {
		t.Fatal(err)
	}
	for accepts, want := range []struct {
		outcome reports.Outcome
		got     string // unless the step passes: then it is the answer that came last
	}{
		{reports.OutcomeFail, "accept (0 of 4)"},
		{reports.OutcomePass, ""},
		{reports.OutcomeFail, "accept (2 of 4)"},
	} {
		t.Run(strconv.Itoa(accepts), func(t *testing.T) {
			t.Parallel()
			cases, _ := runtest.Record(t, run.Options{Scenarios: group.Cases, Implementation: generous{int64(accepts)}, Jobs: 1})
			steps := cases["x.one"].Evidence.Steps
			if got := steps[len(steps)-1].Got; want.got != "" && got != want.got {
				t.Errorf("the step got %q, want %q", got, want.got)
			}
			if got := cases["x.one"].Outcome; got != want.outcome {
				t.Errorf("outcome is %s, want %s", got, want.outcome)
			}
		})
	}
}

// generous is an implementation that accepts a number of tokens.
type generous struct{ accepts int64 }

func (generous) Describe() implementations.Description {
	return implementations.Description{Name: "generous", Capabilities: []string{implementations.StaticKeys, "load"}}
}
func (generous) Close() error { return nil }
func (g generous) Open(context.Context, implementations.Setup) (implementations.Verifier, implementations.Answer, error) {
	var calls atomic.Int64
	return fakeVerifier{fake{verify: func(implementations.Input) (implementations.Answer, error) {
		if calls.Add(1) > g.accepts {
			return implementations.Answer{Verdict: scenarios.Reject, Reason: "INVALID_NONCE"}, nil
		}
		return implementations.Answer{Verdict: scenarios.Accept}, nil
	}}}, implementations.Answer{}, nil
}
