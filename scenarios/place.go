package scenarios

import (
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// Place is where something is in a file, counted from 1. The zero value is no
// place. It is kept instead of a node, which would keep the whole file alive.
type Place struct{ Line, Column int }

func placeOf(node ast.Node) Place {
	at := node.GetToken().Position
	return Place{at.Line, at.Column}
}

// tokenIn returns the token at p in a list that contains some, or some if there
// is none.
func (p Place) tokenIn(some *token.Token) *token.Token {
	first := some
	for first.Prev != nil {
		first = first.Prev
	}
	for t := first; t != nil; t = t.Next {
		if t.Position.Line == p.Line && t.Position.Column == p.Column {
			return t
		}
	}
	return some
}

// errorIn returns an error that shows the place in the file that node is of.
func (p Place) errorIn(node ast.Node, format string, args ...any) error {
	return &yaml.SyntaxError{Message: fmt.Sprintf(format, args...), Token: p.tokenIn(node.GetToken())}
}

// MistakeError is a mistake of a scenario's author that showed itself only when
// the scenario was executed, because it depends on what is made then.
type MistakeError struct {
	// Brief is the error in one line: file, line, column and what is wrong.
	Brief string

	text string // with the excerpt of the file
}

// Error returns the mistake with the excerpt of the file.
func (e *MistakeError) Error() string { return e.text }

// Mistake returns a *MistakeError that shows at in the file of s. The zero
// Place shows where s begins.
func (s *Scenario) Mistake(at Place, err error) error {
	if at == (Place{}) {
		at = s.at
	}
	e := &MistakeError{Brief: fmt.Sprintf("%s:%d:%d: %v", s.File, at.Line, at.Column, err)}
	e.text = e.Brief
	tokens := lexer.Tokenize(string(s.Group.source))
	if len(tokens) > 0 {
		e.text = fileError(s.File, &yaml.SyntaxError{Message: err.Error(), Token: at.tokenIn(tokens[0])}).Error()
	}
	return e
}
