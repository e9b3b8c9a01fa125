package scenarios_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/assay-id/assay/scenarios"
)

// builtinOnce reads the catalogue for all tests together: that takes longer
// than most of them.
var builtinOnce = sync.OnceValues(scenarios.Builtin)

func builtin(t *testing.T) *scenarios.Catalogue {
	t.Helper()
	c, err := builtinOnce()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryFileOfTheCatalogueIsLoaded(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("catalog")
	if err != nil {
		t.Fatal(err)
	}
	loaded := make(map[string]bool)
	for _, g := range builtin(t).Groups {
		loaded[filepath.Base(g.Cases[0].File)] = true
		if want := g.Name + ".yaml"; filepath.Base(g.Cases[0].File) != want {
			t.Errorf("group %s is in %s, want %s", g.Name, g.Cases[0].File, want)
		}
		if g.Intro == "" || g.Cause == "" || g.Advice == "" {
			t.Errorf("group %s lacks an intro, a cause or an advice", g.Name)
		}
	}
	for _, e := range entries {
		if !loaded[e.Name()] {
			t.Errorf("%s is in the folder and was not loaded", e.Name())
		}
	}
}

// Whatever Char documents as a code must be provoked by some case.
func TestEveryDocumentedCodeIsReproduced(t *testing.T) {
	t.Parallel()
	seen := make(map[string]int)
	for _, s := range builtin(t).All() {
		seen[s.Code]++
	}
	for _, code := range scenarios.Codes() {
		if seen[code] == 0 {
			t.Errorf("no case reproduces %s", code)
		}
	}
}

// Every documented cause is provoked by some case, and every case with a code
// says by which cause of it. A session that does not refresh has no code, so
// its cases name their own cause and remedy.
func TestEveryDocumentedCauseIsReproduced(t *testing.T) {
	t.Parallel()
	provoked := make(map[string]int)
	for _, s := range builtin(t).All() {
		cause := s.DocumentedCause()
		provoked[cause]++
		if (cause == "") != (s.Code == "") {
			t.Errorf("%s has the code %q and the documented cause %q", s.ID, s.Code, cause)
		}
		if s.Group.Name == "ref" && (s.Cause == "" || s.Advice == "") {
			t.Errorf("%s lacks a cause or an advice of its own", s.ID)
		}
	}
	for _, c := range scenarios.DocumentedCauses() {
		if provoked[c.Name] == 0 {
			t.Errorf("no case reproduces %s", c.Name)
		}
	}
}

func TestSmokeSetIsSmall(t *testing.T) {
	t.Parallel()
	n := 0
	for _, s := range builtin(t).All() {
		if s.Smoke {
			n++
		}
	}
	if n != 47 {
		t.Errorf("the smoke set has %d cases, want 47", n)
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	c := builtin(t)
	tests := []struct {
		patterns []string
		want     string // the first ID
		others   bool   // there are more
	}{
		{[]string{"aud.prefix"}, "aud.prefix", false},
		{[]string{"aud"}, "aud.string", true},
		{[]string{"TOKEN_EXPIRED"}, "json.dup-escaped-claim", true},
		{[]string{"exp.char-*"}, "exp.char-within-leeway", true},
		{[]string{"sig.flip", "aud.prefix", "aud.prefix"}, "aud.prefix", true},
		{nil, "alg.none", true},
	}
	for _, test := range tests {
		list, err := c.Select(test.patterns...)
		if err != nil || list[0].ID != test.want || (len(list) > 1) != test.others {
			t.Errorf("Select(%q) = %d cases from %s, %v", test.patterns, len(list), list[0].ID, err)
		}
		if !slices.IsSortedFunc(list, func(a, b *scenarios.Scenario) int { return strings.Compare(a.File, b.File) }) {
			t.Errorf("Select(%q) is not in the order of the catalogue", test.patterns)
		}
	}
}

func TestSelectRefusesAPatternThatMatchesNothing(t *testing.T) {
	t.Parallel()
	_, err := builtin(t).Select("aud.string", "aud.sufix")
	missing, ok := errors.AsType[*scenarios.NoMatchError](err)
	if !ok || missing.Value != "aud.sufix" || missing.Near != "aud.suffix-char" {
		t.Errorf("Select = %v, want a hint at aud.suffix-char", err)
	}
	if _, err := builtin(t).Select("[aud"); err == nil {
		t.Error("Select took a broken pattern")
	}
}

func TestFilesMustNotShareAnID(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "mine.yaml")
	text := "group: mine\ntitle: Mine\ncases:\n" + strings.Repeat(
		"  - {id: mine.one, title: One, level: must, spec: [RFC 7519 §4], expect: accept}\n", 2)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := scenarios.FromFiles(file); err == nil || !strings.Contains(err.Error(), "mine.yaml:5") {
		t.Errorf("FromFiles = %v, want an error at line 5", err)
	}
	if _, err := scenarios.FromFiles(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("FromFiles = %v, want that the file does not exist", err)
	}
}
