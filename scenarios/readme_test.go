package scenarios_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/scenarios"
)

// README.md is for people who choose or look up a case without the program.
func TestReadmeListsTheCatalogue(t *testing.T) {
	t.Parallel()
	want := readme(builtin(t))
	if *update {
		if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("README.md is not that of the catalogue; make golden writes it (-want +got):\n%s", diff)
	}
}

// readme returns the catalogue as a document.
func readme(c *scenarios.Catalogue) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# The catalogue\n\n%d scenarios in %d groups, generated from catalog/*.yaml. `assay show ID` explains one of them, `assay run ID` runs it.\n", len(c.All()), len(c.Groups))
	b.WriteString(`
★ is in the small set of ` + "`--smoke`" + `. The level is from the wording of the clause; hardening has no sentence of a specification but
a known attack or outage, info is left open. The policy is char, what Char documents, or strict, the letter of OpenID Connect Core
and RFC 8725. What a case needs is what an implementation must declare, or the case is skipped.

| group | scenarios | must | should | may | hardening | info | smoke |
| --- | --: | --: | --: | --: | --: | --: | --: |
`)
	for _, g := range c.Groups {
		fmt.Fprintf(&b, "| [%s](#%s) %s | %d |", g.Name, g.Name, g.Title, len(g.Cases))
		for _, level := range scenarios.Levels() {
			fmt.Fprintf(&b, " %d |", count(g, func(s *scenarios.Scenario) bool { return s.Level == level }))
		}
		fmt.Fprintf(&b, " %d |\n", count(g, func(s *scenarios.Scenario) bool { return s.Smoke }))
	}
	for _, g := range c.Groups {
		fmt.Fprintf(&b, "\n## %s\n\n%s. %s\n\n| id | what | expected | level | clause | needs |\n| --- | --- | --- | --- | --- | --- |\n", g.Name, g.Title, strings.TrimSpace(g.Intro))
		for _, s := range g.Cases {
			writeRow(&b, s)
		}
	}
	return b.String()
}

// writeRow writes one scenario.
func writeRow(b *strings.Builder, s *scenarios.Scenario) {
	star, expected, level := "", fmt.Sprintf("%d steps", len(s.Steps)), s.Level
	if s.Smoke {
		star = "★ "
	}
	if len(s.Steps) == 0 {
		expected = s.Expect.String()
	}
	if s.PolicyName() != "char" {
		level += ", " + s.PolicyName()
	}
	title := s.Title
	if s.Note != "" {
		title += ". *" + strings.TrimSpace(s.Note) + "*"
	}
	cells := []string{star + "`" + s.ID + "`", title, expected, level, strings.Join(s.Spec, "; "), strings.Join(s.Needs, ", ")}
	for i, cell := range cells {
		cells[i] = strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(cell)
	}
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}

func count(g *scenarios.Group, is func(*scenarios.Scenario) bool) int {
	n := 0
	for _, s := range g.Cases {
		if is(s) {
			n++
		}
	}
	return n
}
