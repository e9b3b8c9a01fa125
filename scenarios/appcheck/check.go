package appcheck

import (
	"context"
	_ "embed"
	"path"
	"slices"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
)

// Check is one thing that an application must do, or must not.
type Check struct {
	ID, Title string
	Level     reports.Level
	Spec      []string // clauses of the register
	Want      string   // what the application must do, in words
	Advice    string   // what to do if it does not

	run func(context.Context, *world) (finding, error)
}

// finding is what a check has found.
type finding struct {
	outcome reports.Outcome
	got     string   // what the application did
	why     string   // of a skip
	notes   []string // the evidence, without secrets
}

func passed(got string, notes ...string) finding {
	return finding{outcome: reports.OutcomePass, got: got, notes: notes}
}

func failed(got string, notes ...string) finding {
	return finding{outcome: reports.OutcomeFail, got: got, notes: notes}
}

// skipped is the finding of a check that cannot be decided.
func skipped(why string) finding { return finding{outcome: reports.OutcomeSkip, why: why} }

// judged fails if the application did what it must not.
func judged(wrong bool, did, didNot string, notes ...string) finding {
	if wrong {
		return failed(did, notes...)
	}
	return passed(didNot, notes...)
}

// group is the group of all checks.
const group = "app"

// Checks returns all checks in the order in which they run.
func Checks() []Check {
	return slices.Concat(loginChecks(), tokenChecks(), leakChecks(), sessionChecks())
}

// Select returns the checks whose ID one of the patterns matches, or all of them
// without a pattern, in the order of [Checks]. unmatched is the first pattern
// that matches none.
func Select(patterns []string) (chosen []Check, unmatched string) {
	all := Checks()
	if len(patterns) == 0 {
		return all, ""
	}
	matches := func(pattern, id string) bool {
		ok, err := path.Match(pattern, id)
		return err == nil && ok || pattern == id || group+"."+pattern == id
	}
	for _, pattern := range patterns {
		if !slices.ContainsFunc(all, func(c Check) bool { return matches(pattern, c.ID) }) {
			return nil, pattern
		}
	}
	for _, c := range all {
		if slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, c.ID) }) {
			chosen = append(chosen, c)
		}
	}
	return chosen, ""
}

//go:embed clauses.yaml
var clausesYAML []byte

// Clauses returns the register of the clauses that the checks cite. The error is
// a mistake in it, which a test excludes.
func Clauses() (scenarios.Clauses, error) { return scenarios.ParseClauses("clauses.yaml", clausesYAML) }
