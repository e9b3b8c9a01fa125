package scenarios

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"text/template"
	"text/template/parse"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Template is a string of a file that is filled in when the case is executed:
// a template of the package text/template. The zero value is the empty string.
type Template struct {
	text    string
	actions *actions // nil if there is nothing to fill in
	at      Place
}

// actions is what there is to fill in. It is parsed when it is first needed: a
// run of a few cases needs few templates of the catalogue.
type actions struct {
	once  sync.Once
	tree  *parse.Tree
	calls []string // the functions it calls, and perhaps others
	err   error
}

// actionsOf returns the actions of a template, nil if there are none.
func actionsOf(text string) *actions {
	if !strings.Contains(text, "{{") {
		return nil
	}
	return new(actions)
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (t *Template) UnmarshalYAML(node ast.Node) error {
	text, err := scalar(node)
	if err != nil {
		return err
	}
	read, err := parseTemplate(text)
	if err != nil {
		return errorAt(node, "%v", err)
	}
	read.at = placeOf(node)
	*t = read
	return nil
}

// ParseTemplate reads a template that is not in a file of its own, such as the
// member of a variant that another template renders.
func ParseTemplate(text string) (Template, error) { return parseTemplate(text) }

func parseTemplate(text string) (Template, error) {
	t := Template{text: text, actions: actionsOf(text)}
	_, err := t.parsed()
	return t, err
}

// parsed returns the actions of t, which must not be changed, or nil.
func (t Template) parsed() (*actions, error) {
	a := t.actions
	if a == nil {
		return nil, nil
	}
	a.once.Do(func() { a.parse(t.text) })
	return a, a.err
}

func (a *actions) parse(text string) {
	named := template.FuncMap{}
	for _, f := range templateFuncs() {
		if strings.Contains(text, f.name) {
			a.calls = append(a.calls, f.name)
			named[f.name] = func(...any) string { return "" }
		}
	}
	t, err := template.New(templateName).Funcs(named).Parse(text)
	if err != nil {
		a.err = fmt.Errorf("template: %s", placePattern.ReplaceAllString(err.Error(), ""))
		return
	}
	a.tree = t.Tree
}

// templateName is the name that text/template gives every template, and
// placePattern finds it in its errors with what only repeats the place.
const templateName = "text"

var placePattern = regexp.MustCompile(`^template: text:\d+:(\d+:)? (executing "text" at )?`)

// String returns the template as the file has it.
func (t Template) String() string { return t.text }

// MarshalText returns the template as the file has it.
func (t Template) MarshalText() ([]byte, error) { return []byte(t.text), nil }

// Place returns where the template is in its file.
func (t Template) Place() Place { return t.at }

// Constant reports whether there is nothing to fill in.
func (t Template) Constant() bool { return t.actions == nil }

// Fill fills in the template. funcs must have every function of TemplateFuncs
// that the template calls; the members of variant are its fields.
func (t Template) Fill(funcs template.FuncMap, variant map[string]string) (string, error) {
	a, err := t.parsed()
	if a == nil || err != nil {
		return t.text, err
	}
	called := a.called(funcs)
	var b strings.Builder
	called[writeRepeat] = repeatInto(&b)
	err = executeTo(&b, withLongRepeats(a.tree), called, variant)
	return b.String(), err
}

// called returns those of funcs that a calls: binding a function
// costs more than most templates do.
func (a *actions) called(funcs template.FuncMap) template.FuncMap {
	called := make(template.FuncMap, len(a.calls)+1)
	for _, name := range a.calls {
		if f, ok := funcs[name]; ok {
			called[name] = f
		}
	}
	return called
}

func executeTo(
	w io.Writer, tree *parse.Tree, funcs template.FuncMap, variant map[string]string,
) error {
	t, err := template.New(templateName).Option("missingkey=error").Funcs(funcs).AddParseTree(templateName,
		tree)
	if err != nil {
		return err
	}
	err = t.Execute(w, variant)
	if failed, ok := errors.AsType[template.ExecError](err); ok {
		return &fillError{placePattern.ReplaceAllString(failed.Error(), ""), failed.Err}
	}
	return err
}

// fillError is an error of a template that does not repeat the place.
type fillError struct {
	text string
	err  error
}

func (e *fillError) Error() string { return "template: " + e.text }
func (e *fillError) Unwrap() error { return e.err }

// timePattern is a point in time: now and what is added to it.
var timePattern = regexp.MustCompile(`^now(?:([+-])([0-9.]+(?:ms|s|m|h|d)))?$`)

// ParseTime reads an expression such as now, now-61s or now+10d and returns
// what it adds to the present. It reports false for anything else.
func ParseTime(text string) (time.Duration, bool) {
	m := timePattern.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	if m[2] == "" {
		return 0, true
	}
	d, err := ParseDuration(m[2])
	if err != nil {
		return 0, false
	}
	if m[1] == "-" {
		d = -d
	}
	return d.D(), true
}
