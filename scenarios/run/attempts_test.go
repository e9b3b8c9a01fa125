package run_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
)

// bounded has a case with a bound that only an implementation which sleeps
// exceeds, however busy the machine is.
const bounded = `
group: x
title: Bounds
cause: none
advice: none
cases:
  - id: x.budget
    title: A token with a budget
    level: must
    needs: [budget]
    spec: [RFC 7519 §7.2]
    token: { compact: "." }
    budget: 500ms
    expect: reject
`

// tooLong is longer than the bound.
const tooLong = 550 * time.Millisecond

// find returns the case x.budget, or one of the catalogue.
func find(t *testing.T, id string) *scenarios.Scenario {
	t.Helper()
	if id != "x.budget" {
		return selection(t, id)[0]
	}
	group, err := scenarios.Parse("x.yaml", []byte(bounded))
	if err != nil {
		t.Fatal(err)
	}
	return group.Cases[0]
}

// Where real time decides, a case is executed again, and nowhere else: an
// implementation that is wrong now and then is wrong.
func TestOnlyTimeIsForgiven(t *testing.T) {
	t.Parallel()
	tests := []struct {
		scenario string
		wrong    int64 // how many answers are wrong at first
		slow     bool  // whether they are late and right otherwise
		want     reports.Outcome
		asked    int64
	}{
		{"jws.two-segments", 1, false, reports.OutcomeFail, 1},
		{"jws.two-segments", 0, false, reports.OutcomePass, 1},
		{"x.budget", 1, false, reports.OutcomeFail, 1},
		{"x.budget", 2, true, reports.OutcomePass, 3},
		{"x.budget", 3, true, reports.OutcomeFail, 3},
	}
	for _, test := range tests {
		s := find(t, test.scenario)
		var asked atomic.Int64
		cases, _ := runtest.Record(t, run.Options{
			Scenarios: []*scenarios.Scenario{s},
			Implementation: fake{
				capabilities: []string{implementations.StaticKeys, "idp", "budget"},
				verify: func(implementations.Input) (implementations.Answer, error) {
					if asked.Add(1) <= test.wrong {
						if !test.slow {
							return implementations.Answer{Verdict: scenarios.Accept}, nil
						}
						time.Sleep(tooLong)
					}
					return implementations.Answer{Verdict: scenarios.Reject}, nil
				},
			},
		})
		c := cases[test.scenario]
		if c.Outcome != test.want || asked.Load() != test.asked {
			t.Errorf("%s with %d wrong answers: %s after %d, want %s after %d", test.scenario, test.wrong, c.Outcome, asked.Load(), test.want, test.asked)
		}
		if test.asked > 1 && !strings.Contains(strings.Join(c.Evidence.Notes, "\n"), "attempt 3 of at most 3") {
			t.Errorf("%s: the attempts are not told: %q", test.scenario, c.Evidence.Notes)
		}
	}
}

// What a busy machine may have spoilt is not held against an implementation.
func TestABusyMachineIsNoFailure(t *testing.T) {
	t.Parallel()
	const busy = "the machine is busy"
	accepts := always(scenarios.Accept, "")
	tooLate := func(implementations.Input) (implementations.Answer, error) {
		time.Sleep(tooLong)
		return implementations.Answer{Verdict: scenarios.Reject}, nil
	}
	tests := []struct {
		name     string
		scenario string
		verify   func(implementations.Input) (implementations.Answer, error)
		machine  []string // what is seen in the attempts that are looked at
		want     reports.Outcome
	}{
		{"a bound on time", "x.budget", tooLate, []string{busy, busy}, reports.OutcomeInvalid},
		{"a calm attempt", "x.budget", tooLate, []string{busy, ""}, reports.OutcomeFail},
		{"a calm attempt first", "x.budget", tooLate, []string{"", busy}, reports.OutcomeFail},
		{"a wrong acceptance", "x.budget", accepts, nil, reports.OutcomeFail},
		{"no bound", "jws.two-segments", accepts, nil, reports.OutcomeFail},
		{"no answer in time, twice", "jws.two-segments", failing(implementations.ErrHang), []string{busy, busy}, reports.OutcomeHang},
		{"no answer in time, then one", "jws.two-segments", once(implementations.ErrHang), []string{busy}, reports.OutcomePass},
		{"no answer on a calm machine", "jws.two-segments", failing(implementations.ErrHang), []string{""}, reports.OutcomeHang},
		{"a pass", "x.budget", always(scenarios.Reject, ""), nil, reports.OutcomePass},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			looked := 0
			cases, footer := runtest.Record(t, run.Options{
				Scenarios:      []*scenarios.Scenario{find(t, test.scenario)},
				Implementation: fake{capabilities: []string{implementations.StaticKeys, "idp", "budget"}, verify: test.verify},
				Watch: func() func() string {
					return func() string {
						looked++
						return test.machine[looked-1]
					}
				},
			})
			c := cases[test.scenario]
			if c.Outcome != test.want || looked != len(test.machine) || footer.Green() != (test.want == reports.OutcomePass) {
				t.Errorf("looked %d times: %s", looked, runtest.Describe(c))
			}
			if c.Outcome == reports.OutcomeInvalid && (c.Why != busy || len(c.Causes) > 0) {
				t.Errorf("%s", runtest.Describe(c))
			}
		})
	}
}

// A program that discovers its keys has them before its time counts.
func TestKeysAreFetchedBeforeABudgetBegins(t *testing.T) {
	t.Parallel()
	const id = "x.budget"
	for _, test := range []struct {
		capabilities []string
		asked        int
	}{
		{[]string{"idp", "budget"}, 2},
		{[]string{implementations.StaticKeys, "idp", "budget"}, 1},
	} {
		var tokens []string
		cases, _ := runtest.Record(t, run.Options{Scenarios: []*scenarios.Scenario{find(t, id)}, Implementation: fake{
			capabilities: test.capabilities,
			verify: func(in implementations.Input) (implementations.Answer, error) {
				tokens = append(tokens, in.Token)
				return implementations.Answer{Verdict: scenarios.Reject}, nil
			},
		}})
		if c := cases[id]; c.Outcome != reports.OutcomePass || len(tokens) != test.asked {
			t.Errorf("with %q: %d tokens, want %d: %s", test.capabilities, len(tokens), test.asked, runtest.Describe(c))
		}
		if test.asked == 2 && strings.Count(tokens[0], ".") != 2 {
			t.Errorf("the first token is no good one: %q", tokens[0])
		}
	}
}

// What the adapter takes for its messages does not count against a budget.
func TestTheRoundTripIsSubtracted(t *testing.T) {
	t.Parallel()
	group, err := scenarios.Parse("slow.yaml", []byte(`
group: slow
title: Slow answers
cause: none
advice: none
cases:
  - id: slow.budget
    title: A token with a budget
    level: info
    spec: [RFC 7519 §7.2]
    needs: [budget]
    budget: 50ms
    expect: reject
  - id: slow.step
    title: A step with a time limit
    level: info
    spec: [RFC 7519 §7.2]
    needs: [budget, state]
    steps:
      - mint: { as: token }
      - verify: { token: token, within: 50ms, expect: reject }
`))
	if err != nil {
		t.Fatal(err)
	}
	for roundTrip, want := range map[time.Duration]reports.Outcome{0: reports.OutcomeFail, time.Minute: reports.OutcomePass} {
		cases, _ := runtest.Record(t, run.Options{
			Scenarios: group.Cases,
			Implementation: fake{
				capabilities: []string{implementations.StaticKeys, "budget", "state"}, roundTrip: roundTrip,
				verify: func(implementations.Input) (implementations.Answer, error) {
					time.Sleep(60 * time.Millisecond)
					return implementations.Answer{Verdict: scenarios.Reject}, nil
				},
			},
		})
		for _, id := range []string{"slow.budget", "slow.step"} {
			if c := cases[id]; c.Outcome != want {
				t.Errorf("with a round trip of %v: %s, want %s", roundTrip, runtest.Describe(c), want)
			}
		}
	}
}
