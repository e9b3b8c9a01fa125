package run_test

import (
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
)

// TestPlainPassesTheCatalogue shows that the scenarios demand what a verifier
// can know from the clauses they cite, and do not restate the builtin.
func TestPlainPassesTheCatalogue(t *testing.T) {
	t.Parallel()
	all := catalogue(t).All()
	cases, footer := record(t, run.Options{Scenarios: all, Implementation: implementations.Plain(), Seed: 7})
	for _, s := range all {
		if c := cases[s.ID]; c.Outcome != reports.OutcomePass {
			t.Errorf("%s", describe(c))
		}
	}
	if !footer.Green() {
		t.Errorf("footer is %+v", footer)
	}
}
