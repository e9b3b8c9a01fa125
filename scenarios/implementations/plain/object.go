package plain

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// object is a JSON object as it was written: a header, a claims set, a JWK or
// a metadata document. The mock environment and the production verifier have
// readers of their own: if they shared this one, a fault in it would be on both
// sides of every scenario and cancel out.
type object struct {
	members []member
	find    finder
}

// member is one name with the JSON text of its value.
type member struct {
	name  string
	value jsontext.Value
}

// finder returns the value of the member that a name means.
type finder func(members []member, name string) (jsontext.Value, bool)

// exactName finds the first member of exactly that name. RFC 7515, 4: names are
// compared as they are.
func exactName(members []member, name string) (jsontext.Value, bool) {
	for _, m := range members {
		if m.name == name {
			return m.value, true
		}
	}
	return nil, false
}

// parseStrictly reads the text of one JSON object: RFC 8259 to the letter,
// valid UTF-8, no name twice, nothing after the object. Objects in it are
// parsed when they are looked into.
func parseStrictly(text []byte) (object, error) {
	members, err := readMembers(text)
	if err != nil {
		return object{}, err
	}
	for i, m := range members {
		if _, again := exactName(members[:i], m.name); again {
			return object{}, errors.New("a name appears twice")
		}
	}
	return object{members, exactName}, nil
}

// readMembers reads the members of one JSON object, duplicates included. On an
// error it returns those that came before it.
func readMembers(text []byte) ([]member, error) { return readAll(text, jsontext.KindBeginObject) }

// readAll reads the members of a JSON object, or the elements of an array as
// members without a name. encoding/json would not do: it replaces invalid UTF-8
// and does not say which names appear twice.
func readAll(text []byte, kind jsontext.Kind) ([]member, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
	if dec.PeekKind() != kind {
		return nil, errors.New("not a JSON object")
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, syntax(err)
	}
	var members []member
	for dec.PeekKind() != jsontext.KindEndObject && dec.PeekKind() != jsontext.KindEndArray {
		var m member
		if kind == jsontext.KindBeginObject {
			name, err := dec.ReadToken()
			if err != nil {
				return members, syntax(err)
			}
			m.name = name.String()
		}
		value, err := dec.ReadValue()
		if err != nil {
			return members, syntax(err)
		}
		m.value = value.Clone()
		members = append(members, m)
	}
	if _, err := dec.ReadToken(); err != nil {
		return members, syntax(err)
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return members, errors.New("text after the object")
	}
	return members, nil
}

// syntax words an error without what it quotes of the text.
func syntax(err error) error {
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return fmt.Errorf("not JSON at byte %d", s.ByteOffset)
	}
	return errors.New("not JSON")
}

// get returns the JSON text of a member.
func (o object) get(name string) (jsontext.Value, bool) {
	if o.find == nil {
		return nil, false
	}
	return o.find(o.members, name)
}

// has reports whether there is a member of that name, with any value.
func (o object) has(name string) bool {
	_, present := o.get(name)
	return present
}

// string returns a member that must be a string. It reports false for one that
// is absent or something else.
func (o object) string(name string) (string, bool) {
	value, _ := o.get(name)
	return unquote(value)
}

// strings returns a member that must be an array of strings.
func (o object) strings(name string) ([]string, bool) {
	value, _ := o.get(name)
	items, ok := elements(value)
	if !ok {
		return nil, false
	}
	list := make([]string, 0, len(items))
	for _, item := range items {
		s, ok := unquote(item)
		if !ok {
			return nil, false
		}
		list = append(list, s)
	}
	return list, true
}

// unquote returns the value of a JSON string.
func unquote(value jsontext.Value) (string, bool) {
	if value.Kind() != jsontext.KindString {
		return "", false
	}
	s, err := jsontext.AppendUnquote(nil, value)
	return string(s), err == nil
}

// elements returns the JSON texts of the elements of an array.
func elements(value jsontext.Value) ([]jsontext.Value, bool) {
	items, err := readAll(value, jsontext.KindBeginArray)
	var list []jsontext.Value
	for _, item := range items {
		list = append(list, item.value)
	}
	return list, err == nil
}

// values returns the members as Go values, for the caller of Verify.
func (o object) values() map[string]any {
	claims := make(map[string]any, len(o.members))
	for _, m := range o.members {
		value, _ := o.get(m.name)
		dec := json.NewDecoder(bytes.NewReader(value))
		dec.UseNumber()
		var v any
		if dec.Decode(&v) == nil {
			claims[m.name] = v
		}
	}
	return claims
}

// without returns o without the members of these names.
func (o object) without(names ...string) object {
	o.members = slices.DeleteFunc(slices.Clone(o.members), func(m member) bool {
		return slices.Contains(names, m.name)
	})
	return o
}

// with returns o with a member set to a string.
func (o object) with(name, text string) object {
	value, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		panic("plain: internal error: a configured string is not UTF-8")
	}
	o = o.without(name)
	o.members = append(o.members, member{name, value})
	return o
}
