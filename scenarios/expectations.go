package scenarios

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/assay-id/assay/mockidp/intake"
)

// Expectations say what is known about an implementation, so that a run of it
// fails for what is new. The zero value says nothing.
//
//	known-failing:
//	  - { case: aud.prefix, reason: "audiences are compared by prefix, see bug 12" }
//	flaky:
//	  - { case: "flood.*", reason: "the limit is per process" }
//	skip:
//	  - { case: dos.deep-json, reason: "takes the test machine down" }
type Expectations struct {
	KnownFailing []Line `yaml:"known-failing,omitempty"` // must not pass
	Flaky        []Line `yaml:"flaky,omitempty"`         // may pass or not
	Skip         []Line `yaml:"skip,omitempty"`          // are not executed
}

// Line is one line of a file of expectations.
type Line struct {
	Case   string `yaml:"case"` // an ID, the name of a group, or with wildcards as path.Match knows them
	Reason string `yaml:"reason"`
}

// ParseExpectations reads a file of expectations. name is used in errors, which
// show the place.
func ParseExpectations(name string, data []byte) (*Expectations, error) {
	var e Expectations
	document, err := intake.YAML(name, data, &e)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool)
	for _, section := range e.sections() {
		for i, line := range *section.lines {
			node := child(document.Root, section.name, strconv.Itoa(i))
			_, err := path.Match(line.Case, "")
			switch {
			case line.Case == "" || err != nil:
				err = errorAt(child(node, "case"),
					"case is %q, want an ID, the name of a group or a pattern", line.Case)
			case strings.TrimSpace(line.Reason) == "":
				err = errorAt(node, "%s has no reason: say why it is expected", line.Case)
			case seen[line.Case]:
				err = errorAt(child(node, "case"), "%s has a line already", line.Case)
			}
			if err != nil {
				return nil, document.Error(err)
			}
			seen[line.Case] = true
		}
	}
	return &e, nil
}

// section is one of the three parts of a file.
type section struct {
	name  string
	lines *[]Line
}

func (e *Expectations) sections() []section {
	return []section{{"skip", &e.Skip}, {"flaky", &e.Flaky}, {"known-failing", &e.KnownFailing}}
}

// Of returns the line that is about s, and the name of its section: skip,
// flaky or known-failing, in this order. It returns nil if there is none, and
// for nil Expectations.
func (e *Expectations) Of(s *Scenario) (line *Line, section string) {
	if e == nil {
		return nil, ""
	}
	for _, section := range e.sections() {
		for i := range *section.lines {
			if line := &(*section.lines)[i]; line.matches(s) {
				return line, section.name
			}
		}
	}
	return nil, ""
}

func (l *Line) matches(s *Scenario) bool {
	matched, err := path.Match(l.Case, s.ID)
	return err == nil && matched || l.Case == s.Group.Name
}

// All returns every line in the order in which Of looks at them.
func (e *Expectations) All() []*Line {
	if e == nil {
		return nil
	}
	var all []*Line
	for _, section := range e.sections() {
		for i := range *section.lines {
			all = append(all, &(*section.lines)[i])
		}
	}
	return all
}

// Matches reports whether the line is about any scenario of c.
func (l *Line) Matches(c *Catalogue) bool {
	for _, s := range c.All() {
		if l.matches(s) {
			return true
		}
	}
	return false
}

// Marshal returns e as a file.
func (e *Expectations) Marshal() ([]byte, error) {
	if len(e.All()) == 0 {
		return []byte("# Everything is expected to pass.\n{}\n"), nil
	}
	text, err := yaml.MarshalWithOptions(e, yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("writing the expectations: %w", err)
	}
	return text, nil
}
