package scenarios_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/assay-id/assay/scenarios"
)

func TestParseChoices(t *testing.T) {
	t.Parallel()
	c, err := scenarios.ParseChoices("p.yaml", []byte("# ours\nleeway: 2m\nalgorithms: [RS256, ES256]\ntrusted_audiences: any\nmax_lifetime: none\nrequire:\n  - azp\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, choice := range c.All() {
		got = append(got, choice.String())
	}
	want := []string{
		"leeway is 2m0s in p.yaml:2", "algorithms is RS256, ES256 in p.yaml:3", "trusted_audiences is any in p.yaml:4",
		"max_lifetime is none in p.yaml:5", "require is azp in p.yaml:7",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("choices (-want +got):\n%s", diff)
	}
}

// Each mistake is reported with its place and what would work, and editors
// that know the schema see it too.
func TestChoicesAreStrict(t *testing.T) {
	t.Parallel()
	schema := compileChoicesSchema(t)
	tests := []struct{ name, text, want string }{
		{"nothing", "{}\n", "p.yaml:1:1: nothing is chosen, want one of leeway, algorithms"},
		{"an unknown key", "lee_way: 2m\n", `p.yaml:1:1: unknown field "lee_way"`},
		{"a leeway without a unit", "leeway: 60\n", "p.yaml:1:9: duration is"},
		{"a negative leeway", "leeway: -1s\n", "p.yaml:1:9: leeway is -1s, want 0s to 10m"},
		{"an unknown algorithm", "algorithms: [RS256, none]\n", `p.yaml:1:21: algorithms has "none", want some of RS256`},
		{"a shared secret", "algorithms: [RS256, HS256]\n", `p.yaml:1:21: algorithms has "HS256"`},
		{"no RS256", "algorithms: [ES256]\n", "algorithms lacks RS256"},
		{"another word for any", "trusted_audiences: all\n", `p.yaml:1:20: trusted_audiences is "all", want any or a list`},
		{"an empty audience", `trusted_audiences: [""]` + "\n", "an audience is empty"},
		{"no lifetime", "max_lifetime: never\n", `p.yaml:1:15: max_lifetime is "never", want none or a duration`},
		{"a claim that cannot be required", "require: [azp, email]\n", `p.yaml:1:16: require has "email", want some of azp, nonce, iat`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := scenarios.ParseChoices("p.yaml", []byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("ParseChoices(%q) = %v, want %s", test.text, err, test.want)
			}
			file := filepath.Join(t.TempDir(), "p.yaml")
			if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if test.name != "a leeway without a unit" && validate(t, schema, file) == nil {
				t.Errorf("the schema takes %q", test.text)
			}
		})
	}
	good := filepath.Join(t.TempDir(), "good.yaml")
	if err := os.WriteFile(good, []byte("leeway: 90s\nalgorithms: [RS256]\ntrusted_audiences: []\nmax_lifetime: 24h\nrequire: [nonce]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := validate(t, schema, good); err != nil {
		t.Error(err)
	}
}

// The schema offers the words of the reader.
func TestChoicesSchemaHasTheWordsOfTheReader(t *testing.T) {
	t.Parallel()
	for _, words := range [][]string{scenarios.ChosenAlgorithms(), scenarios.RequirableClaims()} {
		list, err := json.Marshal(words)
		if err != nil {
			t.Fatal(err)
		}
		spaced := strings.ReplaceAll(string(list), ",", ", ")
		if !slices.ContainsFunc(strings.Split(scenarios.ChoicesSchema(), "\n"), func(l string) bool { return strings.Contains(l, `"enum": `+spaced) }) {
			t.Errorf("the schema lacks the words %s", spaced)
		}
	}
}

func compileChoicesSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(scenarios.ChoicesSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("choices.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("choices.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}
