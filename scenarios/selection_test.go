package scenarios_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/assay-id/assay/scenarios"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	c := builtin(t)
	tests := []struct {
		name string
		sel  scenarios.Selection
		all  func(*scenarios.Scenario) bool // holds for exactly what is selected
	}{
		{"everything", scenarios.Selection{}, func(*scenarios.Scenario) bool { return true }},
		{"groups", scenarios.Selection{Groups: []string{"aud", "iss"}}, func(s *scenarios.Scenario) bool { return s.Group.Name == "aud" || s.Group.Name == "iss" }},
		{"a level", scenarios.Selection{Levels: []string{"should"}}, func(s *scenarios.Scenario) bool { return s.Level == "should" }},
		{"a policy", scenarios.Selection{Policies: []string{"strict"}}, func(s *scenarios.Scenario) bool { return s.PolicyName() == "strict" }},
		{"a code", scenarios.Selection{Codes: []string{"TOKEN_EXPIRED"}}, func(s *scenarios.Scenario) bool { return s.Code == "TOKEN_EXPIRED" }},
		{"smoke", scenarios.Selection{Smoke: true}, func(s *scenarios.Scenario) bool { return s.Smoke }},
		{"IDs", scenarios.Selection{IDs: []string{"aud.prefix"}}, func(s *scenarios.Scenario) bool { return s.ID == "aud.prefix" }},
		{"all at once", scenarios.Selection{Patterns: []string{"aud.*"}, Levels: []string{"must"}, Smoke: true}, func(s *scenarios.Scenario) bool {
			return s.Group.Name == "aud" && strings.HasPrefix(s.ID, "aud.") && s.Level == "must" && s.Smoke
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := c.Choose(test.sel)
			if err != nil {
				t.Fatal(err)
			}
			want := slices.DeleteFunc(c.All(), func(s *scenarios.Scenario) bool { return !test.all(s) })
			if !slices.Equal(got, want) || len(got) == 0 {
				t.Errorf("Choose returns %d scenarios, want %d", len(got), len(want))
			}
		})
	}
}

func TestChooseRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		sel  scenarios.Selection
		want string
	}{
		{scenarios.Selection{Groups: []string{"audience"}}, `group is "audience", want one of alg, `},
		{scenarios.Selection{Levels: []string{"MUST"}}, `level is "MUST", want one of must, `},
		{scenarios.Selection{Policies: []string{"lax"}}, `policy is "lax", want one of char, strict`},
		{scenarios.Selection{Codes: []string{"EXPIRED"}}, `code is "EXPIRED", want one of INVALID_ISSUER, `},
		{scenarios.Selection{IDs: []string{"aud.gone"}}, `no scenario "aud.gone"`},
		{scenarios.Selection{Patterns: []string{"nothing.*"}}, `no scenario matches "nothing.*"`},
	}
	for _, test := range tests {
		if _, err := builtin(t).Choose(test.sel); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Choose(%+v) = %v, want %q", test.sel, err, test.want)
		}
	}
	_, err := builtin(t).Choose(scenarios.Selection{Groups: []string{"aud"}, Codes: []string{"JWKS_FETCH_FAILED"}})
	if !errors.Is(err, scenarios.ErrNothingSelected) {
		t.Errorf("Choose = %v, want %v", err, scenarios.ErrNothingSelected)
	}
}

// Every scenario is in exactly one shard.
func TestShardsArePartitions(t *testing.T) {
	t.Parallel()
	c := builtin(t)
	seen := make(map[string]int)
	for number := 1; number <= 4; number++ {
		list, err := c.Choose(scenarios.Selection{Shard: scenarios.Shard{Number: number, Count: 4}})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			seen[s.ID]++
		}
	}
	for _, s := range c.All() {
		if seen[s.ID] != 1 {
			t.Errorf("%s is in %d shards", s.ID, seen[s.ID])
		}
	}
	if _, err := c.Choose(scenarios.Selection{Patterns: []string{"aud.prefix"}, Shard: scenarios.Shard{Number: 2, Count: 2}}); !errors.Is(err, scenarios.ErrNothingSelected) {
		t.Errorf("an empty shard: %v, want %v", err, scenarios.ErrNothingSelected)
	}
}

func TestParseShard(t *testing.T) {
	t.Parallel()
	if got, err := scenarios.ParseShard("2/5"); err != nil || got != (scenarios.Shard{Number: 2, Count: 5}) {
		t.Errorf("ParseShard(2/5) = %+v, %v", got, err)
	}
	for _, text := range []string{"", "1", "0/2", "3/2", "1/0", "a/b", "1/2/3", "-1/2"} {
		if got, err := scenarios.ParseShard(text); err == nil {
			t.Errorf("ParseShard(%q) = %+v, want an error", text, got)
		}
	}
}
