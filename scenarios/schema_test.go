package scenarios_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/assay-id/assay/scenarios"
)

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(scenarios.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenarios.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("scenarios.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate holds a YAML file against the schema.
func validate(t *testing.T, s *jsonschema.Schema, file string) error {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := yaml.YAMLToJSON(data)
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

func TestCatalogueFitsTheSchema(t *testing.T) {
	t.Parallel()
	s := compileSchema(t)
	files, err := filepath.Glob("catalog/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if err := validate(t, s, file); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	for _, broken := range []string{"unknown-key", "unknown-token-key", "no-clause", "bad-id", "bad-level", "two-things-in-a-step", "bad-duration"} {
		if err := validate(t, s, "testdata/broken/"+broken+".yaml"); err == nil {
			t.Errorf("the schema takes testdata/broken/%s.yaml", broken)
		}
	}
}

// Every key that the reader knows must be in the schema, or editors call it
// wrong.
func TestSchemaKnowsEveryKey(t *testing.T) {
	t.Parallel()
	var known []string
	var collect func(v any)
	collect = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if properties, ok := v["properties"].(map[string]any); ok {
				for name := range properties {
					known = append(known, name)
				}
			}
			for _, child := range v {
				collect(child)
			}
		case []any:
			for _, child := range v {
				collect(child)
			}
		}
	}
	var doc any
	if err := json.Unmarshal([]byte(scenarios.Schema()), &doc); err != nil {
		t.Fatal(err)
	}
	collect(doc)
	types := []reflect.Type{reflect.TypeFor[scenarios.Group]()}
	for _, k := range scenarios.Kinds() {
		types = append(types, reflect.TypeOf(k))
	}
	var keys []string
	seen := make(map[reflect.Type]bool)
	for _, t := range types {
		keys = append(keys, yamlKeys(t, seen)...)
	}
	for _, key := range keys {
		if !slices.Contains(known, key) {
			t.Errorf("the key %q is not in schema.json", key)
		}
	}
}

// yamlKeys lists the yaml tags of t and of everything it holds.
func yamlKeys(t reflect.Type, seen map[reflect.Type]bool) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] || !strings.HasPrefix(t.PkgPath(), "github.com/assay-id/") {
		return nil
	}
	seen[t] = true
	var keys []string
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "-" || !f.IsExported() {
			continue
		}
		if name != "" {
			keys = append(keys, name)
		}
		keys = append(keys, yamlKeys(f.Type, seen)...)
	}
	return keys
}

// Editors offer the words that the schema lists, so they are those of the
// reader.
func TestSchemaHasTheWordsOfTheReader(t *testing.T) {
	t.Parallel()
	tests := []struct {
		path string
		want []string
	}{
		{"case/properties/level", scenarios.Levels()},
		{"case/properties/code", scenarios.Codes()},
		{"policy", scenarios.Policies()},
		{"case/properties/keys/additionalProperties/properties/alg", scenarios.KeyAlgs()},
		{"case/properties/keys/additionalProperties/properties/shape", scenarios.KeyShapes()},
		{"case/properties/environment/properties/metadata_at", scenarios.MetadataPlaces()},
		{"case/properties/environment/properties/well_known", scenarios.WellKnownModes()},
		{"case/properties/environment/properties/tls", scenarios.TLSProfiles()},
		{"case/properties/steps/items/properties/rotate/properties/mode", scenarios.RotationModes()},
		{"token/properties/flow", scenarios.Flows()},
		{"token/properties/use", scenarios.TokenUses()},
		{"token/properties/sign/properties/pss", scenarios.PSSFaults()},
		{"fault/properties/where", scenarios.FaultEndpoints()},
		{"fault/properties/kind", scenarios.FaultKinds()},
	}
	var doc map[string]any
	if err := json.Unmarshal([]byte(scenarios.Schema()), &doc); err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		node := doc["$defs"]
		for _, key := range strings.Split(test.path, "/") {
			members, _ := node.(map[string]any)
			node = members[key]
		}
		members, _ := node.(map[string]any)
		var got []string
		list, _ := members["enum"].([]any)
		for _, v := range list {
			got = append(got, v.(string))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s is %q in the schema, want %q", test.path, got, test.want)
		}
	}
}
