package intake

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/scanner"
	"github.com/goccy/go-yaml/token"
)

// Document is a YAML text that has passed the gate. [YAML] makes it.
type Document struct {
	Root ast.Node

	name string
	text []byte
}

// YAML decodes the one document of text into out, strictly, and returns it.
// name is the name of the file in errors. Every error that has a place in the
// text is an *[Error].
func YAML(name string, text []byte, out any, opts ...yaml.DecodeOption) (*Document, error) {
	text, err := plain(name, text, MaxYAML)
	if err != nil {
		return nil, err
	}
	// The scanner counts \r\n after a comment as two lines.
	d := &Document{name: name, text: lineBreaks(text)}
	if err := d.decode(out, opts); err != nil {
		return nil, d.Error(err)
	}
	return d, nil
}

// Error gives an error about a node of d its name and its place. It leaves
// other errors as they are, but for the name.
func (d *Document) Error(err error) error {
	placed, ok := errors.AsType[yaml.Error](err)
	if !ok || placed.GetToken() == nil {
		return fmt.Errorf("%s: %w", d.name, err)
	}
	at := placed.GetToken().Position
	return NewError(d.name, d.text, at.Line, at.Column, placed.GetMessage())
}

// PanicError is a panic of the parser: its mistake, not one in the text.
type PanicError struct {
	Value any // what was passed to panic
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("the text cannot be read as YAML: %v", e.Value)
}

// decode is where the parser sees the text. A panic of it is a *[PanicError].
func (d *Document) decode(out any, opts []yaml.DecodeOption) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p}
		}
	}()
	if err := checkDensity(d.text); err != nil {
		return err
	}
	tokens, err := tokenize(string(d.text))
	if err != nil {
		return err
	}
	if err := checkShape(tokens); err != nil {
		return err
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return err
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return errorAt(&token.Position{Line: 1, Column: 1}, "want one YAML document")
	}
	d.Root = file.Docs[0].Body
	if err := checkAliases(d.Root); err != nil {
		return err
	}
	return yaml.NodeToValue(d.Root, out, append(opts, yaml.Strict())...)
}

// tokenize is like lexer.Tokenize, but stops at the first mistake, after which
// the scanner would make a token of each character.
func tokenize(text string) (token.Tokens, error) {
	var s scanner.Scanner
	s.Init(text)
	var tokens token.Tokens
	for {
		some, err := s.Scan()
		if err == io.EOF {
			return tokens, nil
		}
		tokens.Add(some...)
		if invalid := tokens.InvalidToken(); invalid != nil {
			return nil, &yaml.SyntaxError{Message: invalid.Error, Token: invalid}
		}
		if err != nil {
			return nil, err
		}
	}
}

func errorAt(at *token.Position, format string, args ...any) error {
	return &yaml.SyntaxError{
		Message: fmt.Sprintf(format, args...), Token: &token.Token{Position: at},
	}
}

// At returns an error about node, for [Document.Error].
func At(node ast.Node, format string, args ...any) error {
	return errorAt(node.GetToken().Position, format, args...)
}

// Child follows keys and indexes down from node. Where one does not exist it
// stays, so that an error about a missing key shows its parent.
func Child(node ast.Node, path ...string) ast.Node {
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
