package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
)

// finder looks for mutants in one file.
type finder struct {
	*source
	function string
	atStart  bool
	results  *types.Tuple // of the innermost function
	found    []*Mutant
	seen     map[key]int
}

// add records that the text of n can be replaced. wrap gets the number of the
// mutant, and the text as it is with the mutants inside of it.
func (f *finder) add(n ast.Node, is string, wrap func(number int, inner string) string) {
	k := key{File: f.name, Function: f.function, Was: oneLine(f.at(n)), Is: oneLine(is)}
	f.seen[k]++
	k.Nth = f.seen[k]
	at := f.fset.Position(n.Pos())
	m := &Mutant{
		key: k, Line: at.Line, Column: at.Column, AtStart: f.atStart,
		from: f.offset(n.Pos()), to: f.offset(n.End()),
	}
	m.wrap = func(inner string) string { return wrap(m.Number, inner) }
	f.found = append(f.found, m)
}

// call records a mutant that a function of the package point makes of the value
// of e. of is the type to spell, or "".
func (f *finder) call(e ast.Expr, is, function, of string) {
	if of != "" {
		of = "[" + of + "]"
	}
	f.add(e, is, func(number int, inner string) string {
		return fmt.Sprintf("%s.%s%s(%d, %s)", pointName, function, of, number, inner)
	})
}

// instead records a mutant that has another expression of type t instead of e.
func (f *finder) instead(e ast.Expr, is, t string) {
	form := "%[1]s.Either(%[2]d, func() %[3]s { return %[4]s }, func() %[3]s { return %[5]s })"
	if !f.pure(e) {
		form = "func() %[3]s { if %[1]s.On(%[2]d) { return %[4]s }; return %[5]s }()"
	}
	f.add(e, is, func(number int, inner string) string {
		return fmt.Sprintf(form, pointName, number, t, is, inner)
	})
}

// pure reports whether e can be evaluated twice with no effect: it calls
// nothing but what only looks.
func (f *finder) pure(e ast.Expr) bool {
	pure := true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			pure = pure && (f.info.Types[n.Fun].IsType() || slices.Contains(looking, f.callee(n)))
		case *ast.UnaryExpr:
			pure = pure && n.Op != token.ARROW
		}
		return pure
	})
	return pure
}

// looking are functions without an effect.
var looking = []string{
	"After", "Before", "BitLen", "Cmp", "Contains", "Equal", "EqualFold", "HasPrefix", "HasSuffix", "IsZero", "Size", "Sub",
	"ToLower", "TrimSpace", "bad", "cap", "has", "len", "max", "min",
}

func (f *finder) declaration(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Body == nil {
			return
		}
		f.function, f.atStart = name(d, f.source), false
		f.body(d.Type, d.Body)
	case *ast.GenDecl:
		if d.Tok != token.VAR {
			return
		}
		for _, spec := range d.Specs {
			spec := spec.(*ast.ValueSpec)
			f.function, f.atStart = spec.Names[0].Name, true
			f.walk(spec, nil)
		}
	}
}

// body looks for mutants in the body of a function of type t.
func (f *finder) body(t *ast.FuncType, body *ast.BlockStmt) {
	outer := f.results
	defer func() { f.results = outer }()
	f.results = f.resultsOf(t)
	f.walk(body, nil)
}

func (f *finder) resultsOf(t *ast.FuncType) *types.Tuple {
	var list []*types.Var
	if t.Results != nil {
		for _, field := range t.Results.List {
			for range max(1, len(field.Names)) {
				list = append(list, types.NewParam(0, f.pkg, "", f.info.Types[field.Type].Type))
			}
		}
	}
	return types.NewTuple(list...)
}

// walk looks for mutants in n, whose parent is given.
func (f *finder) walk(n, parent ast.Node) {
	if n == nil || f.forPeople(n, parent) {
		return
	}
	switch n := n.(type) {
	case *ast.FuncLit:
		f.body(n.Type, n.Body)
		return
	case *ast.GenDecl:
		if n.Tok != token.VAR {
			return // constants cannot be switched; their uses are
		}
	case *ast.ValueSpec:
		f.each(n, n.Values...)
		return
	case *ast.KeyValueExpr:
		f.keyValue(n, parent)
		return
	case *ast.IfStmt:
		f.condition(n.Cond)
	case *ast.ForStmt:
		if n.Cond != nil {
			f.loopCondition(n.Cond)
		}
	case *ast.BlockStmt:
		f.statements(n.List)
	case *ast.CaseClause:
		f.statements(n.Body)
		if f.isBool(n.List) {
			for _, e := range n.List {
				f.condition(e)
			}
		}
	case *ast.CommClause:
		f.statements(n.Body)
	case *ast.ReturnStmt:
		f.returned(n)
	case *ast.CallExpr:
		f.arguments(n)
	}
	if e, ok := n.(ast.Expr); ok && f.expression(e, parent) {
		return
	}
	ast.Inspect(n, func(child ast.Node) bool {
		if child == n {
			return true
		}
		f.walk(child, n)
		return false
	})
}

func (f *finder) each(parent ast.Node, list ...ast.Expr) {
	for _, e := range list {
		f.walk(e, parent)
	}
}

// expression looks for mutants of e itself and reports whether nothing below is
// to be looked at.
func (f *finder) expression(e ast.Expr, parent ast.Node) (done bool) {
	tv, ok := f.info.Types[e]
	switch {
	case ok && tv.IsType():
		return true
	case ok && tv.Value != nil:
		f.constant(e, tv, parent)
		return true
	case !ok || !tv.IsValue():
		return false
	}
	if b, ok := e.(*ast.BinaryExpr); ok {
		switch b.Op {
		case token.LAND, token.LOR:
			// The operands of a condition have been looked at with it.
			if !f.logical(parent) && !f.isCondition(e, parent) {
				f.condition(e)
			}
		default:
			f.arithmetic(b, tv.Type)
		}
	}
	return false
}

// logical reports whether n joins conditions.
func (f *finder) logical(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		return n.Op == token.LAND || n.Op == token.LOR
	case *ast.ParenExpr:
		return true
	case *ast.UnaryExpr:
		return n.Op == token.NOT
	}
	return false
}

// isCondition reports whether parent has looked at e as a condition.
func (f *finder) isCondition(e ast.Expr, parent ast.Node) bool {
	switch p := parent.(type) {
	case *ast.IfStmt:
		return p.Cond == e
	case *ast.ForStmt:
		return p.Cond == e
	case *ast.CaseClause, *ast.ReturnStmt:
		return true
	}
	return false
}

func (f *finder) isBool(list []ast.Expr) bool {
	for _, e := range list {
		tv := f.info.Types[e]
		if !tv.IsValue() || tv.Value != nil || !types.Identical(types.Default(tv.Type), types.Typ[types.Bool]) {
			return false
		}
	}
	return true
}
