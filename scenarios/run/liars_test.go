package run_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/implementations/plain"
	"github.com/assay-id/assay/scenarios/run"
)

// matrix asks which scenarios each liar fails beside those that it names. It
// takes the better part of an hour.
var matrix = flag.Bool("matrix", false, "run every liar against the whole catalogue and log what it fails")

var update = flag.Bool("update", false, "rewrite the golden files")

// TestPlainPassesTheCatalogue shows that the scenarios demand what a verifier
// can know from the clauses that they cite, and do not restate the builtin. It
// is not parallel, for the cases that bound what the process allocates.
func TestPlainPassesTheCatalogue(t *testing.T) {
	all := catalogue(t).All()
	cases, footer := record(t, run.Options{Scenarios: all, Implementation: implementations.Plain(), Seed: 7})
	lacks := implementations.Plain().Describe().Missing(implementations.Builtin().Describe().Capabilities)
	for _, s := range all {
		skipped := len(implementations.Plain().Describe().Missing(s.Needs)) > 0
		switch c := cases[s.ID]; {
		case c.Outcome == reports.OutcomeSkip && skipped:
		case c.Outcome != reports.OutcomePass:
			t.Errorf("%s", describe(c))
		}
	}
	t.Logf("it can what the builtin can, but for %q", lacks)
	if !footer.Green() {
		t.Errorf("footer is %+v", footer)
	}
}

// TestLiarsAreCaught runs each liar against the scenarios that it names.
func TestLiarsAreCaught(t *testing.T) {
	t.Parallel()
	court := newCourt(t)
	for i, l := range plain.Liars() {
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			must := court.named(t, l.CaughtBy)
			switch l.Name {
			case "accept-all":
				must = court.where(excludesAccept)
			case "reject-all":
				must = court.where(demandsAccept)
			default:
				cases := court.try(t, l, i, court.named(t, []string{"base.minimal"}))
				if c := cases["base.minimal"]; c.Outcome != reports.OutcomePass {
					t.Errorf("it is wrong in more than one thing: %s", describe(c))
				}
			}
			cases := court.try(t, l, i, must)
			for _, s := range slices.Concat(must, court.named(t, l.CaughtBy)) {
				if c := cases[s.ID]; c == nil {
					t.Errorf("%s allows its answer and cannot catch it", s.ID)
				} else if !caught(c) {
					t.Errorf("%s does not catch it: %s", s.ID, describe(c))
				}
			}
		})
	}
}

// TestEveryScenarioHasItsLiar demands a liar for whatever a scenario forbids: a
// case that no wrong verifier can fail is worth nothing. accept-all and
// reject-all do not count. base.minimal is what every other liar must pass.
func TestEveryScenarioHasItsLiar(t *testing.T) {
	t.Parallel()
	hasLiar := make(map[string]bool)
	for _, l := range plain.Liars() {
		if l.Name != "accept-all" && l.Name != "reject-all" {
			for _, id := range l.CaughtBy {
				hasLiar[id] = true
			}
		}
	}
	for _, kind := range []struct {
		what string
		is   func(scenarios.Expectation) bool
	}{{"refuse", excludesAccept}, {"accept", demandsAccept}} {
		var without []string
		for _, s := range catalogue(t).All() {
			if expects(s, kind.is) && !hasLiar[s.ID] && s.ID != "base.minimal" {
				without = append(without, s.ID)
			}
		}
		if len(without) > 0 {
			t.Errorf("%d scenarios demand to %s and have no liar: %s", len(without), kind.what, strings.Join(without, " "))
		}
	}
}

func TestLiarsNameScenariosThatExist(t *testing.T) {
	t.Parallel()
	all := catalogue(t)
	for _, l := range plain.Liars() {
		for _, id := range l.CaughtBy {
			if all.Get(id) == nil {
				t.Errorf("%s names %s, which the catalogue lacks", l.Name, id)
			}
		}
	}
}

// tableFile is the table of liars and what catches them.
const tableFile = "../implementations/plain/README.md"

// The table is for people who want to know what a scenario is good for.
// TestLiarsAreCaught sees that it is true.
func TestTableOfLiars(t *testing.T) {
	t.Parallel()
	want := table(catalogue(t), plain.Liars())
	if *update {
		if err := os.WriteFile(tableFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(tableFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("the table is not that of the liars; make golden writes it (-want +got):\n%s", diff)
	}
}

// table returns the table as a document.
func table(c *scenarios.Catalogue, liars []plain.Liar) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# The liars\n\n%d verifiers that are wrong on purpose, each in one thing, for a catalogue of %d scenarios. `assay run --implementation\nliar:NAME` shows one. Each is caught by all the scenarios in its row; what else it fails, `make liars` tells.\n\n", len(liars), len(c.All()))
	b.WriteString("| liar | what it does wrong | caught by |\n| --- | --- | --- |\n")
	caughtBy := make(map[string][]string)
	for _, l := range liars {
		var ids []string
		for _, id := range l.CaughtBy {
			ids = append(ids, "`"+id+"`")
			caughtBy[id] = append(caughtBy[id], "`"+l.Name+"`")
		}
		switch l.Name {
		case "accept-all":
			ids = append(ids, "and whatever excludes that the token is accepted")
		case "reject-all":
			ids = append(ids, "and whatever demands that it is")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", l.Name, strings.ReplaceAll(l.Drops, "|", `\|`), strings.Join(ids, ", "))
	}
	b.WriteString("\n## The other way round\n\n| scenario | catches |\n| --- | --- |\n")
	for _, s := range c.All() {
		if names := caughtBy[s.ID]; names != nil {
			fmt.Fprintf(&b, "| `%s` | %s |\n", s.ID, strings.Join(names, ", "))
		}
	}
	return b.String()
}

// TestMatrix logs the scenarios that each liar fails.
func TestMatrix(t *testing.T) {
	if !*matrix {
		t.Skip("takes the better part of an hour: ask for it with -matrix")
	}
	court := newCourt(t)
	for i, l := range plain.Liars() {
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			var failed []string
			for id, c := range court.try(t, l, i, court.catalogue.All()) {
				if caught(c) {
					failed = append(failed, id)
				}
			}
			slices.Sort(failed)
			t.Logf("fails %d: %s", len(failed), strings.Join(failed, " "))
		})
	}
}

// court is where liars are tried: one mock environment for all of them.
type court struct {
	catalogue *scenarios.Catalogue
	server    *mockidp.Server
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
			t.Logf("requests were cut off, those of liars that wait for ever: %v", err)
		}
	})
	return &court{catalogue(t), server}
}

// try runs a liar, the number nth of all, against some scenarios.
func (c *court) try(t *testing.T, l plain.Liar, nth int, list []*scenarios.Scenario) map[string]*reports.Case {
	t.Helper()
	if len(list) == 0 {
		return nil
	}
	implementation, err := implementations.Liar(l.Name)
	if err != nil {
		t.Fatal(err)
	}
	cases, _ := record(t, run.Options{
		Scenarios: list, Implementation: implementation, Server: c.server, Seed: uint64(1000 + nth),
	})
	return cases
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

// caught reports whether a case was lost by what the liar said or did not say,
// and not by a fault of the harness.
func caught(c *reports.Case) bool {
	return c.Outcome == reports.OutcomeFail || c.Outcome == reports.OutcomeHang || c.Outcome == reports.OutcomeCrash
}

// expects reports whether any of the verdicts that s asks for is of that kind.
func expects(s *scenarios.Scenario, is func(scenarios.Expectation) bool) bool {
	if len(s.Steps) == 0 {
		return is(s.Expect)
	}
	return anyStep(s.Steps, is)
}

func anyStep(steps []scenarios.Step, is func(scenarios.Expectation) bool) bool {
	return slices.ContainsFunc(steps, func(step scenarios.Step) bool {
		return step.Verify != nil && is(step.Verify.Expect) || step.Renew != nil && is(step.Renew.Expect) || step.Open != nil && is(step.Open.Expect) ||
			slices.ContainsFunc(step.Together, func(branch []scenarios.Step) bool { return anyStep(branch, is) })
	})
}

// excludesAccept and demandsAccept are the kinds of expectation that accept-all
// and reject-all must fail.
func excludesAccept(e scenarios.Expectation) bool {
	return !e.IsZero() && e.Match(scenarios.Accept, "") == scenarios.MatchNone
}

func demandsAccept(e scenarios.Expectation) bool { return e.Only(scenarios.Accept) }
