package people

import (
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/assay-id/assay/mockidp"
)

//go:embed default.yaml
var defaultText []byte

// defaultName is the name of the default file in errors.
const defaultName = "default.yaml"

// maxFile bounds a file in bytes. A thousand users with every key take a
// third of it.
const maxFile = 1 << 20

// DefaultText returns the file from which [Default] is read.
func DefaultText() []byte { return append([]byte(nil), defaultText...) }

// Default returns the default people: two users with passwords, one with
// single sign-on, one who must not sign in, and three organizations. Clients
// are nil.
func Default() mockidp.EnvironmentConfig {
	cfg, err := Parse(defaultName, defaultText)
	if err != nil {
		panic(fmt.Sprintf("people: internal error: %v", err))
	}
	return cfg
}

// Parse reads a file into the Clients, Users, Organizations and Connections
// of a configuration whose other fields are zero. name is the name of the
// file in errors, which say line and column and show the place.
func Parse(name string, text []byte) (mockidp.EnvironmentConfig, error) {
	var none mockidp.EnvironmentConfig
	if len(text) > maxFile {
		return none, fmt.Errorf("%s has %d bytes, want at most %d", name, len(text), maxFile)
	}
	var f file
	body, err := decode(text, &f)
	if err != nil {
		return none, placed(name, err)
	}
	if err := f.check(body); err != nil {
		return none, placed(name, err)
	}
	cfg := f.config()
	if err := cfg.Validate(); err != nil {
		return none, fmt.Errorf("%s: %w", name, err)
	}
	return cfg, nil
}

// decode reads the one document of a file into f and returns its root. A file
// is foreign input, so a panic of the decoder is an error, too.
func decode(text []byte, f *file) (body ast.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			body, err = nil, fmt.Errorf("the file cannot be read as YAML: %v", p)
		}
	}()
	parsed, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, err
	}
	if len(parsed.Docs) != 1 || parsed.Docs[0].Body == nil {
		return nil, errors.New("want one YAML document with users, organizations, connections or clients")
	}
	body = parsed.Docs[0].Body
	return body, yaml.NodeToValue(body, f, yaml.Strict(), yaml.UseOrderedMap())
}

// placed adds the name of the file to an error, and its place if that is
// known.
func placed(name string, err error) error {
	var at yaml.Error
	if !errors.As(err, &at) || at.GetToken() == nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	position := at.GetToken().Position
	text := fmt.Sprintf("%s:%d:%d: %s", name, position.Line, position.Column, at.GetMessage())
	if _, excerpt, ok := strings.Cut(at.FormatError(false, true), "\n"); ok {
		text += "\n" + excerpt
	}
	return errors.New(text)
}

// at returns an error that shows the place to which path leads. If path leads
// to nothing, it shows the last node that exists.
func at(body ast.Node, path []string, format string, args ...any) error {
	node := body
	for _, step := range path {
		node = child(node, step)
	}
	return &yaml.SyntaxError{Message: fmt.Sprintf(format, args...), Token: node.GetToken()}
}

func child(node ast.Node, step string) ast.Node {
	switch n := node.(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			if v.Key.GetToken().Value == step {
				return v.Value
			}
		}
	case *ast.MappingValueNode:
		if n.Key.GetToken().Value == step {
			return n.Value
		}
	case *ast.SequenceNode:
		if i, err := strconv.Atoi(step); err == nil && i < len(n.Values) {
			return n.Values[i]
		}
	}
	return node
}
