package main

import (
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios"
)

// The scenarios named in the verifier's table of checks exist. The test is
// here because the verifier knows nothing about scenarios.
func TestVerifiersTableNamesScenarios(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../verifier/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	c, err := scenarios.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile(`(?m)^//\t.*(?:[A-Z_]{6,}|as if absent) +([a-z].*)$`)
	rows := row.FindAllStringSubmatch(string(doc), -1)
	if len(rows) < 30 {
		t.Fatalf("the table has %d rows that can be read, want all", len(rows))
	}
	for _, r := range rows {
		for name := range strings.SplitSeq(r[1], ", ") {
			fits := func(s *scenarios.Scenario) bool { ok, _ := path.Match(name, s.ID); return ok }
			if !slices.ContainsFunc(c.All(), fits) {
				t.Errorf("no scenario fits %q", name)
			}
		}
	}
}
