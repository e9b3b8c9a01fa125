package run_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/verifier"
)

// builtinOnce reads the catalogue for all tests together: that takes longer
// than most of them.
var builtinOnce = sync.OnceValues(scenarios.Builtin)

func catalogue(t *testing.T) *scenarios.Catalogue {
	t.Helper()
	c, err := builtinOnce()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// record runs scenarios and returns the cases and the footer. The stream must
// be one that readers take.
func record(t *testing.T, opts run.Options) (map[string]*reports.Case, reports.Footer) {
	t.Helper()
	var stream bytes.Buffer
	w := reports.NewWriter(&stream)
	footer, err := run.Run(t.Context(), opts, w.Handle)
	if err != nil {
		t.Fatal(err)
	}
	cases := make(map[string]*reports.Case)
	for r, err := range reports.Read(&stream) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Case != nil {
			cases[r.Case.ID] = r.Case
		}
	}
	return cases, footer
}

func describe(c *reports.Case) string {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// TestBuiltinPassesTheCatalogue allows no skip but of what the production
// verifier leaves out by design: it never decrypts. It is not parallel: some
// cases bound what the process allocates, whoever does.
func TestBuiltinPassesTheCatalogue(t *testing.T) {
	all := catalogue(t).All()
	cases, footer := record(t, run.Options{Scenarios: all, Implementation: implementations.Builtin(), Seed: 7})
	for _, s := range all {
		c := cases[s.ID]
		if c == nil {
			t.Errorf("%s was not judged", s.ID)
		} else if c.Outcome == reports.OutcomeSkip && s.Has("jwe") {
			continue
		} else if c.Outcome != reports.OutcomePass {
			t.Errorf("%s", describe(c))
		}
	}
	if !footer.Green() || footer.Judged != len(all) {
		t.Errorf("footer is %+v", footer)
	}
}

func TestReasonsAreThoseOfTheVerifier(t *testing.T) {
	t.Parallel()
	var want []string
	for _, r := range verifier.Reasons() {
		want = append(want, string(r))
	}
	if got := scenarios.Reasons(); !slices.Equal(got, want) {
		t.Errorf("scenarios.Reasons() = %q, want those of the verifier, %q", got, want)
	}
}

// A reason that no case demands is a check that nobody would miss.
func TestEveryReasonIsDemanded(t *testing.T) {
	t.Parallel()
	for _, reason := range scenarios.Reasons() {
		demands := func(e scenarios.Expectation) bool {
			return slices.Contains(strings.Fields(e.String()), reason)
		}
		if !slices.ContainsFunc(catalogue(t).All(), func(s *scenarios.Scenario) bool { return expects(s, demands) }) {
			t.Errorf("no case demands %s", reason)
		}
	}
}

// expects reports whether is holds for any of the verdicts that s expects.
func expects(s *scenarios.Scenario, is func(scenarios.Expectation) bool) bool {
	return slices.ContainsFunc(s.Expectations(), is)
}
