package scenarios

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/goccy/go-yaml/ast"
)

// checkTemplates finds every mistake in the templates of a case that does not
// depend on what is made when the case is executed.
func checkTemplates(s *Scenario, node ast.Node) error {
	c := templateChecker{scenario: s, node: node, tokens: s.madeTokens(), variants: s.AllVariants()}
	if len(c.variants) == 0 {
		c.variants = []Variant{nil}
	}
	c.funcs = c.pureFuncs()
	c.visit(reflect.ValueOf(s).Elem())
	return c.err
}

// templateChecker checks the templates of one case.
type templateChecker struct {
	scenario *Scenario
	node     ast.Node
	tokens   []string         // names that steps give
	variants []Variant        // one nil for a case without
	funcs    template.FuncMap // as far as they are known before a run
	err      error            // the first mistake
}

// filled is a template whose value must satisfy more than a template does.
type filled interface {
	checkFilled(s *Scenario, value string) error
	template() Template
}

func (t Template) template() Template { return t }

// visit checks every template that v holds. What a file does not set has no
// place and nothing to check.
func (c *templateChecker) visit(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			c.visit(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			c.visit(v.Index(i))
		}
	case reflect.Map:
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int {
			return strings.Compare(a.String(), b.String())
		})
		for _, k := range keys {
			c.visit(v.MapIndex(k))
		}
	case reflect.Struct:
		c.visitStruct(v)
	}
}

func (c *templateChecker) visitStruct(v reflect.Value) {
	if !strings.HasPrefix(v.Type().PkgPath(), packagePath) {
		return
	}
	switch t := v.Interface().(type) {
	case Template:
		c.check(t, nil)
		return
	case filled:
		c.check(t.template(), t.checkFilled)
		return
	}
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("yaml") != "-" {
			c.visit(v.Field(i))
		}
	}
}

var packagePath = reflect.TypeFor[Template]().PkgPath()

// check checks one template, and what it becomes where that is known.
func (c *templateChecker) check(t Template, checkFilled func(*Scenario, string) error) {
	if c.err != nil || t.at == (Place{}) {
		return
	}
	if err := c.checkTree(t); err != nil {
		if c.err == nil { // otherwise it shows a variant
			c.err = t.at.errorf("%v", err)
		}
		return
	}
	if checkFilled == nil {
		return
	}
	for _, variant := range c.variants {
		value, err := t.Fill(c.funcs, variant)
		if err == nil {
			err = checkFilled(c.scenario, value)
		}
		if err != nil && !errors.Is(err, errNotYet) {
			c.err = t.at.errorf("%v", err)
			return
		}
	}
}

// checkTree checks the fields and calls of a template, and executes those of
// its actions that need nothing of a run.
func (c *templateChecker) checkTree(t Template) error {
	a, err := t.parsed()
	if a == nil || err != nil {
		return err
	}
	if err := c.checkNode(a.tree.Root, true); err != nil {
		return err
	}
	for _, node := range a.tree.Root.Nodes {
		action, ok := node.(*parse.ActionNode)
		if !ok || variablePattern.MatchString(action.String()) {
			continue
		}
		alone := &parse.Tree{
			Name: a.tree.Name,
			Root: &parse.ListNode{NodeType: parse.NodeList, Nodes: []parse.Node{action}},
		}
		for _, variant := range c.variants {
			err := executeTo(io.Discard, alone, a.called(c.funcs), variant)
			if err != nil && !errors.Is(err, errNotYet) {
				return err
			}
		}
	}
	return nil
}

// variablePattern finds an action that uses what another one sets.
var variablePattern = regexp.MustCompile(`\$`)

// checkNode checks a node of a template and those below it. dot says that the
// dot is the variant there, as it is outside of range and with.
func (c *templateChecker) checkNode(node parse.Node, dot bool) error {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return nil
		}
		for _, child := range n.Nodes {
			if err := c.checkNode(child, dot); err != nil {
				return err
			}
		}
	case *parse.ActionNode:
		return c.checkNode(n.Pipe, dot)
	case *parse.IfNode:
		return c.checkBranch(&n.BranchNode, dot, dot)
	case *parse.RangeNode:
		return c.checkBranch(&n.BranchNode, dot, false)
	case *parse.WithNode:
		return c.checkBranch(&n.BranchNode, dot, false)
	case *parse.PipeNode:
		for i, command := range n.Cmds {
			if err := c.checkCommand(command, i > 0, dot); err != nil {
				return err
			}
		}
	case *parse.FieldNode:
		if dot {
			return c.checkMember(n.Ident[0])
		}
	case *parse.VariableNode:
		if n.Ident[0] == "$" && len(n.Ident) > 1 {
			return c.checkMember(n.Ident[1])
		}
	}
	return nil
}

func (c *templateChecker) checkBranch(n *parse.BranchNode, dot, inside bool) error {
	for _, step := range []struct {
		node parse.Node
		dot  bool
	}{{n.Pipe, dot}, {n.List, inside}, {n.ElseList, dot}} {
		if err := c.checkNode(step.node, step.dot); err != nil {
			return err
		}
	}
	return nil
}

// checkMember demands that every variant has a member.
func (c *templateChecker) checkMember(name string) error {
	if len(c.scenario.AllVariants()) == 0 {
		return fmt.Errorf("there is no .%s: the case has no variants", name)
	}
	for i, variant := range c.variants {
		if _, ok := variant[name]; !ok {
			return fmt.Errorf("variant %d has no member %q", i+1, name)
		}
	}
	return nil
}

// checkCommand checks a call and its arguments. piped says that the value of
// another command is its last argument.
func (c *templateChecker) checkCommand(n *parse.CommandNode, piped, dot bool) error {
	for _, arg := range n.Args {
		if err := c.checkNode(arg, dot); err != nil {
			return err
		}
	}
	ident, ok := n.Args[0].(*parse.IdentifierNode)
	if !ok {
		return nil
	}
	i := slices.IndexFunc(templateFuncs(), func(f templateFunc) bool {
		return f.name == ident.Ident
	})
	if i < 0 {
		return nil // one of text/template itself
	}
	f := templateFuncs()[i]
	given := len(n.Args) - 1
	if piped {
		given++
	}
	if given < f.takes.least || given > f.takes.most {
		return fmt.Errorf("%s has %d arguments, want %s", f.name, given, f.takes)
	}
	switch f.name {
	case "render":
		return c.checkRendered(n.Args[1:])
	case "loopback_as":
		c.scenario.Loopback = true
	}
	return c.checkArguments(f, n.Args[1:])
}

// String says how many arguments a function has.
func (s signature) String() string {
	switch {
	case s.most == noBound:
		return fmt.Sprintf("at least %d", s.least)
	case s.least != s.most:
		return fmt.Sprintf("%d to %d", s.least, s.most)
	}
	return strconv.Itoa(s.least)
}

// checkArguments checks the literal arguments of a function.
func (c *templateChecker) checkArguments(f templateFunc, args []parse.Node) error {
	literal := func(i int) (string, bool) {
		if i >= len(args) {
			return "", false
		}
		n, ok := args[i].(*parse.StringNode)
		if !ok {
			return "", false
		}
		return n.Text, true
	}
	first, ok := literal(0)
	if !ok {
		return nil
	}
	switch f.takes.kind {
	case key, cert:
		if !c.scenario.hasKey(first) {
			return fmt.Errorf("%s: the case has no key %q: add it under keys", f.name, first)
		}
		if by, ok := literal(1); ok && f.takes.kind == cert {
			return checkShift(f.name, by)
		}
	case made:
		if !slices.Contains(c.tokens, first) {
			return fmt.Errorf("%s: no step makes the token %q", f.name, first)
		}
	case shift:
		return checkShift(f.name, first)
	case period:
		_, err := ParseDuration(first)
		return err
	}
	return nil
}

func checkShift(function, by string) error {
	if _, ok := ParseTime("now" + by); !ok {
		return fmt.Errorf("%s: cannot add %q, want a duration such as %q", function, by, "-1h")
	}
	return nil
}

// checkRendered checks the members of variants that are templates themselves.
// The others are strings, whatever they look like.
func (c *templateChecker) checkRendered(args []parse.Node) error {
	field, ok := args[0].(*parse.FieldNode)
	if !ok {
		return nil
	}
	for i, variant := range c.variants {
		t, err := parseTemplate(variant[field.Ident[0]])
		if err == nil {
			err = c.checkTree(t)
		}
		if err != nil {
			c.err = errorAt(child(c.node, "variants", strconv.Itoa(i), field.Ident[0]), "%v", err)
			return c.err
		}
	}
	return nil
}

// errNotYet is the error of a template that depends on what a run makes.
var errNotYet = errors.New("known in a run only")

// pureFuncs returns functions that fail with errNotYet unless their result is
// known when a file is read.
func (c *templateChecker) pureFuncs() template.FuncMap {
	funcs := template.FuncMap{}
	for _, f := range templateFuncs() {
		funcs[f.name] = func(...any) (string, error) { return "", errNotYet }
	}
	pure := PureFuncs()
	for name, f := range pure {
		funcs[name] = f
	}
	// What is long is made in a run and not for a check.
	for name, check := range map[string]func(string, int) error{
		"repeat": checkRepeat, "count": checkCount,
	} {
		f := pure[name].(func(string, int) (string, error))
		funcs[name] = func(s string, n int) (string, error) {
			if err := check(s, n); err != nil {
				return "", err
			}
			if n > 1<<10 {
				return "", errNotYet
			}
			return f(s, n)
		}
	}
	return funcs
}

// madeTokens lists the names of the tokens that steps make.
func (s *Scenario) madeTokens() []string {
	var names []string
	for _, step := range s.AllSteps() {
		switch k := step.Kind.(type) {
		case *Mint:
			names = append(names, k.As)
		case *Login:
			names = append(names, k.As, k.As+".access")
		case *Refresh:
			names = append(names, k.As, k.As+".access")
		}
	}
	return names
}
