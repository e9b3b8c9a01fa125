package run

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"text/template"
	"time"

	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios"
)

// render fills in a template. A template that cannot be filled in is its
// author's mistake.
func (mt *mint) render(t scenarios.Template, in scope) (string, error) {
	if t.Constant() {
		return t.String(), nil
	}
	text, err := mt.fill(t, in)
	if err != nil {
		return "", mt.mistake(t.Place(), err)
	}
	return text, nil
}

// renderMember fills in a member of a variant, which is a template itself. The
// template that renders it has the place.
func (mt *mint) renderMember(text string, in scope) (string, error) {
	t, err := scenarios.ParseTemplate(text)
	if err != nil {
		return "", err
	}
	return mt.fill(t, in)
}

// filler is the functions of templates and the scope that they speak of. A
// flood fills in many thousand templates, so a case keeps its fillers.
type filler struct {
	in    scope
	funcs template.FuncMap
}

// fill fills in a template with a filler that nobody else is using: templates
// render others, and several tokens are made at once.
func (mt *mint) fill(t scenarios.Template, in scope) (string, error) {
	f, _ := mt.fillers.Get().(*filler)
	if f == nil {
		f = new(filler)
		f.funcs = mt.funcs(&f.in)
	}
	f.in = in
	text, err := t.Fill(f.funcs, mt.variant)
	f.in = scope{}
	mt.fillers.Put(f)
	return text, err
}

// mistake blames the author of the scenario for err, unless the harness itself
// is to blame.
func (mt *mint) mistake(at scenarios.Place, err error) error {
	if err == nil {
		return nil
	}
	if own, ok := errors.AsType[*harnessError](err); ok {
		return own
	}
	if known, ok := errors.AsType[*scenarios.MistakeError](err); ok {
		return known
	}
	return mt.place.scenario.Mistake(at, err)
}

// harnessError is a failure of the harness's own while it makes what a scenario
// asks for.
type harnessError struct{ err error }

func (e *harnessError) Error() string { return e.err.Error() }
func (e *harnessError) Unwrap() error { return e.err }

// renderAll fills in several templates.
func (mt *mint) renderAll(list []scenarios.Template) ([]string, error) {
	var out []string
	for _, t := range list {
		s, err := mt.render(t, scope{})
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// renderOptional fills in a template that may be missing.
func (mt *mint) renderOptional(t *scenarios.Template, in scope) (*string, error) {
	if t == nil {
		return nil, nil
	}
	s, err := mt.render(*t, in)
	return &s, err
}

// object fills in the members of a JSON object.
func (mt *mint) object(members scenarios.Members, in scope) (keyring.Object, error) {
	var o keyring.Object
	for _, m := range members {
		v, err := mt.value(m.Value, in)
		if err != nil {
			return nil, err
		}
		name, err := mt.render(m.Name, in)
		if err != nil {
			return nil, err
		}
		o = append(o, keyring.Member{Name: name, Value: v})
	}
	return o, nil
}

// value fills in one value of a JSON object.
func (mt *mint) value(v any, in scope) (any, error) {
	switch v := v.(type) {
	case scenarios.Value:
		text, err := mt.render(v.Template, in)
		if err != nil || !v.Expression() {
			return text, err
		}
		expression, err := mt.place.clock.expression(strings.TrimPrefix(text, "="))
		return expression, mt.mistake(v.Place(), err)
	case scenarios.Members:
		return mt.object(v, in)
	case []any:
		list := make([]any, 0, len(v))
		for _, item := range v {
			filled, err := mt.value(item, in)
			if err != nil {
				return nil, err
			}
			list = append(list, filled)
		}
		return list, nil
	}
	return v, nil
}

// expression returns a point in time, or JSON text as it is.
func (c *clock) expression(text string) (json.RawMessage, error) {
	add, isTime, err := scenarios.ParseExpression(text)
	if isTime {
		text = numericDate(c.now().Add(add))
	}
	return json.RawMessage(text), err
}

// numericDate writes t in seconds, with a fraction if it has one.
func numericDate(t time.Time) string {
	if t.Nanosecond() == 0 {
		return strconv.FormatInt(t.Unix(), 10)
	}
	return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', -1, 64)
}
