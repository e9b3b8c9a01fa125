package main

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

// condition looks for mutants of a condition: the other operator between its
// parts, each part true and false, and other bounds. Its contrary is not among
// them, because what tells it from the condition tells true or false from it,
// too.
func (f *finder) condition(e ast.Expr) {
	if f.isBool([]ast.Expr{e}) {
		f.part(e)
	}
}

// loopCondition looks for mutants of the condition of a loop. It is never just
// true, which only makes an endless loop.
func (f *finder) loopCondition(e ast.Expr) {
	if f.isBool([]ast.Expr{e}) {
		f.call(e, "false", "False", "")
		f.bounds(e)
	}
}

func (f *finder) part(e ast.Expr) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		f.part(e.X)
		return
	case *ast.UnaryExpr:
		if e.Op == token.NOT && f.logical(ast.Unparen(e.X)) {
			f.part(e.X)
			return
		}
	case *ast.BinaryExpr:
		other := map[token.Token]string{token.LAND: "||", token.LOR: "&&"}[e.Op]
		if other != "" {
			f.instead(e, f.at(e.X)+" "+other+" "+f.at(e.Y), "bool")
			f.part(e.X)
			f.part(e.Y)
			return
		}
	}
	f.call(e, "true", "True", "")
	if c, ok := e.(*ast.CallExpr); !ok || f.callee(c) != "fail" { // which returns false
		f.call(e, "false", "False", "")
	}
	f.bounds(e)
}

// bounds looks for the mutants of a comparison that include or exclude the bound,
// or move a constant one.
func (f *finder) bounds(e ast.Expr) {
	b, ok := ast.Unparen(e).(*ast.BinaryExpr)
	if !ok {
		return
	}
	other := map[token.Token]string{
		token.LSS: "<=", token.LEQ: "<", token.GTR: ">=", token.GEQ: ">",
	}[b.Op]
	if other != "" {
		f.instead(e, f.at(b.X)+" "+other+" "+f.at(b.Y), "bool")
	}
	// For whole numbers the bound moved the other way is the operator above.
	further := map[token.Token]string{token.LSS: "- 1", token.LEQ: "+ 1", token.GTR: "+ 1", token.GEQ: "- 1"}[b.Op]
	if tv := f.info.Types[b.Y]; further != "" && tv.Value != nil && isNumeric(tv.Type) {
		f.instead(e, f.at(b.X)+" "+b.Op.String()+" "+f.at(b.Y)+" "+further, "bool")
	}
}

func isComparison(b *ast.BinaryExpr) bool {
	return b.Op.Precedence() == token.EQL.Precedence()
}

func isNumeric(t types.Type) bool {
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsNumeric != 0
}

// arithmetic looks for the mutant of a sum, a product or the like that has the
// opposite operator.
func (f *finder) arithmetic(b *ast.BinaryExpr, t types.Type) {
	other := map[token.Token]string{
		token.ADD: "-", token.SUB: "+", token.MUL: "/", token.QUO: "*", token.REM: "*",
		token.SHL: ">>", token.SHR: "<<", token.AND: "|", token.OR: "&",
	}[b.Op]
	if of := f.spell(t); other != "" && of != "" && isNumeric(t) {
		f.instead(b, f.at(b.X)+" "+other+" "+f.at(b.Y), of)
	}
}

// constant looks for the mutants of a constant expression. An empty text stays:
// it says that there is none. So does what is compared: see bounds.
func (f *finder) constant(e ast.Expr, tv types.TypeAndValue, parent ast.Node) {
	basic, ok := tv.Type.Underlying().(*types.Basic)
	of := f.spell(types.Default(tv.Type))
	if !ok || of == "" || f.mustBeConstant(e, parent) {
		return
	}
	text := f.at(e)
	switch info := basic.Info(); {
	case info&types.IsBoolean != 0 && of == "bool":
		f.call(e, "!"+text, "Not", "")
	case info&types.IsString != 0:
		if s := constant.StringVal(tv.Value); s != "" && !strings.Contains(s, " ") {
			f.call(e, text+` + "x"`, "Text", of)
		}
	case of == "time.Duration" && constant.Sign(tv.Value) != 0:
		f.call(e, text+" * 2", "Twice", of)
		f.call(e, text+" / 2", "Half", of)
	case info&types.IsNumeric != 0 && of != basic.Name() && constant.Sign(tv.Value) != 0:
		f.call(e, "zero", "Zero", of) // one of an enumeration becomes none of it
	case info&types.IsNumeric != 0:
		f.call(e, text+" + 1", "Plus", of)
		if basic.Kind() != types.Byte && constant.Sign(tv.Value) > 0 {
			f.call(e, text+" - 1", "Minus", of)
		}
	}
}

// mustBeConstant reports whether e is to stay: the language demands a constant,
// its value can have no effect, or what compares it has the mutant.
func (f *finder) mustBeConstant(e ast.Expr, parent ast.Node) bool {
	switch p := parent.(type) {
	case *ast.ArrayType:
		return true
	case *ast.BinaryExpr:
		return isComparison(p)
	case *ast.CallExpr:
		// The capacity in make.
		id, ok := p.Fun.(*ast.Ident)
		return ok && id.Name == "make" && len(p.Args) == 3 && p.Args[2] == e
	}
	return false
}

// returned looks for the mutants of a return: each result that is not constant
// becomes the zero value, so that an error becomes nil; conditions as ever.
func (f *finder) returned(r *ast.ReturnStmt) {
	if len(r.Results) != f.results.Len() {
		return // a call with several results
	}
	for i, e := range r.Results {
		if f.isBool([]ast.Expr{e}) {
			f.condition(e)
			continue
		}
		f.zero(e, f.results.At(i).Type())
	}
}

// zero records the mutant of e that is the zero value of type t.
func (f *finder) zero(e ast.Expr, t types.Type) {
	tv := f.info.Types[e]
	switch e := e.(type) {
	case *ast.FuncLit:
		return
	case *ast.CompositeLit:
		if len(e.Elts) == 0 {
			return // it is zero, or an empty map or slice
		}
	}
	if of := f.spell(t); of != "" && tv.Value == nil && tv.IsValue() && !tv.IsNil() {
		f.call(e, "zero", "Zero", of)
	}
}

// keyValue looks for mutants of a member of a composite literal.
func (f *finder) keyValue(kv *ast.KeyValueExpr, parent ast.Node) {
	lit, ok := parent.(*ast.CompositeLit)
	if !ok || f.forPeople(kv.Value, kv) {
		return
	}
	if _, ok := f.info.Types[lit].Type.Underlying().(*types.Struct); ok {
		f.zero(kv.Value, f.info.Uses[kv.Key.(*ast.Ident)].Type())
	}
	f.walk(kv.Value, kv)
}

// symmetric are functions to which the order of their arguments makes no
// difference.
var symmetric = []string{"Equal", "EqualFold", "equalBytes"}

// arguments looks for the mutant of a call with two arguments of one type that
// has them the other way round.
func (f *finder) arguments(c *ast.CallExpr) {
	sig, ok := f.info.Types[c.Fun].Type.(*types.Signature)
	if !ok || f.info.Types[c.Fun].IsBuiltin() || sig.Variadic() || sig.Params().Len() != 2 || len(c.Args) != 2 {
		return
	}
	t := sig.Params().At(0).Type()
	of := f.spell(t)
	if of == "" || !types.Identical(t, sig.Params().At(1).Type()) || f.at(c.Args[0]) == f.at(c.Args[1]) ||
		slices.Contains(symmetric, f.callee(c)) || slices.Contains(textCalls, f.callee(c)) {
		return
	}
	a, b := c.Args[0], c.Args[1]
	f.add(span{a.Pos(), b.End()}, f.at(b)+", "+f.at(a), func(number int, inner string) string {
		return fmt.Sprintf("%s.Swap[%s](%d, %s)", pointName, of, number, inner)
	})
}

// span is a part of the source that is no node.
type span struct{ from, to token.Pos }

func (s span) Pos() token.Pos { return s.from }
func (s span) End() token.Pos { return s.to }

// callee returns the last name of the function that c calls, or "".
func (f *finder) callee(c *ast.CallExpr) string {
	switch fun := ast.Unparen(c.Fun).(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}
