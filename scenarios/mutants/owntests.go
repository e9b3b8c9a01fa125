package main

import (
	"slices"
	"strings"
)

// place is a file, or one function or variable in it.
type place struct{ where, why string }

// ownTests are the files and functions that no scenario can drive, each with
// the reason: they are no part of a verdict. Their mutants are tried against
// the tests of the packages.
var ownTests = []place{
	{"verifier/cause.go", "texts for support staff"},
	{"verifier/check.go claimChecks", "names of checks, for diagnose"},
	{"verifier/check.go timeChecks", "names of checks, for diagnose"},
	{"verifier/configtext.go", "configuration from text, which programs of others read"},
	{"verifier/error.go", "texts of errors"},
	{"verifier/examine.go", "finds out why, for diagnose; gives no verdict"},
	{"verifier/hint.go", "texts of errors"},
	{"verifier/hooks.go", "metrics"},
	{"verifier/middleware.go", "HTTP API"},
	{"verifier/pinned.go", "another source of keys"},
	{"verifier/status.go", "metrics"},
	{"verifier/tenants.go", "several verifiers in one"},
}

func (p place) has(m *Mutant) bool {
	return strings.HasPrefix(m.File+" "+m.Function+" ", p.where+" ")
}

// byOwnTests reports whether the tests of the packages judge m.
func (m *Mutant) byOwnTests() bool {
	return slices.ContainsFunc(ownTests, func(p place) bool { return p.has(m) })
}
