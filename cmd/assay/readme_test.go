package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/implementations/plain"
)

const readme = "../../README.md"

// What the README shows must be what a reader gets.
func TestReadmeIsTrue(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	wants := []string{"    go run ./cmd/assay run\n    go test ./...\n"}
	for name := range mayImport {
		minor := slices.Contains([]string{"scenarios/bench/paired", "scenarios/longtest", "scenarios/mutants/point", "scenarios/run/runtest", "tui/chart", "tui/tuitest"}, name)
		if !minor && !strings.Contains(name, "/internal/") {
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
		if isLiar && !slices.Contains(liarNames(), name) {
			t.Errorf("the README names the liar %q, which there is not", name)
		}
	}
}

// The counts and the failure that the README shows are those of the program;
// -update rewrites them.
func TestReadmeGolden(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for _, part := range shown(t) {
		if !part.old.MatchString(want) {
			t.Errorf("the README has nothing like %q", part.old)
		}
		want = part.old.ReplaceAllLiteralString(want, part.new)
	}
	if *update {
		if err := os.WriteFile(readme, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("README.md differs (-want +got); -update rewrites it:\n%s", diff)
	}
}

// part is a part of the README that follows from the program.
type part struct {
	old *regexp.Regexp
	new string
}

// shown returns the parts: how a run of everything ends, the counts, and the
// failure that is explained.
func shown(t *testing.T) []part {
	t.Helper()
	c, err := scenarios.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	builtin := implementations.Builtin().Describe()
	skipped, lacking := 0, []string{}
	for _, s := range c.All() {
		if missing := builtin.Missing(s.Needs); len(missing) > 0 {
			skipped++
			lacking = append(lacking, missing...)
		}
	}
	if slices.Sort(lacking); len(slices.Compact(lacking)) > 1 {
		t.Fatalf("the run skips for want of %q, and the README has one reason", lacking)
	}
	n := len(c.All())
	counts := fmt.Sprintf("%d passed", n-skipped)
	if skipped > 0 {
		counts += fmt.Sprintf(", %d skipped (needs %s)", skipped, lacking[0])
	}
	return []part{
		{regexp.MustCompile(`DONE \d+ cases: .* in `), fmt.Sprintf("DONE %d cases: %s in ", n, counts)},
		{regexp.MustCompile(`<br>\d+ cases"\)`), fmt.Sprintf(`<br>%d cases")`, n)},
		{regexp.MustCompile(`lists \d+ verifiers that are wrong`), fmt.Sprintf("lists %d verifiers that are wrong", len(plain.Liars()))},
		{regexp.MustCompile(`(?s)    FAIL  sig\.payload-tampered.*?      again [^\n]*\n`), failure(t)},
	}
}

// failure runs what the README explains the failure of.
func failure(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	args := []string{"run", "sig.payload-tampered", "--seed", "7f3a", "--implementation", "liar:decode-only"}
	if code := invoke(t.Context(), args, nil, &out, &out, nil); code != exitNonconform {
		t.Fatalf("assay %q ends with %d, want %d:\n%s", args, code, exitNonconform, out.String())
	}
	_, rest, _ := strings.Cut(out.String(), "FAIL  ")
	block, _, found := strings.Cut("FAIL  "+rest, "\n\n")
	if !found {
		t.Fatalf("assay %q prints no failure:\n%s", args, out.String())
	}
	return "    " + strings.ReplaceAll(block, "\n", "\n    ") + "\n"
}
