package implementations

import (
	_ "embed" // for the schema
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/assay-id/assay/mockidp/intake"
)

// Manifest lists implementations to compare.
//
//	implementations:
//	  - name: jose
//	    library: jose
//	    language: JavaScript
//	    homepage: https://github.com/panva/jose
//	    implementation: exec:node jose.mjs
//	    dir: node
//	    setup: [npm ci]
//	    expectations: node/jose.expectations.yaml
type Manifest struct {
	Implementations []Listed `yaml:"implementations"`

	folder string
}

// Listed is one entry of a [Manifest].
type Listed struct {
	Name     string `yaml:"name"`     // unique, such as the name in the registry of the language
	Library  string `yaml:"library"`  // what verifies the tokens
	Language string `yaml:"language"` // in which it is written
	Homepage string `yaml:"homepage"` // its URL; empty if it has none

	// Implementation is what [Open] takes.
	Implementation string `yaml:"implementation"`

	// Dir is the working folder of its command, and of the commands below.
	// ReadManifest makes it relative to the caller's working folder instead
	// of that of the file. Empty is the folder of the file.
	Dir string `yaml:"dir"`

	// Setup has the shell commands that install it, in order. Nothing in this
	// package executes them.
	Setup []string `yaml:"setup"`

	// Expectations is the name of the file that says what is known about it,
	// changed like Dir. Empty means that everything should pass.
	Expectations string `yaml:"expectations"`

	// Flags are flags of assay run that it needs, such as
	// --client-id=skc_1.
	Flags []string `yaml:"flags"`

	document *intake.Document // of the manifest; nil if it is in none
	node     ast.Node         // of the entry
}

//go:embed implementations.schema.json
var manifestSchema string

// ManifestSchema returns the JSON Schema of a [Manifest], for editors.
func ManifestSchema() string { return manifestSchema }

// ReadManifest reads the file name, which must be a regular one.
func ReadManifest(name string) (*Manifest, error) {
	text, err := intake.ReadFile(name, intake.MaxYAML)
	if err != nil {
		return nil, err
	}
	return ParseManifest(name, text)
}

// ParseManifest reads the text of a manifest. name is used in errors, which
// show the place, and is what the names of files in it are relative to.
func ParseManifest(name string, text []byte) (*Manifest, error) {
	m := Manifest{folder: filepath.Dir(name)}
	document, err := intake.YAML(name, text, &m)
	if err != nil {
		return nil, err
	}
	if err := m.check(document.Root); err != nil {
		return nil, document.Error(err)
	}
	for i := range m.Implementations {
		l := &m.Implementations[i]
		l.document, l.node = document, intake.Child(document.Root, "implementations", strconv.Itoa(i))
		l.Dir = m.resolve(l.Dir)
		if l.Expectations != "" {
			l.Expectations = m.resolve(l.Expectations)
		}
	}
	return &m, nil
}

func (m *Manifest) resolve(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(m.folder, file)
}

// The forms of names, URLs and flags. The schema has them too.
var (
	listedName = regexp.MustCompile(`^[A-Za-z0-9@][A-Za-z0-9@._/-]*$`)
	listedPage = regexp.MustCompile(`^https?://[^\s]+$`)
	listedFlag = regexp.MustCompile(`^--[a-z][a-z-]*(=.*)?$`)
)

// check reports the first mistake.
func (m *Manifest) check(root ast.Node) error {
	if len(m.Implementations) == 0 {
		return intake.At(root, "there are no implementations, want at least one")
	}
	seen := make(map[string]string) // names by the name of their file
	for i, l := range m.Implementations {
		node := intake.Child(root, "implementations", strconv.Itoa(i))
		if err := l.check(node); err != nil {
			return err
		}
		if other, ok := seen[l.FileName()]; ok {
			return intake.At(intake.Child(node, "name"), "name is %q, and another is %q, want names that differ in a letter or digit", l.Name, other)
		}
		seen[l.FileName()] = l.Name
	}
	return nil
}

func (l *Listed) check(node ast.Node) error {
	for _, required := range []struct{ key, value string }{
		{"name", l.Name}, {"library", l.Library}, {"language", l.Language}, {"implementation", l.Implementation},
	} {
		if strings.TrimSpace(required.value) == "" {
			return intake.At(intake.Child(node, required.key), "%s is missing or empty", required.key)
		}
	}
	if !listedName.MatchString(l.Name) {
		return intake.At(intake.Child(node, "name"), "name is %q, want letters, digits and any of @ . _ / -", l.Name)
	}
	if l.Homepage != "" && !listedPage.MatchString(l.Homepage) {
		return intake.At(intake.Child(node, "homepage"), "homepage is %q, want a URL", l.Homepage)
	}
	for i, command := range l.Setup {
		if strings.TrimSpace(command) == "" {
			return intake.At(intake.Child(node, "setup", strconv.Itoa(i)), "a command of setup is empty")
		}
	}
	for i, flag := range l.Flags {
		if !listedFlag.MatchString(flag) {
			return intake.At(intake.Child(node, "flags", strconv.Itoa(i)), "flags has %q, want a flag such as --client-id=skc_1", flag)
		}
	}
	return nil
}

// Wrong gives an error about the value of the entry at path, such as "flags" and
// "0", its place in the manifest. Without a manifest it has the name of the
// entry.
func (l *Listed) Wrong(err error, path ...string) error {
	if l.document == nil {
		return fmt.Errorf("%s: %w", l.Name, err)
	}
	return l.document.Error(intake.At(intake.Child(l.node, path...), "%v", err))
}

// FileName returns the name as that of a file, without an ending: in lower case,
// with a hyphen for whatever is no letter, digit, dot, underscore or hyphen of
// ASCII.
func (l *Listed) FileName() string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return '-'
	}, strings.ToLower(strings.TrimPrefix(l.Name, "@")))
}
