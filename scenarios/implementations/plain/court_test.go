package plain_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/implementations/plain"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
)

// court tries liars, all of them against one mock environment.
type court struct {
	catalogue *scenarios.Catalogue
	server    *mockidp.Server
	quiet     run.Quiet
}

func newCourt(t *testing.T) *court {
	t.Helper()
	server, err := mockidp.Start(t.Context(), mockidp.Config{Seed: 7})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// The test's own context has ended by now.
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := server.Close(ctx); err != nil {
			t.Logf("requests of liars that wait forever were cut off: %v", err)
		}
	})
	return &court{catalogue: runtest.Catalogue(t), server: server}
}

// try runs the nth of all liars against some scenarios.
func (c *court) try(
	t *testing.T, l plain.Liar, nth int, list []*scenarios.Scenario,
) map[string]*reports.Case {
	t.Helper()
	if len(list) == 0 {
		return nil
	}
	implementation, err := implementations.Liar(l.Name)
	if err != nil {
		t.Fatal(err)
	}
	cases, _ := runtest.Record(t, run.Options{
		Scenarios: list, Implementation: implementation, Server: c.server, Quiet: &c.quiet, Seed: uint64(1000 + nth), Jobs: 4,
	})
	return cases
}

// mustCatch returns the scenarios that must catch a liar.
func (c *court) mustCatch(t *testing.T, l plain.Liar) []*scenarios.Scenario {
	t.Helper()
	named := c.named(t, l.CaughtBy)
	is := map[string]func(scenarios.Expectation) bool{"accept-all": excludesAccept, "reject-all": demandsAccept}[l.Name]
	if is == nil {
		return named
	}
	for _, s := range named {
		if !expects(s, is) {
			t.Errorf("%s allows its answer and cannot catch it", s.ID)
		}
	}
	return c.where(is)
}

// convict fails the test for each of the scenarios that does not catch the nth
// of all liars.
func (c *court) convict(t *testing.T, l plain.Liar, nth int, must []*scenarios.Scenario) {
	t.Helper()
	cases := c.try(t, l, nth, must)
	for _, s := range must {
		if tried := cases[s.ID]; !caught(tried) {
			t.Errorf("%s does not catch it: %s", s.ID, runtest.Describe(tried))
		}
	}
}

// named returns the scenarios with these IDs.
func (c *court) named(t *testing.T, ids []string) []*scenarios.Scenario {
	t.Helper()
	list := make([]*scenarios.Scenario, len(ids))
	for i, id := range ids {
		if list[i] = c.catalogue.Get(id); list[i] == nil {
			t.Fatalf("there is no scenario %s", id)
		}
	}
	return list
}

// where returns the scenarios with an expectation of that kind.
func (c *court) where(is func(scenarios.Expectation) bool) []*scenarios.Scenario {
	return slices.DeleteFunc(c.catalogue.All(), func(s *scenarios.Scenario) bool { return !expects(s, is) })
}

// caught reports whether a case was lost because of what the liar said or did
// not say, and not because of a fault of the harness.
func caught(c *reports.Case) bool {
	return c.Outcome == reports.OutcomeFail || c.Outcome == reports.OutcomeHang || c.Outcome == reports.OutcomeCrash
}

// expects reports whether is holds for any of the verdicts that s expects.
func expects(s *scenarios.Scenario, is func(scenarios.Expectation) bool) bool {
	return slices.ContainsFunc(s.Expectations(), is)
}

// excludesAccept and demandsAccept tell the expectations that accept-all and
// reject-all must fail.
func excludesAccept(e scenarios.Expectation) bool {
	return !e.IsZero() && !e.Allows(scenarios.Accept)
}

func demandsAccept(e scenarios.Expectation) bool { return e.Only(scenarios.Accept) }
