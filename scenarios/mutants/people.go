package main

import (
	"go/ast"
	"slices"
)

// Fields and functions whose text only people read. What they are told is no
// part of a verdict, and any other words would do. A text with a space is for
// people wherever it is.
var (
	textFields = []string{"Claim", "Detail", "Do", "Got", "Hint", "Text", "Want", "form"}
	textCalls  = []string{"clip", "configError", "fail", "Errorf", "New", "Sprintf", "malformedClaim", "mismatch", "refuse", "timeText", "wrong"}
)

// forPeople reports whether n is such a text.
func (f *finder) forPeople(n, parent ast.Node) bool {
	switch p := parent.(type) {
	case *ast.KeyValueExpr:
		id, ok := p.Key.(*ast.Ident)
		return ok && slices.Contains(textFields, id.Name)
	case *ast.CallExpr:
		return n != p.Fun && slices.Contains(textCalls, f.callee(p))
	case *ast.AssignStmt:
		sel, ok := p.Lhs[0].(*ast.SelectorExpr)
		return ok && slices.Contains(textFields, sel.Sel.Name)
	}
	return false
}
