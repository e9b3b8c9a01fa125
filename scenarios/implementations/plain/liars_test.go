package plain_test

import (
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/implementations/plain"
	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
)

// matrix asks which scenarios each liar fails besides those that it names. It
// takes the better part of an hour.
var matrix = flag.Bool("matrix", false, "run every liar against the whole catalogue and log what it fails")

// TestPlainPassesTheCatalogue shows that the scenarios demand what a verifier
// can know from the clauses that they cite, and do not restate the builtin. It
// is not parallel because some cases bound what the process allocates.
func TestPlainPassesTheCatalogue(t *testing.T) {
	longtest.Only(t)
	runtest.Pass(t, run.Options{Scenarios: runtest.Catalogue(t).All(), Implementation: implementations.Plain(), Seed: 7})
	lacks := implementations.Plain().Describe().Missing(implementations.Builtin().Describe().Capabilities)
	t.Logf("it can do what the builtin can, except %q", lacks)
}

// minimal is the scenario that every liar passes, but for those that give one
// answer to everything: a liar does one thing wrong.
const minimal = "base.minimal"

// TestLiarsAreCaught runs each liar against the scenarios that it names, but for
// those that measure memory. TestLiarsAreCaughtAtOnce is a short form of it.
func TestLiarsAreCaught(t *testing.T) {
	longtest.Only(t)
	t.Parallel()
	court := newCourt(t)
	for i, l := range slowestFirst(plain.Liars()) {
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			must := slices.DeleteFunc(court.mustCatch(t, l), (*scenarios.Scenario).MeasuresMemory)
			court.convict(t, l, i, must)
			if l.Name == "accept-all" || l.Name == "reject-all" {
				return
			}
			if c := court.try(t, l, i, court.named(t, []string{minimal}))[minimal]; c.Outcome != reports.OutcomePass {
				t.Errorf("it does more than one thing wrong: %s", runtest.Describe(c))
			}
		})
	}
}

// TestLiarsAreCaughtAtOnce runs every third liar, or all, against the first
// scenario that it names, unless that one is timing-sensitive, waits or measures
// memory.
func TestLiarsAreCaughtAtOnce(t *testing.T) {
	t.Parallel()
	court := newCourt(t)
	for i, l := range plain.Liars() {
		if i%5 != 0 && !longtest.Wanted() {
			continue
		}
		first := court.named(t, l.CaughtBy[:1])
		if s := first[0]; s.Timed() || s.Waits || s.MeasuresMemory() {
			continue
		}
		t.Run(l.Name, func(t *testing.T) {
			t.Parallel()
			court.convict(t, l, i, first)
		})
	}
}

// TestLiarsAreCaughtByMemory runs each liar against the scenarios that measure
// memory. Nothing else may happen in the process meanwhile, so next to liars
// that wait for seconds each of these scenarios would make all others wait.
func TestLiarsAreCaughtByMemory(t *testing.T) {
	longtest.Only(t)
	court := newCourt(t)
	for i, l := range plain.Liars() {
		measuring := slices.DeleteFunc(court.mustCatch(t, l), func(s *scenarios.Scenario) bool { return !s.MeasuresMemory() })
		if len(measuring) > 0 {
			t.Run(l.Name, func(t *testing.T) { court.convict(t, l, i, measuring) })
		}
	}
}

// slowestFirst moves the liar that takes longest to the front.
func slowestFirst(liars []plain.Liar) []plain.Liar {
	i := slices.IndexFunc(liars, func(l plain.Liar) bool { return l.Name == "no-timeout" })
	slowest := liars[i]
	return slices.Insert(slices.Delete(liars, i, i+1), 0, slowest)
}

// TestEveryScenarioHasItsLiar demands a liar for everything that a scenario
// forbids: a case that no wrong verifier can fail is worth nothing. accept-all
// and reject-all do not count, and every other liar must pass minimal.
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
		for _, s := range runtest.Catalogue(t).All() {
			if expects(s, kind.is) && !hasLiar[s.ID] && s.ID != minimal {
				without = append(without, s.ID)
			}
		}
		if len(without) > 0 {
			t.Errorf("%d scenarios demand to %s and have no liar: %s",
				len(without), kind.what, strings.Join(without, " "))
		}
	}
}

// TestLiarsNameScenariosThatExist also demands names that differ: a liar is
// found by its name, and the second of two would never be run.
func TestLiarsNameScenariosThatExist(t *testing.T) {
	t.Parallel()
	all := runtest.Catalogue(t)
	named := make(map[string]bool)
	for _, l := range plain.Liars() {
		if named[l.Name] {
			t.Errorf("two liars are called %s", l.Name)
		}
		named[l.Name] = true
		for _, id := range l.CaughtBy {
			if all.Get(id) == nil {
				t.Errorf("%s names %s, which the catalogue lacks", l.Name, id)
			}
		}
	}
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
