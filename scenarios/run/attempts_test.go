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
		{"jws.many-dots", 1, false, reports.OutcomeFail, 1},
		{"jws.many-dots", 2, true, reports.OutcomePass, 3},
		{"jws.many-dots", 3, true, reports.OutcomeFail, 3},
	}
	for _, test := range tests {
		s := runtest.Catalogue(t).Get(test.scenario)
		if s == nil {
			t.Fatalf("there is no scenario %s", test.scenario)
		}
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
						time.Sleep(s.Budget.D() + 50*time.Millisecond)
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
	late := func(implementations.Input) (implementations.Answer, error) {
		time.Sleep(runtest.Catalogue(t).Get("jws.many-dots").Budget.D() + 50*time.Millisecond)
		return implementations.Answer{Verdict: scenarios.Reject}, nil
	}
	tests := []struct {
		name     string
		scenario string
		verify   func(implementations.Input) (implementations.Answer, error)
		machine  []string // what is seen in the attempts that are looked at
		want     reports.Outcome
	}{
		{"a bound on time", "jws.many-dots", late, []string{busy, busy}, reports.OutcomeInvalid},
		{"a calm attempt", "jws.many-dots", late, []string{busy, ""}, reports.OutcomeFail},
		{"a calm attempt first", "jws.many-dots", late, []string{"", busy}, reports.OutcomeFail},
		{"a wrong acceptance", "jws.many-dots", accepts, nil, reports.OutcomeFail},
		{"no bound", "jws.two-segments", accepts, nil, reports.OutcomeFail},
		{"no answer in time, twice", "jws.two-segments", failing(implementations.ErrHang), []string{busy, busy}, reports.OutcomeHang},
		{"no answer in time, then one", "jws.two-segments", once(implementations.ErrHang), []string{busy}, reports.OutcomePass},
		{"no answer on a calm machine", "jws.two-segments", failing(implementations.ErrHang), []string{""}, reports.OutcomeHang},
		{"a pass", "jws.many-dots", always(scenarios.Reject, ""), nil, reports.OutcomePass},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			looked := 0
			cases, footer := runtest.Record(t, run.Options{
				Scenarios:      selection(t, test.scenario),
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
	const id = "jws.many-dots"
	for _, test := range []struct {
		capabilities []string
		asked        int
	}{
		{[]string{"idp", "budget"}, 2},
		{[]string{implementations.StaticKeys, "idp", "budget"}, 1},
	} {
		var tokens []string
		cases, _ := runtest.Record(t, run.Options{Scenarios: selection(t, id), Implementation: fake{
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
