package scenarios_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios"
)

func clauses(t *testing.T) scenarios.Clauses {
	t.Helper()
	list, err := scenarios.BuiltinClauses()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Every clause that a case cites is in the register, and nothing else is.
func TestRegisterHasTheClausesThatCasesCite(t *testing.T) {
	t.Parallel()
	register, cited := clauses(t), make(map[string]bool)
	for _, s := range builtin(t).All() {
		for _, id := range s.Spec {
			if _, ok := register.Get(id); !ok && !cited[id] {
				t.Errorf("%s:%d: %s cites %q, which clauses.yaml lacks; add it there, in the order of the ids:\n"+
					"  - id: %s\n    title: the title of that section\n    word: MUST, SHOULD, MAY or none, whichever the sentence has\n"+
					"    says: That sentence in your own words.\n    link: https://…",
					s.File, s.Line, s.ID, id, id)
			}
			cited[id] = true
		}
	}
	for _, c := range register {
		if !cited[c.ID] {
			t.Errorf("no case cites %q: cite it, or take it out of clauses.yaml", c.ID)
		}
	}
}

// No case has a level above the strongest word of its clauses.
func TestNoLevelIsAboveItsClauses(t *testing.T) {
	t.Parallel()
	register, levels := clauses(t), scenarios.Levels()
	for _, s := range builtin(t).All() {
		highest := register.Highest(s.Spec)
		if slices.Index(levels, s.Level) < slices.Index(levels, highest) {
			t.Errorf("%s:%d: %s has the level %s, and its clauses %q allow %s at most; cite the clause that demands more, or lower the level",
				s.File, s.Line, s.ID, s.Level, s.Spec, highest)
		}
	}
}

// Level info means that the matter is open, so such a case must not fail an
// implementation for its verdict. What Char's side answers is never open.
func TestInfoLeavesTheVerdictOpen(t *testing.T) {
	t.Parallel()
	for _, s := range builtin(t).All() {
		if s.Level != "info" {
			continue
		}
		for _, e := range s.Expectations() {
			if e.Only(scenarios.Accept) || !e.Allows(scenarios.Accept) {
				t.Errorf("%s:%d: %s has the level info and expects %s; allow both verdicts, or choose another level", s.File, s.Line, s.ID, e)
			}
		}
		for _, step := range s.AllSteps() {
			if slices.Contains([]string{"exchange", "connect", "probe"}, step.Key()) {
				t.Errorf("%s:%d: %s has the level info and a step %s, whose answer is not open; choose another level", s.File, s.Line, s.ID, step.Key())
			}
		}
	}
}

func TestHighestLevelOfClauses(t *testing.T) {
	t.Parallel()
	register := scenarios.Clauses{{ID: "CWE-1", Word: "none"}, {ID: "RFC 1 §1", Word: "MAY"}, {ID: "RFC 1 §2", Word: "MUST"}, {ID: "RFC 1 §3", Word: "SHOULD"}}
	for _, test := range []struct {
		ids  []string
		want string
	}{
		{nil, "hardening"},
		{[]string{"CWE-1", "RFC 9 §9"}, "hardening"},
		{[]string{"CWE-1", "RFC 1 §1"}, "may"},
		{[]string{"RFC 1 §3", "RFC 1 §1"}, "should"},
		{[]string{"RFC 1 §1", "RFC 1 §2", "RFC 1 §3"}, "must"},
	} {
		if got := register.Highest(test.ids); got != test.want {
			t.Errorf("Highest(%q) = %s, want %s", test.ids, got, test.want)
		}
	}
}

func TestParseClausesReportsTheFirstMistake(t *testing.T) {
	t.Parallel()
	const good = "  - {id: RFC 7519 §2, title: Terminology, word: none, says: A definition., link: https://a.example}\n"
	for _, test := range []struct{ name, text, want string }{
		{"no document", "", "c.yaml:1:1"},
		{"no clauses", "clauses: []\n", "c.yaml:1:10: there are no clauses"},
		{"an unknown key", "clauses:\n" + strings.Replace(good, "says", "tells", 1), "c.yaml:2:55"},
		{"no title", "clauses:\n" + strings.Replace(good, "title: Terminology, ", "", 1), "title is empty or missing"},
		{"an empty paraphrase", "clauses:\n" + strings.Replace(good, "A definition.", `" "`, 1), "c.yaml:2:61: says is empty or missing"},
		{"another word", "clauses:\n" + strings.Replace(good, "none", "must", 1), `c.yaml:2:49: word is "must", want one of MUST, SHOULD, MAY, none`},
		{"an unknown document", "clauses:\n" + strings.Replace(good, "RFC 7519", "RFC 1", 1), `c.yaml:2:10: clause is "RFC 1 §2", want a known document`},
		{"no https", "clauses:\n" + strings.Replace(good, "https", "http", 1), `link is "http://a.example", want an https URL`},
		{"a duplicate", "clauses:\n" + good + good, `c.yaml:3:10: "RFC 7519 §2" is registered twice`},
		{"another order", "clauses:\n" + good + strings.Replace(good, "§2", "§1", 1), `c.yaml:3:10: "RFC 7519 §1" comes after "RFC 7519 §2"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := scenarios.ParseClauses("c.yaml", []byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("ParseClauses = %v, want an error with %q", err, test.want)
			}
		})
	}
	if list, err := scenarios.ParseClauses("c.yaml", []byte("clauses:\n"+good)); err != nil || len(list) != 1 {
		t.Errorf("ParseClauses(one clause) = %v, %v", list, err)
	}
}
