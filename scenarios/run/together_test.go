package run_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
)

const atOnce = `
group: x
title: Steps at once
cases:
  - id: x.goroutines
    title: Goroutines are counted inside together
    level: must
    needs: [idp, api]
    spec: [CWE-772]
    steps:
      - mint: { as: token }
      - verify: { token: token, expect: accept }
      - together:
          - - assert: { goroutines: "0" }
          - - advance: 1s
  - id: x.time
    title: Time is bounded inside together
    level: must
    needs: [idp]
    spec: [CWE-772]
    steps:
      - mint: { as: token }
      - together:
          - - verify: { token: token, within: 500ms, expect: accept }
          - - advance: 1s
`

// A bound inside together counts like one outside of it: what is left behind
// is found, and a busy machine is forgiven.
func TestBoundsInsideTogetherCount(t *testing.T) {
	t.Parallel()
	group, err := scenarios.Parse("x.yaml", []byte(atOnce))
	if err != nil {
		t.Fatal(err)
	}
	end := make(chan struct{})
	defer close(end)
	leaks := func(implementations.Input) (implementations.Answer, error) {
		go func() { <-end }()
		return implementations.Answer{Verdict: scenarios.Accept}, nil
	}
	var asked atomic.Int64
	slowAtFirst := func(implementations.Input) (implementations.Answer, error) {
		if asked.Add(1) == 1 {
			time.Sleep(550 * time.Millisecond)
		}
		return implementations.Answer{Verdict: scenarios.Accept}, nil
	}
	tests := []struct {
		scenario int
		verify   func(implementations.Input) (implementations.Answer, error)
		want     reports.Outcome
	}{
		{0, always(scenarios.Accept, ""), reports.OutcomePass},
		{0, leaks, reports.OutcomeFail},
		{1, slowAtFirst, reports.OutcomePass},
	}
	for _, test := range tests {
		s := group.Cases[test.scenario]
		cases, _ := runtest.Record(t, run.Options{
			Scenarios:      []*scenarios.Scenario{s},
			Implementation: fake{capabilities: []string{"idp", "api", "clock"}, verify: test.verify},
		})
		if c := cases[s.ID]; c.Outcome != test.want {
			t.Errorf("%s ends with %s, want %s:\n%s",
				s.ID, c.Outcome, test.want, runtest.Describe(c))
		}
	}
}
