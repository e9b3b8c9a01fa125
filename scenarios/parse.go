package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/assay-id/assay/mockidp/intake"
)

// Parse reads one file. name is used in errors. The error names file, line and
// column and shows the place; it reports the first mistake of every case.
func Parse(name string, data []byte) (*Group, error) {
	var g Group
	document, err := intake.YAML(name, data, &g)
	if err != nil {
		return nil, err
	}
	g.source = data
	var mistakes []error
	if err := checkGroup(&g, document.Root); err != nil {
		mistakes = append(mistakes, document.Error(err))
	}
	for i, s := range g.Cases {
		node := child(document.Root, "cases", strconv.Itoa(i))
		if s == nil {
			mistakes = append(mistakes, document.Error(errorAt(node, "the case is empty")))
			continue
		}
		s.Group, s.File = &g, name
		s.at = placeOf(node)
		s.Line = s.at.Line
		err := s.makeVariants(node)
		if err == nil {
			err = check(s, node)
		}
		if err != nil {
			mistakes = append(mistakes, document.Error(err))
		}
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, err
	}
	return &g, nil
}

// makeVariants prepares the variants of a case that asks for a table of them.
func (s *Scenario) makeVariants(node ast.Node) error {
	asked := ""
	for _, source := range []struct {
		key   string
		asked bool
	}{{"variants", len(s.Variants) > 0}, {"alike", s.Alike != nil}, {"unusual", s.Unusual != nil}, {"elsewhere", s.Elsewhere != nil}} {
		switch {
		case !source.asked:
			continue
		case asked != "":
			return errorAt(child(node, source.key), "want either %s or %s", source.key, asked)
		}
		asked = source.key
	}
	s.makeLater()
	return nil
}

// makeLater lets AllVariants make the variants of the table that a case asks
// for: most runs need the tables of few cases.
func (s *Scenario) makeLater() {
	switch {
	case s.Alike != nil:
		s.made = sync.OnceValue(s.Alike.variants)
	case s.Unusual != nil:
		s.made = sync.OnceValue(s.Unusual.variants)
	case s.Elsewhere != nil:
		s.made = sync.OnceValue(s.Elsewhere.variants)
	}
}

// AllVariants returns the variants of the case: those that the file lists, or
// those of the table that it asks for. Callers must not change them. Safe for
// concurrent use.
func (s *Scenario) AllVariants() []Variant {
	if s.made != nil {
		return s.made()
	}
	return s.Variants
}

// errorAt returns an error about node.
func errorAt(node ast.Node, format string, args ...any) error {
	return intake.At(node, format, args...)
}

// child follows keys and indexes down from node, as far as they exist.
func child(node ast.Node, path ...string) ast.Node { return intake.Child(node, path...) }

// scalar returns the string of a scalar node.
func scalar(node ast.Node) (string, error) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, nil
	case *ast.LiteralNode:
		return n.Value.Value, nil
	case *ast.IntegerNode, *ast.FloatNode:
		return node.GetToken().Value, nil
	}
	return "", errorAt(node, "want a string, not a %s", node.Type())
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (e *Expectation) UnmarshalYAML(node ast.Node) error {
	return unmarshalText(node, e, ParseExpectation)
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (c *Count) UnmarshalYAML(node ast.Node) error { return unmarshalText(node, c, parseCount) }

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (d *Duration) UnmarshalYAML(node ast.Node) error {
	return unmarshalText(node, d, ParseDuration)
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (s *Size) UnmarshalYAML(node ast.Node) error { return unmarshalText(node, s, parseSize) }

// parseSize reads a number of bytes with its unit.
func parseSize(text string) (Size, error) {
	for _, unit := range []struct {
		name  string
		bytes int64
	}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"B", 1}} {
		if number, ok := strings.CutSuffix(text, unit.name); ok {
			if n, err := strconv.ParseInt(number, 10, 32); err == nil && n > 0 {
				return Size(n * unit.bytes), nil
			}
		}
	}
	return 0, fmt.Errorf("size is %q, want a number with a unit, such as 64KiB or 2MiB", text)
}

// unmarshalText reads a scalar with parse.
func unmarshalText[T any](node ast.Node, dst *T, parse func(string) (T, error)) error {
	text, err := scalar(node)
	if err != nil {
		return err
	}
	v, err := parse(text)
	if err != nil {
		return errorAt(node, "%v", err)
	}
	*dst = v
	return nil
}

// ParseDuration reads a duration: what time.ParseDuration takes, and days as
// in 10d. A number needs its unit.
func ParseDuration(text string) (Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil {
			return Duration(time.Duration(n) * 24 * time.Hour), nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("duration is %q, want a number with a unit, such as 90s, 15m or 10d",
			text)
	}
	return Duration(d), nil
}

// oneOf returns an error at node unless value is in list.
func oneOf(node ast.Node, what, value string, list []string) error {
	if slices.Contains(list, value) {
		return nil
	}
	return errorAt(node, "%s is %q, want one of %s", what, value, strings.Join(list, ", "))
}
