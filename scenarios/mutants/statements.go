package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
)

// statements looks for the mutants that leave one statement out.
func (f *finder) statements(list []ast.Stmt) {
	for _, s := range list {
		if f.removable(s) {
			f.add(s, "nothing", func(number int, inner string) string {
				return fmt.Sprintf("if !%s.On(%d) { %s }", pointName, number, inner)
			})
		}
	}
}

// guards are functions that order goroutines. Without them there are races and
// deadlocks, which are for the race detector to find.
var guards = []string{"Lock", "Unlock", "RLock", "RUnlock", "Done", "Add", "Wait", "panic"}

func (f *finder) removable(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ExprStmt:
		c, ok := s.X.(*ast.CallExpr)
		return ok && !slices.Contains(guards, f.callee(c))
	case *ast.DeferStmt:
		return !slices.Contains(guards, f.callee(s.Call))
	case *ast.AssignStmt:
		return s.Tok != token.DEFINE && f.at(s.Lhs[0]) != "_" && !f.forPeople(s.Rhs[0], s)
	case *ast.IncDecStmt, *ast.GoStmt, *ast.SendStmt:
		return true
	case *ast.BranchStmt:
		return s.Tok == token.CONTINUE || s.Tok == token.BREAK
	case *ast.ReturnStmt:
		return len(s.Results) == 0 && f.results.Len() == 0
	}
	return false
}
