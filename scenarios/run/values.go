package run

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/assay-id/assay/mockidp/keyring"
	"github.com/assay-id/assay/scenarios"
)

// render fills in a template.
func (c *caseRun) render(text string, in scope) (string, error) {
	if !strings.Contains(text, "{{") {
		return text, nil
	}
	t, err := scenarios.ParseTemplate(text, c.funcs(in))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if err := t.Execute(&b, c.variant); err != nil {
		return "", fmt.Errorf("template %q: %w", text, err)
	}
	return b.String(), nil
}

// renderAll fills in several templates.
func (c *caseRun) renderAll(texts []string) ([]string, error) {
	var out []string
	for _, text := range texts {
		s, err := c.render(text, scope{})
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// renderOptional fills in a template that may be missing.
func (c *caseRun) renderOptional(text *string, in scope) (*string, error) {
	if text == nil {
		return nil, nil
	}
	s, err := c.render(*text, in)
	return &s, err
}

// object fills in the members of a JSON object.
func (c *caseRun) object(members scenarios.Members, in scope) (keyring.Object, error) {
	var o keyring.Object
	for _, m := range members {
		v, err := c.value(m.Value, in)
		if err != nil {
			return nil, fmt.Errorf("member %q: %w", m.Name, err)
		}
		name, err := c.render(m.Name, in)
		if err != nil {
			return nil, err
		}
		o = append(o, keyring.Member{Name: name, Value: v})
	}
	return o, nil
}

// value fills in one value of a JSON object.
func (c *caseRun) value(v any, in scope) (any, error) {
	switch v := v.(type) {
	case string:
		text, err := c.render(v, in)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(v, "=") {
			return c.expression(strings.TrimPrefix(text, "="))
		}
		return text, nil
	case scenarios.Members:
		return c.object(v, in)
	case []any:
		list := make([]any, 0, len(v))
		for _, item := range v {
			filled, err := c.value(item, in)
			if err != nil {
				return nil, err
			}
			list = append(list, filled)
		}
		return list, nil
	}
	return v, nil
}

// expression returns a point in time or JSON text as it is.
func (c *caseRun) expression(text string) (json.RawMessage, error) {
	if d, ok := scenarios.ParseTime(text); ok {
		return json.RawMessage(numericDate(c.clock.now().Add(d))), nil
	}
	if !json.Valid([]byte(text)) {
		return nil, fmt.Errorf("expression %q is neither a point in time nor JSON; use payload_text or header_text for text that is no JSON", text)
	}
	return json.RawMessage(text), nil
}

// numericDate writes t in seconds, with a fraction if it has one.
func numericDate(t time.Time) string {
	if t.Nanosecond() == 0 {
		return strconv.FormatInt(t.Unix(), 10)
	}
	return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', -1, 64)
}
