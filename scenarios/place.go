package scenarios

import (
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/assay-id/assay/mockidp/intake"
)

// Place is where something is in a file, counted from 1. The zero value is no
// place. It is kept instead of a node, which would keep the whole file alive.
type Place struct{ Line, Column int }

func placeOf(node ast.Node) Place {
	at := node.GetToken().Position
	return Place{at.Line, at.Column}
}

// errorf returns an error about the place.
func (p Place) errorf(format string, args ...any) error {
	return &yaml.SyntaxError{
		Message: fmt.Sprintf(format, args...),
		Token:   &token.Token{Position: &token.Position{Line: p.Line, Column: p.Column}},
	}
}

// MistakeError is a mistake of a scenario's author that could be found only when
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
	e := intake.NewError(s.File, s.Group.source, at.Line, at.Column, err.Error())
	return &MistakeError{Brief: e.Brief(), text: e.Error()}
}
