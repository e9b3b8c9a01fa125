package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations/plain"
)

// markdownScenarios returns scenarios as a document: an overview, a table for
// each group, and what the clauses say.
func markdownScenarios(list []*scenarios.Scenario) (string, error) {
	clauses, err := markdownClauses(list)
	if err != nil {
		return "", err
	}
	groups := groupsOf(list)
	var b strings.Builder
	fmt.Fprintf(&b,
		"# Scenarios\n\n%d scenarios in %d groups. `assay show ID` explains one of them, `assay run ID` runs it.\n",
		len(list), len(groups))
	b.WriteString(`
★ marks the small set that ` + "`--smoke`" + ` selects. The level follows the wording of the clause; hardening means that no text demands
it but an attack or outage is known, and info leaves the answer open. Robustness marks a case that is about a faulty issuer: only the
issuer's own key can make its token, and the issuer makes it for nobody. The policy is char, what Char documents, unless strict is
named, which is OpenID Connect Core and RFC 8725 to the letter. An implementation that does not declare what a case needs skips it.

| group | scenarios | ` + strings.Join(scenarios.Levels(), " | ") + ` | smoke |
| --- | --: |` + strings.Repeat(" --: |", len(scenarios.Levels())) + ` --: |
`)
	for _, g := range groups {
		fmt.Fprintf(&b, "| [%s](#%s) %s | %d |", g.Name, g.Name, g.Title, len(g.list))
		for _, level := range scenarios.Levels() {
			fmt.Fprintf(&b, " %d |",
				g.count(func(s *scenarios.Scenario) bool { return s.Level == level }))
		}
		fmt.Fprintf(&b, " %d |\n", g.count(func(s *scenarios.Scenario) bool { return s.Smoke }))
	}
	for _, g := range groups {
		fmt.Fprintf(&b, "\n## %s\n\n%s. %s\n\n", g.Name, g.Title, strings.TrimSpace(g.Intro))
		b.WriteString("| id | what | expected | level | clauses | needs | code |\n| --- | --- | --- | --- | --- | --- | --- |\n")
		for _, s := range g.list {
			b.WriteString(markdownRow(s))
		}
	}
	b.WriteString(clauses)
	return b.String(), nil
}

// markdownClauses returns a table of the registered clauses that scenarios
// cite, or "" if they cite none.
func markdownClauses(list []*scenarios.Scenario) (string, error) {
	register, err := scenarios.BuiltinClauses()
	if err != nil {
		return "", err
	}
	var rows strings.Builder
	for _, c := range register {
		if slices.ContainsFunc(list, func(s *scenarios.Scenario) bool { return slices.Contains(s.Spec, c.ID) }) {
			rows.WriteString(markdownCells("["+c.ID+"]("+c.Link+")", c.Title, c.Word, c.Says))
		}
	}
	if rows.Len() == 0 {
		return "", nil
	}
	return "\n## What the clauses say\n\n| clause | title | word | the sentence that matters, in other words |\n| --- | --- | --- | --- |\n" +
		rows.String(), nil
}

// group is the part of a selection that belongs to one group.
type group struct {
	*scenarios.Group
	list []*scenarios.Scenario
}

func (g group) count(is func(*scenarios.Scenario) bool) int {
	n := 0
	for _, s := range g.list {
		if is(s) {
			n++
		}
	}
	return n
}

// groupsOf divides scenarios by group, in their order.
func groupsOf(list []*scenarios.Scenario) []group {
	var groups []group
	for _, s := range list {
		i := slices.IndexFunc(groups, func(g group) bool { return g.Group == s.Group })
		if i < 0 {
			i = len(groups)
			groups = append(groups, group{Group: s.Group})
		}
		groups[i].list = append(groups[i].list, s)
	}
	return groups
}

func markdownRow(s *scenarios.Scenario) string {
	star, level, title := "", s.Level, s.Title
	if s.Smoke {
		star = "★ "
	}
	if s.PolicyName() != "char" {
		level += ", " + s.PolicyName()
	}
	if s.Note != "" {
		title += ". *" + strings.TrimSpace(s.Note) + "*"
	}
	if s.Robustness() {
		level += ", robustness"
	}
	return markdownCells(star+"`"+s.ID+"`", title, expectationOf(s), level,
		strings.Join(s.Spec, "; "), strings.Join(s.Needs, ", "), s.Code)
}

// expectationOf says in words what a case must come to.
func expectationOf(s *scenarios.Scenario) string {
	if len(s.Steps) > 0 {
		return fmt.Sprintf("%d steps", len(s.Steps))
	}
	return s.Expect.String()
}

func markdownCells(cells ...string) string {
	escape := strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;")
	for i, cell := range cells {
		cells[i] = escape.Replace(cell)
	}
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// listedScenario is a scenario in the JSON of the list.
type listedScenario struct {
	ID      string   `json:"id"`
	Title   string   `json:"title"`
	Group   string   `json:"group"`
	Level   string   `json:"level"`
	Policy  string   `json:"policy"`
	Expect  string   `json:"expect"`
	Clauses []string `json:"clauses"`
	Needs   []string `json:"needs"`
	Code    string   `json:"code,omitempty"`

	// Documented is the documented cause of Code.
	Documented string `json:"documented,omitempty"`

	// Robustness says that only the issuer's own key can make the token.
	Robustness bool `json:"robustness,omitempty"`

	Smoke bool   `json:"smoke"`
	Note  string `json:"note,omitempty"`
}

func jsonScenarios(list []*scenarios.Scenario) (string, error) {
	listed := make([]listedScenario, 0, len(list))
	for _, s := range list {
		listed = append(listed, listedScenario{
			ID: s.ID, Title: s.Title, Group: s.Group.Name, Level: s.Level, Policy: s.PolicyName(), Expect: expectationOf(s),
			Clauses: s.Spec, Needs: append([]string{}, s.Needs...), Code: s.Code, Documented: s.DocumentedCause(), Robustness: s.Robustness(), Smoke: s.Smoke, Note: strings.TrimSpace(s.Note),
		})
	}
	return indented(listed)
}

func indented(v any) (string, error) {
	text, err := json.MarshalIndent(v, "", "  ")
	return string(text) + "\n", err
}

// textLiars, markdownLiars and jsonLiars return the verifiers that are wrong on
// purpose.
func textLiars() string {
	var b strings.Builder
	for _, l := range plain.Liars() {
		fmt.Fprintf(&b, "liar:%-24s %s (caught by %s)\n",
			l.Name, l.Fault, strings.Join(l.CaughtBy, ", "))
	}
	return b.String()
}

func markdownLiars() string {
	liars := plain.Liars()
	var b strings.Builder
	fmt.Fprintf(&b,
		"# Liars\n\n%d verifiers, each wrong on purpose in exactly one thing. `assay run --implementation liar:NAME` shows that it is found out.\n\n",
		len(liars))
	b.WriteString("| name | fault | caught by |\n| --- | --- | --- |\n")
	for _, l := range liars {
		b.WriteString(markdownCells("`"+l.Name+"`", l.Fault, strings.Join(l.CaughtBy, ", ")))
	}
	return b.String()
}

func jsonLiars() (string, error) {
	type listedLiar struct {
		Name     string   `json:"name"`
		Fault    string   `json:"fault"`
		CaughtBy []string `json:"caught_by"`
	}
	var listed []listedLiar
	for _, l := range plain.Liars() {
		listed = append(listed, listedLiar{l.Name, l.Fault, l.CaughtBy})
	}
	return indented(listed)
}
