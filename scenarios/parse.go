package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Parse reads one file. name is used in errors. The error names file, line and
// column and shows the place; it reports the first mistake of every case.
func Parse(name string, data []byte) (*Group, error) {
	var g Group
	body, err := decode(data, &g)
	if err != nil {
		return nil, fileError(name, err)
	}
	g.source = data
	var mistakes []error
	if err := checkGroup(&g, body); err != nil {
		mistakes = append(mistakes, fileError(name, err))
	}
	for i, s := range g.Cases {
		node := child(body, "cases", strconv.Itoa(i))
		if s == nil {
			mistakes = append(mistakes, fileError(name, errorAt(node, "the case is empty")))
			continue
		}
		s.Group, s.File = &g, name
		s.at = placeOf(node)
		s.Line = s.at.Line
		if err := check(s, node); err != nil {
			mistakes = append(mistakes, fileError(name, err))
		}
	}
	if err := errors.Join(mistakes...); err != nil {
		return nil, err
	}
	return &g, nil
}

// decode reads the one document of a file into dst, a pointer, and returns its
// root. A file is foreign input, so whatever the decoder makes of it is an
// error.
func decode(data []byte, dst any) (body ast.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			body, err = nil, fmt.Errorf("the file cannot be read as YAML: %v", p)
		}
	}()
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, err
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, errors.New("want one YAML document")
	}
	body = file.Docs[0].Body
	return body, yaml.NodeToValue(body, dst, yaml.Strict())
}

// fileError puts the name of the file before an error that knows its place.
func fileError(name string, err error) error {
	var placed yaml.Error
	if !errors.As(err, &placed) || placed.GetToken() == nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	at := placed.GetToken().Position
	text := placed.FormatError(false, true)
	if _, excerpt, ok := strings.Cut(text, "\n"); ok {
		return fmt.Errorf("%s:%d:%d: %s\n%s", name, at.Line, at.Column, placed.GetMessage(), excerpt)
	}
	return fmt.Errorf("%s:%d:%d: %s", name, at.Line, at.Column, placed.GetMessage())
}

// errorAt returns an error that shows the place of node.
func errorAt(node ast.Node, format string, args ...any) error {
	return &yaml.SyntaxError{Message: fmt.Sprintf(format, args...), Token: node.GetToken()}
}

// child follows keys and indexes down from node. Where one does not exist it
// stays, so that an error about a missing key shows its parent.
func child(node ast.Node, path ...string) ast.Node {
	for _, step := range path {
		switch n := node.(type) {
		case *ast.MappingNode:
			for _, v := range n.Values {
				if v.Key.GetToken().Value == step {
					node = v.Value
				}
			}
		case *ast.MappingValueNode:
			if n.Key.GetToken().Value == step {
				node = n.Value
			}
		case *ast.SequenceNode:
			if i, err := strconv.Atoi(step); err == nil && i < len(n.Values) {
				node = n.Values[i]
			}
		}
	}
	return node
}

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
func (d *Duration) UnmarshalYAML(node ast.Node) error { return unmarshalText(node, d, ParseDuration) }

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
		return 0, fmt.Errorf("duration is %q, want a number with a unit, such as 90s, 15m or 10d", text)
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
