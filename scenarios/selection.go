package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Selection narrows a catalogue. A scenario is selected if it satisfies every
// field that is set; several values of one field are alternatives. The zero
// value selects everything.
type Selection struct {
	Patterns []string // see [Catalogue.Select]
	Groups   []string
	Levels   []string
	Policies []string
	Codes    []string // documented codes, such as INVALID_ISSUER
	Smoke    bool     // only the small set

	// IDs restricts the selection to these, if it is not nil. One that the
	// catalogue does not have is an error.
	IDs []string

	// Shard takes one part of what the other fields select.
	Shard Shard
}

// ErrNothingSelected reports a selection whose fields are valid, but which
// matches no scenario.
var ErrNothingSelected = errors.New("nothing is selected")

// Choose returns the scenarios of a selection in the order of the catalogue. A
// pattern or a value that matches nothing is an error, and so is an empty
// result.
func (c *Catalogue) Choose(sel Selection) ([]*Scenario, error) {
	list, err := c.Select(sel.Patterns...)
	if err != nil {
		return nil, err
	}
	filters := []struct {
		field  string
		values []string
		known  []string
		of     func(*Scenario) string
	}{
		{"group", sel.Groups, c.groupNames(), func(s *Scenario) string { return s.Group.Name }},
		{"level", sel.Levels, Levels(), func(s *Scenario) string { return s.Level }},
		{"policy", sel.Policies, Policies(), (*Scenario).PolicyName},
		{"code", sel.Codes, Codes(), func(s *Scenario) string { return s.Code }},
	}
	for _, f := range filters {
		for _, v := range f.values {
			if !slices.Contains(f.known, v) {
				return nil, &NoMatchError{
					Field: f.field, Value: v, Near: Near(v, f.known), Known: f.known,
				}
			}
		}
		if f.values != nil {
			list = slices.DeleteFunc(list, func(s *Scenario) bool {
				return !slices.Contains(f.values, f.of(s))
			})
		}
	}
	if sel.Smoke {
		list = slices.DeleteFunc(list, func(s *Scenario) bool { return !s.Smoke })
	}
	if sel.IDs != nil {
		for _, id := range sel.IDs {
			if c.Get(id) == nil {
				return nil, fmt.Errorf("the catalogue has no scenario %q", id)
			}
		}
		list = slices.DeleteFunc(list, func(s *Scenario) bool {
			return !slices.Contains(sel.IDs, s.ID)
		})
	}
	if list = sel.Shard.of(list); len(list) == 0 {
		return nil, ErrNothingSelected
	}
	return list, nil
}

// NoMatchError reports a value of a [Selection] that matches no scenario.
type NoMatchError struct {
	Field string // pattern, group, level, policy or code
	Value string
	Near  string   // the value that would match and is likely meant, or empty
	Known []string // every value that the field allows; nil for a pattern
}

func (e *NoMatchError) Error() string {
	if e.Known == nil {
		return fmt.Sprintf("no scenario matches %q", e.Value)
	}
	return fmt.Sprintf("%s is %q, want one of %s", e.Field, e.Value, strings.Join(e.Known, ", "))
}

// Shard is one of several parts of a list, so that several machines can share
// a run. The zero value is the whole.
type Shard struct {
	Number int // from 1 to Count
	Count  int
}

// ParseShard reads a shard as it is written: 2/5 is the second of five.
func ParseShard(text string) (Shard, error) {
	first, second, _ := strings.Cut(text, "/")
	number, err1 := strconv.Atoi(first)
	count, err2 := strconv.Atoi(second)
	if err1 != nil || err2 != nil || number < 1 || number > count {
		return Shard{}, fmt.Errorf("shard is %q, want a number and a count such as 1/4, the number from 1 to the count",
			text)
	}
	return Shard{Number: number, Count: count}, nil
}

// of returns every Count-th scenario, which spreads groups of slow ones.
func (p Shard) of(list []*Scenario) []*Scenario {
	if p.Count == 0 {
		return list
	}
	var part []*Scenario
	for i := p.Number - 1; i < len(list); i += p.Count {
		part = append(part, list[i])
	}
	return part
}
