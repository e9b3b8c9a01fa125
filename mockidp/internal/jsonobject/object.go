package jsonobject

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
)

// Member is one name/value pair of a JSON object. Value is anything that
// encoding/json marshals; use [json.RawMessage] for exact bytes.
type Member struct {
	Name  string
	Value any
}

// Object is a JSON object that keeps the order of its members. Unlike a map
// it can hold a name twice, which is how malformed documents are made;
// [Object.Set] and [Object.Drop] never create duplicates, appending to the
// slice may. The zero value is the empty object.
//
// Read from JSON, an Object keeps the order of the members, those with the
// same name too, and has a [json.RawMessage] for each value.
type Object []Member

// Get returns the value of the first member called name.
func (o Object) Get(name string) (any, bool) {
	if i := o.index(name); i >= 0 {
		return o[i].Value, true
	}
	return nil, false
}

// Set gives the member called name a new value in its place, or appends it.
// The other copies of the slice are not changed.
func (o *Object) Set(name string, value any) {
	next := slices.Clone(*o)
	if i := next.index(name); i >= 0 {
		next[i].Value = value
	} else {
		next = append(next, Member{name, value})
	}
	*o = next
}

// Drop removes every member with one of the names. Names that do not occur
// are ignored. The other copies of the slice are not changed.
func (o *Object) Drop(names ...string) {
	*o = slices.DeleteFunc(slices.Clone(*o), func(m Member) bool {
		return slices.Contains(names, m.Name)
	})
}

// MarshalJSON writes the members in order, duplicates included.
func (o Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.Name)
		if err != nil {
			return nil, fmt.Errorf("member name %q: %w", m.Name, err)
		}
		value, err := json.Marshal(m.Value)
		if err != nil {
			return nil, fmt.Errorf("member %q: %w", m.Name, err)
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads an object. It returns an error if there is anything
// else.
func (o *Object) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return fmt.Errorf("want a JSON object, got %.20q", text)
	}
	members := Object{}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		members = append(members, Member{name.(string), value})
	}
	*o = members
	return nil
}

func (o Object) index(name string) int {
	return slices.IndexFunc(o, func(m Member) bool { return m.Name == name })
}
