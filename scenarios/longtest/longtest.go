// Package longtest tells the tests of this module whether they may take long.
// Plain go test runs what is quick; make race, and so make check, sets the
// environment variable and runs everything. Every feature has a quick test.
package longtest

import (
	"os"
	"testing"
)

// variable is the environment variable that asks for long tests.
const variable = "ASSAY_LONG_TESTS"

// Wanted reports whether tests may take long. A test asks that has a short form
// of itself.
func Wanted() bool { return os.Getenv(variable) != "" }

// Only skips t unless tests may take long. It is for tests of what another test
// covers more quickly, if less thoroughly.
func Only(t testing.TB) {
	t.Helper()
	if !Wanted() {
		t.Skip("takes long: make check runs it, or " + variable + "=1 go test")
	}
}
