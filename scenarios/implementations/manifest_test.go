package implementations_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// minimal is the least that an entry needs.
const minimal = "implementations:\n  - name: a\n    library: b\n    language: c\n    implementation: builtin\n"

func TestParseManifest(t *testing.T) {
	t.Parallel()
	const text = minimal + `  - name: "@acme/verify"
    library: verify
    language: JavaScript
    homepage: https://example.com/verify
    implementation: exec:node verify.mjs
    dir: node
    setup: [npm ci, npm test]
    expectations: node/verify.yaml
    flags: [--client-id=skc_1, --strict-reasons]
`
	m, err := implementations.ParseManifest(filepath.Join("here", "m.yaml"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := &implementations.Manifest{Implementations: []implementations.Listed{
		{Name: "a", Library: "b", Language: "c", Implementation: "builtin", Dir: "here"},
		{
			Name: "@acme/verify", Library: "verify", Language: "JavaScript", Homepage: "https://example.com/verify",
			Implementation: "exec:node verify.mjs", Dir: filepath.Join("here", "node"), Setup: []string{"npm ci", "npm test"},
			Expectations: filepath.Join("here", "node", "verify.yaml"), Flags: []string{"--client-id=skc_1", "--strict-reasons"},
		},
	}}
	if diff := cmp.Diff(want, m, cmpopts.IgnoreUnexported(implementations.Manifest{}, implementations.Listed{})); diff != "" {
		t.Errorf("ParseManifest() (-want +got):\n%s", diff)
	}
	if got := m.Implementations[1].FileName(); got != "acme-verify" {
		t.Errorf("FileName() = %q, want acme-verify", got)
	}
	if err := validManifest(t, compileManifestSchema(t), text); err != nil {
		t.Errorf("the schema refuses what the reader takes: %v", err)
	}
}

// Each mistake is reported with its place, and editors that know the schema see
// it too.
func TestManifestIsStrict(t *testing.T) {
	t.Parallel()
	schema := compileManifestSchema(t)
	tests := []struct{ name, text, want string }{
		{"no implementations", "implementations: []\n", "m.yaml:1:16: there are no implementations"},
		{"nothing", "{}\n", "m.yaml:1:1: there are no implementations"},
		{"an unknown key", minimal + "    libary: x\n", `m.yaml:6:5: unknown field "libary"`},
		{"no name", "implementations:\n  - library: b\n    language: c\n    implementation: builtin\n", "name is missing"},
		{"no library", strings.Replace(minimal, "library: b", `library: " "`, 1), "m.yaml:3:14: library is missing or empty"},
		{"no language", strings.Replace(minimal, "    language: c\n", "", 1), "language is missing"},
		{"no implementation", strings.Replace(minimal, "    implementation: builtin\n", "", 1), "implementation is missing"},
		{"a name with a space", strings.Replace(minimal, "name: a", "name: a b", 1), `m.yaml:2:11: name is "a b", want letters`},
		{"a name that is a path", strings.Replace(minimal, "name: a", "name: ../a", 1), `name is "../a"`},
		{"a page that is no URL", minimal + "    homepage: javascript:alert(1)\n", `m.yaml:6:15: homepage is "javascript:alert(1)", want a URL`},
		{"an empty command", minimal + `    setup: [make, ""]` + "\n", "m.yaml:6:19: a command of setup is empty"},
		{"a flag with its value apart", minimal + "    flags: [--client-id, skc_1]\n", `m.yaml:6:26: flags has "skc_1", want a flag such as --client-id=skc_1`},
		{"a list as a command", minimal + "    setup: [[a]]\n", "m.yaml:6:13: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := implementations.ParseManifest("m.yaml", []byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("ParseManifest(%q) = %v, want %s", test.text, err, test.want)
			}
			if validManifest(t, schema, test.text) == nil {
				t.Errorf("the schema takes %q", test.text)
			}
		})
	}
	// What a schema cannot express.
	_, err := implementations.ParseManifest("m.yaml", []byte(minimal+strings.Replace(strings.TrimPrefix(minimal, "implementations:\n"), "name: a", "name: A", 1)))
	if want := `m.yaml:6:11: name is "A", and another is "a"`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("ParseManifest() with the same name twice = %v, want %s", err, want)
	}
}

// The manifest of the project is one, and the files that it names exist and
// are what it says.
func TestManifestOfTheProject(t *testing.T) {
	t.Parallel()
	const file = "implementations.yaml"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := validManifest(t, compileManifestSchema(t), string(text)); err != nil {
		t.Error(err)
	}
	m, err := implementations.ReadManifest(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range m.Implementations {
		if info, err := os.Stat(l.Dir); err != nil || !info.IsDir() {
			t.Errorf("%s: dir is %q, want a folder", l.Name, l.Dir)
		}
		if l.Expectations == "" {
			continue
		}
		known, err := os.ReadFile(l.Expectations)
		if err != nil {
			t.Errorf("%s: %v", l.Name, err)
			continue
		}
		if _, err := scenarios.ParseExpectations(l.Expectations, known); err != nil {
			t.Errorf("%s: %v", l.Name, err)
		}
	}
}

func compileManifestSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(implementations.ManifestSchema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("manifest.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validManifest holds a text against the schema.
func validManifest(t *testing.T, s *jsonschema.Schema, text string) error {
	t.Helper()
	converted, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(converted)))
	if err != nil {
		return err
	}
	return s.Validate(v)
}
