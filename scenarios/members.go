package scenarios

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/goccy/go-yaml/ast"
)

// Member is one member of a JSON object. Value is a Value, a json.RawMessage,
// or Members or []any of these.
type Member struct {
	Name  Template
	Value any
}

// Members is a JSON object in the order in which the file has it.
type Members []Member

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (m *Members) UnmarshalYAML(node ast.Node) error {
	v, err := jsonValue(node)
	if err != nil {
		return err
	}
	members, ok := v.(Members)
	if !ok {
		return errorAt(node, "want a mapping of member names to values")
	}
	*m = members
	return nil
}

// jsonValue turns a node into a value of a Member.
func jsonValue(node ast.Node) (any, error) {
	switch n := node.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		var v Value
		err := v.UnmarshalYAML(node)
		return v, err
	case *ast.NullNode:
		return json.RawMessage("null"), nil
	case *ast.BoolNode:
		return json.RawMessage(fmt.Sprint(n.Value)), nil
	case *ast.IntegerNode, *ast.FloatNode:
		text := node.GetToken().Value
		if !json.Valid([]byte(text)) {
			return nil, errorAt(node, "number %q is not JSON; write it as an expression, %q",
				text, "="+text)
		}
		return json.RawMessage(text), nil
	case *ast.SequenceNode:
		list := make([]any, 0, len(n.Values))
		for _, item := range n.Values {
			v, err := jsonValue(item)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case *ast.MappingValueNode:
		return mapping(n)
	case *ast.MappingNode:
		return mapping(n.Values...)
	}
	return nil, errorAt(node, "a %s cannot be part of a JSON value", node.Type())
}

func mapping(values ...*ast.MappingValueNode) (Members, error) {
	members := make(Members, 0, len(values))
	for _, value := range values {
		v, err := jsonValue(value.Value)
		if err != nil {
			return nil, err
		}
		text := value.Key.GetToken().Value
		name, err := parseTemplate(text)
		if err != nil {
			return nil, errorAt(value.Key, "%v", err)
		}
		name.at = placeOf(value.Key)
		for _, m := range members {
			if m.Name.text == text {
				return nil, errorAt(value.Key,
					"member %q appears twice; use append for a duplicate", text)
			}
		}
		members = append(members, Member{Name: name, Value: v})
	}
	return members, nil
}

// MarshalJSON writes the members as the file has them: templates are not
// filled in.
func (m Members) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, member := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(member.Name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(member.Value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
