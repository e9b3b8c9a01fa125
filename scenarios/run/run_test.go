package run_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/longtest"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
	"github.com/assay-id/assay/verifier"
)

// TestBuiltinPassesTheCatalogue runs the catalogue, or every tenth case of it.
// It allows no skip but of what the production verifier leaves out by design: it
// never decrypts. It is not parallel: some cases bound what the whole process
// allocates.
func TestBuiltinPassesTheCatalogue(t *testing.T) {
	var list []*scenarios.Scenario
	for i, s := range runtest.Catalogue(t).All() {
		if i%10 == 0 || longtest.Wanted() {
			list = append(list, s)
		}
		if missing := implementations.Builtin().Describe().Missing(s.Needs); len(missing) > 0 && !s.Has("jwe") {
			t.Errorf("%s would be skipped: it needs %q", s.ID, missing)
		}
	}
	runtest.Pass(t, run.Options{Scenarios: list, Implementation: implementations.Builtin(), Seed: 7})
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

func TestDocumentedCausesAreThoseOfTheVerifier(t *testing.T) {
	t.Parallel()
	var want []scenarios.DocumentedCause
	for _, code := range scenarios.Codes() {
		for _, c := range verifier.Code(code).NamedCauses() {
			want = append(want, scenarios.DocumentedCause{Name: c.Name, Code: code})
			if c.Text == "" || c.Do == "" {
				t.Errorf("%s lacks a text or an advice", c.Name)
			}
		}
	}
	if got := scenarios.DocumentedCauses(); !slices.Equal(got, want) {
		t.Errorf("scenarios.DocumentedCauses() = %q, want those of the verifier, %q", got, want)
	}
}

// A reason that no case demands is a check that nobody would miss.
func TestEveryReasonIsDemanded(t *testing.T) {
	t.Parallel()
	for _, reason := range scenarios.Reasons() {
		demands := func(e scenarios.Expectation) bool {
			return slices.Contains(strings.Fields(e.String()), reason)
		}
		if !slices.ContainsFunc(runtest.Catalogue(t).All(), func(s *scenarios.Scenario) bool { return expects(s, demands) }) {
			t.Errorf("no case demands %s", reason)
		}
	}
}

// expects reports whether is holds for any of the verdicts that s expects.
func expects(s *scenarios.Scenario, is func(scenarios.Expectation) bool) bool {
	return slices.ContainsFunc(s.Expectations(), is)
}
