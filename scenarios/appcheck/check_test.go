package appcheck_test

import (
	"slices"
	"testing"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/appcheck"
)

// TestChecksCiteTheRegister holds each check against the clauses that it cites.
func TestChecksCiteTheRegister(t *testing.T) {
	t.Parallel()
	register, err := appcheck.Clauses()
	if err != nil {
		t.Fatal(err)
	}
	builtin, err := scenarios.BuiltinClauses()
	if err != nil {
		t.Fatal(err)
	}
	cited, ids, levels := make(map[string]bool), make(map[string]bool), scenarios.Levels()
	for _, c := range appcheck.Checks() {
		if ids[c.ID] || c.Title == "" || c.Want == "" || c.Advice == "" || len(c.Spec) == 0 {
			t.Errorf("%s is there twice, or lacks something: %+v", c.ID, c)
		}
		ids[c.ID] = true
		for _, id := range c.Spec {
			if _, ok := register.Get(id); !ok {
				t.Errorf("%s cites %q, which clauses.yaml lacks", c.ID, id)
			}
			cited[id] = true
		}
		if highest := register.Highest(c.Spec); slices.Index(levels, string(c.Level)) < slices.Index(levels, highest) {
			t.Errorf("%s has the level %s, and its clauses allow %s at most", c.ID, c.Level, highest)
		}
	}
	for _, c := range register {
		if !cited[c.ID] {
			t.Errorf("no check cites %q", c.ID)
		}
		if other, ok := builtin.Get(c.ID); ok && other != c {
			t.Errorf("the catalogue describes %q as %+v, and this register as %+v", c.ID, other, c)
		}
	}
}

func TestSelect(t *testing.T) {
	t.Parallel()
	all := appcheck.Checks()
	for _, test := range []struct {
		patterns []string
		want     int
		unknown  string
	}{
		{nil, len(all), ""},
		{[]string{"app.nonce", "pkce"}, 2, ""},
		{[]string{"app.state-*", "state-wrong"}, 3, ""},
		{[]string{"nonce", "app.none"}, 0, "app.none"},
		{[]string{"["}, 0, "["},
	} {
		got, unknown := appcheck.Select(test.patterns)
		if len(got) != test.want || unknown != test.unknown {
			t.Errorf("Select(%q) = %d checks, %q, want %d, %q", test.patterns, len(got), unknown, test.want, test.unknown)
		}
	}
}
