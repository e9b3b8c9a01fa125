package scenarios

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/assay-id/assay/mockidp/intake"
)

// Clause is an entry of the register of clauses: a passage that cases cite.
type Clause struct {
	ID    string `yaml:"id"`    // as cases cite it, such as "RFC 7519 §4.1.4"
	Title string `yaml:"title"` // of the section, or what an incident is known as

	// Word is the strongest requirement word of the sentence that matters to
	// the cases: MUST, SHOULD, MAY or none.
	Word string `yaml:"word"`

	Says string `yaml:"says"` // that sentence, paraphrased
	Link string `yaml:"link"` // the URL of the text
}

// Clauses is a register of clauses, sorted by ID.
type Clauses []Clause

//go:embed clauses.yaml
var clausesYAML []byte

// BuiltinClauses returns the register of the embedded catalogue. The error is
// a mistake in it, which a test excludes.
func BuiltinClauses() (Clauses, error) { return ParseClauses("clauses.yaml", clausesYAML) }

// ParseClauses reads a register. name is used in errors, which show the place.
func ParseClauses(name string, text []byte) (Clauses, error) {
	var register struct {
		Clauses Clauses `yaml:"clauses"`
	}
	document, err := intake.YAML(name, text, &register)
	if err != nil {
		return nil, err
	}
	if err := register.Clauses.check(child(document.Root, "clauses")); err != nil {
		return nil, document.Error(err)
	}
	return register.Clauses, nil
}

// Get returns the clause with an ID, and whether it is registered.
func (cs Clauses) Get(id string) (Clause, bool) {
	i, ok := slices.BinarySearchFunc(cs, id, func(c Clause, id string) int {
		return strings.Compare(c.ID, id)
	})
	if !ok {
		return Clause{}, false
	}
	return cs[i], true
}

// Highest returns the highest level that a case may have if it cites the
// clauses with these IDs.
func (cs Clauses) Highest(ids []string) string {
	highest := len(clauseWords()) - 1
	for _, id := range ids {
		if c, ok := cs.Get(id); ok {
			highest = min(highest, slices.Index(clauseWords(), c.Word))
		}
	}
	return Levels()[highest]
}

// clauseWords lists the requirement words. Each allows the level at the same
// place of Levels: none allows hardening.
func clauseWords() []string { return []string{"MUST", "SHOULD", "MAY", "none"} }

// check reports the first mistake.
func (cs Clauses) check(node ast.Node) error {
	if len(cs) == 0 {
		return errorAt(node, "there are no clauses, want at least one")
	}
	for i, c := range cs {
		at := child(node, strconv.Itoa(i))
		if err := c.check(at); err != nil {
			return err
		}
		if i == 0 {
			continue
		}
		switch before := cs[i-1].ID; strings.Compare(before, c.ID) {
		case 0:
			return errorAt(child(at, "id"), "%q is registered twice", c.ID)
		case 1:
			return errorAt(child(at, "id"), "%q comes after %q, want the order of their bytes", c.ID, before)
		}
	}
	return nil
}

func (c Clause) check(node ast.Node) error {
	for _, field := range []struct{ key, value string }{
		{"id", c.ID}, {"title", c.Title}, {"word", c.Word}, {"says", c.Says}, {"link", c.Link},
	} {
		if strings.TrimSpace(field.value) == "" {
			return errorAt(child(node, field.key), "%s is empty or missing", field.key)
		}
	}
	if !citesDocument(c.ID) {
		return errorAt(child(node, "id"), unknownDocument, c.ID, exampleClause)
	}
	if err := oneOf(child(node, "word"), "word", c.Word, clauseWords()); err != nil {
		return err
	}
	if !strings.HasPrefix(c.Link, "https://") {
		return errorAt(child(node, "link"), "link is %q, want an https URL", c.Link)
	}
	return nil
}
