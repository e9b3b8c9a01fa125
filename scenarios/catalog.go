package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/assay-id/assay/mockidp/intake"
)

// CatalogueVersion is the version of the embedded catalogue. A new case raises
// the second number, a changed verdict the first.
const CatalogueVersion = "0.1"

//go:embed catalog/*.yaml
var embedded embed.FS

// Catalogue is a set of scenarios in the order of their files.
type Catalogue struct {
	Groups []*Group
	byID   map[string]*Scenario
}

// Builtin returns the embedded catalogue, which is read once: callers must not
// change it. The error is a mistake in it, which a test excludes.
func Builtin() (*Catalogue, error) { return builtin() }

var builtin = sync.OnceValues(func() (*Catalogue, error) {
	files, err := embeddedFiles()
	if err != nil {
		return nil, err
	}
	return load(files, embedded.ReadFile)
})

// BuiltinPart returns those files of the embedded catalogue that have the
// scenarios and groups that these patterns select, which takes a fraction of the
// time. If one of them selects neither, or there are none, it returns all.
func BuiltinPart(patterns ...string) (*Catalogue, error) {
	files, err := embeddedFiles()
	if err != nil {
		return nil, err
	}
	var part []string
	for _, pattern := range patterns {
		before := len(part)
		for _, file := range files {
			if declares(file, pattern) {
				part = append(part, file)
			}
		}
		if len(part) == before {
			return Builtin()
		}
	}
	if len(part) == 0 {
		return Builtin()
	}
	slices.Sort(part)
	return load(slices.Compact(part), embedded.ReadFile)
}

// declares reports whether an embedded file has a scenario that a pattern
// matches, or the group of that name.
func declares(file, pattern string) bool {
	text, err := embedded.ReadFile(file)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "group: "+pattern {
			return true
		}
		if id, ok := strings.CutPrefix(line, "  - id: "); ok {
			if matched, _ := path.Match(pattern, id); matched { // Select reports a bad pattern
				return true
			}
		}
	}
	return false
}

func embeddedFiles() ([]string, error) { return fs.Glob(embedded, "catalog/*.yaml") }

// FromFiles returns the catalogue of files on disk.
func FromFiles(files ...string) (*Catalogue, error) {
	return load(files, func(name string) ([]byte, error) {
		return intake.ReadFile(name, intake.MaxYAML)
	})
}

// load reads and joins files. It reports the mistakes of all of them.
func load(files []string, read func(string) ([]byte, error)) (*Catalogue, error) {
	c := &Catalogue{byID: make(map[string]*Scenario)}
	var mistakes []error
	for _, name := range files {
		data, err := read(name)
		if err != nil {
			mistakes = append(mistakes, err)
			continue
		}
		g, err := Parse(name, data)
		if err != nil {
			mistakes = append(mistakes, err)
			continue
		}
		c.Groups = append(c.Groups, g)
		for _, s := range g.Cases {
			if first, taken := c.byID[s.ID]; taken {
				mistakes = append(mistakes,
					fmt.Errorf("%s:%d: the id %q is taken by %s:%d",
						s.File, s.Line, s.ID, first.File, first.Line))
				continue
			}
			c.byID[s.ID] = s
		}
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, err
	}
	return c, nil
}

// All returns every scenario.
func (c *Catalogue) All() []*Scenario {
	var list []*Scenario
	for _, g := range c.Groups {
		list = append(list, g.Cases...)
	}
	return list
}

// Get returns the scenario with an ID, or nil.
func (c *Catalogue) Get(id string) *Scenario { return c.byID[id] }

// Select returns the scenarios whose IDs match any of patterns, in the order of
// the catalogue; no pattern means all. A pattern is an ID, the name of a group,
// a documented code, or has wildcards as path.Match knows them. A pattern that
// matches nothing is an error, because a typing error must not select less in
// silence.
func (c *Catalogue) Select(patterns ...string) ([]*Scenario, error) {
	if len(patterns) == 0 {
		return c.All(), nil
	}
	used := make([]bool, len(patterns))
	var list []*Scenario
	for _, s := range c.All() {
		hit := false
		for i, pattern := range patterns {
			matched, err := path.Match(pattern, s.ID)
			if err != nil {
				return nil, fmt.Errorf("pattern %q: %w", pattern, err)
			}
			if matched || pattern == s.Group.Name || s.Code != "" && pattern == s.Code {
				hit, used[i] = true, true
			}
		}
		if hit {
			list = append(list, s)
		}
	}
	if i := slices.Index(used, false); i >= 0 {
		return nil, &NoMatchError{
			Field: "pattern", Value: patterns[i], Near: Near(patterns[i], c.words()),
		}
	}
	return list, nil
}

// words returns what a pattern without wildcards can be.
func (c *Catalogue) words() []string {
	words := append(Codes(), c.groupNames()...)
	for _, s := range c.All() {
		words = append(words, s.ID)
	}
	return words
}

func (c *Catalogue) groupNames() []string {
	var names []string
	for _, g := range c.Groups {
		names = append(names, g.Name)
	}
	return names
}

//go:embed schema.json
var schema string

// Schema returns the JSON Schema of a file of scenarios, for editors.
func Schema() string { return schema }
