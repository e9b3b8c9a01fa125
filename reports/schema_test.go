package reports_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/assay-id/assay/reports"
)

func compileSchema(t *testing.T, text string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("record.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("record.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validate(t *testing.T, schema *jsonschema.Schema, line []byte) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(v)
}

func TestSchemaTakesRecordedStreams(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t, reports.Schema())
	for _, name := range []string{"run.jsonl", "incomplete.jsonl", "bench.jsonl", "load.jsonl"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range bytes.Split(bytes.TrimSpace(b), []byte("\n")) {
			if err := validate(t, schema, line); err != nil {
				t.Errorf("%s:%d: %v", name, i+1, err)
			}
		}
	}
}

// The zero value of every record is the least that an emitter writes.
func TestSchemaTakesWhatWriterWrites(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t, reports.Schema())
	var b bytes.Buffer
	w := reports.NewWriter(&b)
	for _, r := range []reports.Record{
		{Kind: reports.KindHeader, Header: &reports.Header{SchemaVersion: reports.SchemaVersion}},
		{Kind: reports.KindPlan, Plan: &reports.Plan{Cases: []reports.PlannedCase{{Level: reports.LevelMust}}}},
		{Kind: reports.KindStart, Start: &reports.Start{}},
		{Kind: reports.KindSample, Sample: &reports.Sample{Latency: &reports.Quantiles{}, Ratio: &reports.Interval{}, Histogram: []reports.Bucket{{}}}},
		{Kind: reports.KindProgress, Progress: &reports.Progress{}},
		{Kind: reports.KindFooter, Footer: &reports.Footer{Planned: 1}},
	} {
		if err := w.Handle(r); err != nil {
			t.Fatal(err)
		}
	}
	for line := range bytes.Lines(b.Bytes()) {
		if err := validate(t, schema, line); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t, reports.Schema())
	tests := []struct{ name, line string }{
		{"no kind", `{"plan":{"cases":[]}}`},
		{"an unknown kind", `{"kind":"verdict"}`},
		{"a kind without its member", `{"kind":"plan"}`},
		{"two members", `{"kind":"plan","plan":{"cases":[]},"progress":{"done":0,"total":0}}`},
		{"an unknown outcome", strings.Replace(caseLine, `"pass"`, `"green"`, 1)},
		{"a count of an unknown outcome", strings.Replace(footerLine, `"pass"`, `"green"`, 1)},
		{"a date that is none", strings.Replace(headerLine, "2026-11-23", "yesterday", 1)},
		{"a case without its wish", strings.Replace(caseLine, `"want":"accept",`, "", 1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := validate(t, schema, []byte(tt.line)); err == nil {
				t.Errorf("the schema takes %s", tt.line)
			}
		})
	}
}

// Every member that Go writes is in the schema, and nothing else does; a
// member is required there exactly if Go always writes it.
func TestSchemaMatchesTheTypes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		schema string
		typ    reflect.Type
		least  int // of types to be compared
	}{
		{reports.Schema(), reflect.TypeFor[reports.Record](), 15},
		{reports.DiagnosisSchema(), reflect.TypeFor[reports.Diagnosis](), 5},
		{reports.CheckupSchema(), reflect.TypeFor[reports.Checkup](), 1},
		{reports.MatrixSchema(), reflect.TypeFor[reports.Matrix](), 8},
	} {
		matchTypes(t, test.schema, test.typ, test.least)
	}
}

func matchTypes(t *testing.T, text string, root reflect.Type, least int) {
	t.Helper()
	type object struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Required   []string                   `json:"required"`
	}
	var schema struct {
		object
		Defs map[string]object `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(text), &schema); err != nil {
		t.Fatal(err)
	}
	seen := map[reflect.Type]bool{}
	var check func(typ reflect.Type, in object)
	check = func(typ reflect.Type, in object) {
		var names, required []string
		for i := range typ.NumField() {
			field := typ.Field(i)
			name, opts, _ := strings.Cut(field.Tag.Get("json"), ",")
			names = append(names, name)
			if opts == "" {
				required = append(required, name)
			}
			elem := field.Type
			for elem.Kind() == reflect.Pointer || elem.Kind() == reflect.Slice {
				elem = elem.Elem()
			}
			if elem.Kind() != reflect.Struct || elem.PkgPath() != typ.PkgPath() || seen[elem] {
				continue
			}
			seen[elem] = true
			def, ok := schema.Defs[snake(elem.Name())]
			if !ok {
				t.Errorf("the schema has no definition %q for %s", snake(elem.Name()), elem)
				continue
			}
			check(elem, def)
		}
		slices.Sort(names)
		slices.Sort(required)
		slices.Sort(in.Required)
		if diff := cmp.Diff(names, slices.Sorted(maps.Keys(in.Properties))); diff != "" {
			t.Errorf("members of %s (-Go +schema):\n%s", typ, diff)
		}
		if diff := cmp.Diff(required, in.Required); diff != "" && typ != reflect.TypeFor[reports.Evidence]() {
			t.Errorf("required members of %s (-Go +schema):\n%s", typ, diff)
		}
	}
	check(root, schema.object)
	if len(seen) < least {
		t.Errorf("only %d types were compared: %v", len(seen), seen)
	}
}

// snake returns a Go name as the schema spells it.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if 'A' <= r && r <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
