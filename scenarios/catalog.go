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

//go:embed catalog/*.yaml stored/*
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
	files, err := fs.Glob(embedded, "catalog/*.yaml")
	if err != nil {
		return nil, err
	}
	return load(files, func(name string) (*Group, error) {
		text, err := embedded.ReadFile(name)
		if err != nil {
			return nil, err
		}
		form, err := embedded.ReadFile(storedName(name))
		if err == nil {
			if g, err := restored(name, string(text), form); !errors.Is(err, errStale) {
				return g, err
			}
		}
		return Parse(name, text) // the file was edited since make golden
	})
})

// storedName returns where the stored form of a file of the catalogue is.
func storedName(name string) string {
	return "stored/" + strings.TrimSuffix(path.Base(name), ".yaml")
}

// FromFiles returns the catalogue of files on disk.
func FromFiles(files ...string) (*Catalogue, error) {
	return load(files, func(name string) (*Group, error) {
		data, err := intake.ReadFile(name, intake.MaxYAML)
		if err != nil {
			return nil, err
		}
		return Parse(name, data)
	})
}

// load reads and joins files. It reports the mistakes of all of them.
func load(files []string, read func(string) (*Group, error)) (*Catalogue, error) {
	c := &Catalogue{byID: make(map[string]*Scenario)}
	var mistakes []error
	for _, name := range files {
		g, err := read(name)
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
