package scenarios

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"text/template"
	"text/template/parse"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// Template is a string of a file that is filled in when the case is executed:
// a template of the package text/template. The zero value is the empty string.
type Template struct {
	text  string
	tree  *parse.Tree // nil if there is nothing to fill in
	calls []string    // the functions it calls, and perhaps others
	at    Place
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
	if !strings.Contains(text, "{{") {
		return Template{text: text}, nil
	}
	var calls []string
	named := template.FuncMap{}
	for _, f := range templateFuncs() {
		if strings.Contains(text, f.name) {
			calls = append(calls, f.name)
			named[f.name] = func(...any) string { return "" }
		}
	}
	t, err := template.New(templateName).Funcs(named).Parse(text)
	if err != nil {
		return Template{}, fmt.Errorf("template: %s",
			placePattern.ReplaceAllString(err.Error(), ""))
	}
	return Template{text: text, tree: t.Tree, calls: calls}, nil
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
func (t Template) Constant() bool { return t.tree == nil }

// Fill fills in the template. funcs must have every function of TemplateFuncs
// that the template calls; the members of variant are its fields.
func (t Template) Fill(funcs template.FuncMap, variant map[string]string) (string, error) {
	if t.tree == nil {
		return t.text, nil
	}
	called := t.called(funcs)
	var b strings.Builder
	called[writeRepeat] = repeatInto(&b)
	err := executeTo(&b, withLongRepeats(t.tree), called, variant)
	return b.String(), err
}

// called returns those of funcs that the template calls: binding a function
// costs more than most templates do.
func (t Template) called(funcs template.FuncMap) template.FuncMap {
	called := make(template.FuncMap, len(t.calls)+1)
	for _, name := range t.calls {
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
