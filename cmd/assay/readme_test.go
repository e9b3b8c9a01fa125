package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/verifier/verifiertest"
)

// What the README shows must be what a reader gets.
func TestReadmeIsTrue(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	c, err := scenarios.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	n := len(c.All())
	wants := []string{
		"    go run ./cmd/assay run\n    go test ./...\n",
		fmt.Sprintf("DONE %[1]d cases: %[1]d passed in ", n),
		fmt.Sprintf(" %d scenarios ─┐", n),
	}
	for name := range mayImport {
		if !strings.HasPrefix(name, "scenarios/bench/") && !strings.Contains(name, "/internal/") && !strings.HasSuffix(name, "/chart") && !strings.HasSuffix(name, "/tuitest") {
			wants = append(wants, "    "+name+" ")
		}
	}
	for _, want := range wants {
		if !strings.Contains(string(text), want) {
			t.Errorf("the README lacks %q", want)
		}
	}
	for _, word := range strings.Fields(string(text)) {
		name, isLiar := strings.CutPrefix(strings.Trim(word, "`,."), "liar:")
		if isLiar && !strings.Contains(liarNames(), " "+name+" ") {
			t.Errorf("the README names the liar %q, which there is not", name)
		}
	}
}

func liarNames() string {
	names := " "
	for _, l := range verifiertest.Liars() {
		names += l.Name + " "
	}
	return names
}
