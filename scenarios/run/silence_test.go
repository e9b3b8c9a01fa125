package run_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
)

// A run ends by itself if the implementation no longer gives answers, and
// only then: one that crashes on bad tokens alone is judged to the end.
func TestTheRunEndsWhenNothingIsAnswered(t *testing.T) {
	t.Parallel()
	list := slices.DeleteFunc(selection(t, "aud"), func(s *scenarios.Scenario) bool { return len(s.Needs) > 0 })[:12]
	debugLine := fmt.Errorf("%w: a line is not a JSON response: DEBUG verifying", implementations.ErrProtocol)
	crash := fmt.Errorf("%w: exit status 3", implementations.ErrCrash)
	var presented int
	tests := []struct {
		name    string
		verify  func(implementations.Input) (implementations.Answer, error)
		judged  int
		outcome reports.Outcome
		says    string
	}{
		{"a debug line in place of every answer", failing(debugLine), 5, reports.OutcomeAdapter, "DEBUG verifying"},
		{"it never answers", failing(implementations.ErrHang), 5, reports.OutcomeHang, "did not answer in time"},
		{"it always ends", failing(crash), 5, reports.OutcomeCrash, "exit status 3"},
		{"it answers a good token", func(implementations.Input) (implementations.Answer, error) {
			if presented++; presented%6 == 0 { // the one that the harness asks for
				return implementations.Answer{Verdict: scenarios.Accept}, nil
			}
			return implementations.Answer{}, crash
		}, 12, reports.OutcomeCrash, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			under := fake{capabilities: []string{implementations.StaticKeys}, verify: test.verify}
			cases, footer := runtest.Record(t, run.Options{Scenarios: list, Implementation: under, Seed: 1, Jobs: 1})
			if footer.Judged != test.judged || footer.Planned != len(list) || footer.Counts[test.outcome] != test.judged {
				t.Errorf("footer is %+v, want %d cases that end with %s",
					footer, test.judged, test.outcome)
			}
			if (footer.Stopped != "") != (test.says != "") || !strings.Contains(footer.Stopped, test.says) || footer.Green() {
				t.Errorf("stopped is %q, want %q in it", footer.Stopped, test.says)
			}
			for _, c := range cases {
				if c.Outcome == reports.OutcomeAdapter && (len(c.Evidence.Changes) > 0 || c.Evidence.After != nil || len(c.Causes) > 0) {
					t.Errorf("a fault of the adapter is explained by the token: %s",
						runtest.Describe(c))
				}
			}
		})
	}
}

// All variants of a case are judged, not only the first that fails.
func TestEveryVariantIsJudged(t *testing.T) {
	t.Parallel()
	const id = "alg.none-case"
	s := runtest.Catalogue(t).Get(id)
	n := len(s.AllVariants())
	if n < 4 {
		t.Fatalf("%s has %d variants, want a case with more", id, n)
	}
	judge := func(verify func(implementations.Input) (implementations.Answer, error)) *reports.Case {
		under := fake{capabilities: []string{implementations.StaticKeys}, verify: verify}
		cases, _ := runtest.Record(t, run.Options{Scenarios: selection(t, id), Implementation: under, Seed: 1})
		return cases[id]
	}
	asked := 0
	c := judge(func(implementations.Input) (implementations.Answer, error) {
		if asked++; asked == 2 || asked == n {
			return implementations.Answer{Verdict: scenarios.Accept}, nil
		}
		return implementations.Answer{Verdict: scenarios.Reject}, nil
	})
	if asked != n || c.Outcome != reports.OutcomeFail || len(c.Variants) != 2 || c.Variants[0].Number != 2 || c.Variants[1].Number != n {
		t.Errorf("%d of %d variants were presented: %s", asked, n, runtest.Describe(c))
	}
	if notes := strings.Join(c.Evidence.Notes, "\n"); !strings.Contains(notes, fmt.Sprintf("variant 2 of %d", n)) {
		t.Errorf("the evidence is not that of the first that failed: %q", notes)
	}
	asked = 0
	c = judge(func(implementations.Input) (implementations.Answer, error) {
		asked++
		return implementations.Answer{}, implementations.ErrHang
	})
	if asked != 1 || c.Outcome != reports.OutcomeHang {
		t.Errorf("after no answer %d variants were presented: %s", asked, runtest.Describe(c))
	}
}
