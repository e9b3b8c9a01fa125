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

// Editors and the guide offer the words that the schema lists. They are those
// of the reader, which lists them when it refuses any other.
func TestSchemaHasTheWordsOfTheReader(t *testing.T) {
	t.Parallel()
	const step = "case/properties/steps/items/properties/"
	refused := map[string]string{ // by the path of a list in the schema, a case with another word
		"case/properties/level": "level: X",
		"case/properties/code":  "code: X",
		"policy":                "policy: X",
		"documented":            "documented: X",
		"case/properties/keys/additionalProperties/properties/alg":   "keys: { k2: { alg: X } }\n    expect: accept",
		"case/properties/keys/additionalProperties/properties/shape": "keys: { k2: { shape: X } }",
		"case/properties/environment/properties/metadata_at":         "environment: { metadata_at: X }",
		"case/properties/environment/properties/well_known":          "environment: { well_known: X }",
		"case/properties/environment/properties/tls":                 "environment: { tls: X }",
		"case/properties/environment/properties/keys_tls":            "environment: { keys_tls: X }",

		"token/properties/flow":                      "token: { flow: X }",
		"token/properties/use":                       "token: { use: X }",
		"token/properties/sign/properties/alg":       "token: { sign: { alg: X } }\n    expect: accept",
		"token/properties/sign/properties/pss":       "token: { sign: { pss: X } }\n    expect: accept",
		"encoding":                                   "token: { encode: { header: X } }\n    expect: accept",
		"fault/properties/where":                     "environment: { faults: [{ kind: hang, where: X }] }",
		"fault/properties/kind":                      "environment: { faults: [{ where: keys, kind: X }] }",
		"reports/items/properties/session":           "steps: [{ login: { as: a } }, { begin: { session: a } }, { renew: { session: a, expect: accept, reports: [{ session: X, is: a }] } }]",
		step + "mint/properties/flow":                "steps: [{ mint: { as: a, flow: X } }]",
		step + "mint/properties/use":                 "steps: [{ mint: { as: a, use: X } }]",
		step + "mint/properties/sign/properties/alg": "steps: [{ mint: { as: a, sign: { alg: X } } }]",
		step + "mint/properties/sign/properties/pss": "steps: [{ mint: { as: a, sign: { pss: X } } }]",
		step + "refresh/properties/secret":           "steps: [{ login: { as: a } }, { refresh: { from: a, secret: X } }]",
		step + "refresh/properties/client":           "steps: [{ login: { as: a } }, { refresh: { from: a, client: X } }]",
		step + "exchange/properties/key":             "steps: [{ exchange: { key: X } }]",
		step + "exchange/properties/origin":          "steps: [{ exchange: { key: live, origin: X } }]",
		step + "probe/properties/expect":             "steps: [{ probe: { expect: X } }]",
		step + "rotate/properties/mode":              "steps: [{ rotate: { mode: X } }]",
		step + "certificate":                         "environment: { tls: trusted }\n    steps: [{ certificate: X }]",
	}
	const head = "group: x\ntitle: X\ncases:\n  - id: x.x\n    title: X\n    spec: [RFC 7519 §4]\n    needs: [idp, tls, state, refresh]\n"
	listed := enums(t)
	for path, words := range listed {
		text, ok := refused[path]
		if !ok {
			t.Errorf("no case tries another word than those of %s", path)
			continue
		}
		if path != "case/properties/level" {
			text += "\n    level: must"
		}
		_, err := scenarios.Parse("x.yaml", []byte(head+"    "+text+"\n"))
		if want := `"X", want one of ` + strings.Join(words, ", ") + "\n"; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the reader says %v, want %s", path, err, want)
		}
	}
	if len(listed) < len(refused) {
		t.Errorf("the schema has %d lists of words, want %d", len(listed), len(refused))
	}
}

// enums returns the lists of words in the schema by their paths.
func enums(t *testing.T) map[string][]string {
	t.Helper()
	var doc struct {
		Defs map[string]any `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(scenarios.Schema()), &doc); err != nil {
		t.Fatal(err)
	}
	lists := make(map[string][]string)
	var collect func(path string, v any)
	collect = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, child := range v {
				if words, ok := child.([]any); ok && key == "enum" {
					for _, w := range words {
						lists[path] = append(lists[path], w.(string))
					}
					continue
				}
				collect(strings.TrimPrefix(path+"/"+key, "/"), child)
			}
		case []any: // of anyOf: the words, or a template
			for _, child := range v {
				collect(strings.TrimSuffix(path, "/anyOf"), child)
			}
		}
	}
	collect("", doc.Defs)
	return lists
}

// The edits of a signature have arguments, so the schema explains them in words.
func TestSchemaExplainsEveryEditOfASignature(t *testing.T) {
	t.Parallel()
	kinds, err := scenarios.StepKinds()
	if err != nil {
		t.Fatal(err)
	}
	field := slices.IndexFunc(kinds[0].Fields, func(f scenarios.StepField) bool { return f.Key == "signature" })
	means := strings.NewReplacer(",", " ", ".", " ").Replace(kinds[0].Fields[field].Means)
	for _, edit := range scenarios.SignatureEdits() {
		if !slices.Contains(strings.Fields(means), edit) {
			t.Errorf("schema.json does not explain the edit %s", edit)
		}
	}
}
