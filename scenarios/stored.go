package scenarios

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sync"
)

// A stored group is a group of the embedded catalogue in the form of a codec:
// it says where in the text of its file each value is. Reading it takes a
// twentieth of the time that YAML takes, which is half a second for the whole
// catalogue, and repeats none of the checks. make golden writes it. It begins
// with the fingerprint of what it was made from; where that differs, the file
// is parsed.

// partial is a type with parts that are not exported fields of a struct.
type partial interface {
	// parts returns pointers to these parts.
	parts() []any

	// restore derives what is not stored.
	restore()
}

func (s *Scenario) parts() []any { return []any{&s.at, &s.Loopback} }
func (s *Scenario) restore() {
	s.Line = s.at.Line
	s.makeLater()
}

func (t *Template) parts() []any { return []any{&t.text, &t.at} }
func (t *Template) restore()     { t.actions = actionsOf(t.text) }

func (e *Expectation) parts() []any { return []any{&e.text} }
func (e *Expectation) restore() {
	if e.text != "" {
		*e, _ = ParseExpectation(e.text) // it was parsed before it was stored
	}
}

func (c *Count) parts() []any { return []any{&c.text} }
func (c *Count) restore()     {}

func (f *Fault) parts() []any { return []any{&f.At} }
func (f *Fault) restore()     {}

// dynamicTypes lists the types of the values of a Kind and of a Member.
func dynamicTypes() []reflect.Type {
	types := []reflect.Type{
		reflect.TypeFor[Value](), reflect.TypeFor[json.RawMessage](), reflect.TypeFor[Members](), reflect.TypeFor[[]any](),
	}
	for _, k := range Kinds() {
		types = append(types, reflect.TypeOf(k))
	}
	return types
}

// store returns the stored form of the group that Parse has read from text.
func store(g *Group, text string) []byte {
	c := newCodec(text)
	c.value(reflect.ValueOf(g).Elem())
	print := c.fingerprint()
	return append(print[:], c.form...)
}

// errStale is the error of a stored form of another text, or of other types.
var errStale = errors.New("the stored form is not that of the file")

// restored is Parse for a file that has a stored form.
func restored(name, text string, form []byte) (g *Group, err error) {
	c := newCodec(text)
	print := c.fingerprint()
	form, ok := bytes.CutPrefix(form, print[:])
	if !ok {
		return nil, errStale
	}
	defer func() {
		if p := recover(); p != nil { // such as an index out of range
			err = fmt.Errorf("the stored form of %s is damaged: %v", name, p)
		}
	}()
	c.reading, c.form = true, form
	g = &Group{source: []byte(text)}
	c.value(reflect.ValueOf(g).Elem())
	for _, s := range g.Cases {
		s.Group, s.File = g, name
	}
	return g, nil
}

// fingerprint sums up what a stored form depends on.
func (c *codec) fingerprint() [sha256.Size]byte {
	h := sha256.New()
	h.Write([]byte(c.text))
	h.Write(layout())
	return [sha256.Size]byte(h.Sum(nil))
}

// layout describes how a group is stored.
var layout = sync.OnceValue(func() []byte {
	c, seen := newCodec(""), make(map[reflect.Type]bool)
	var b bytes.Buffer
	for _, t := range append(c.dynamic, reflect.TypeFor[Group]()) {
		c.describe(&b, t, seen)
	}
	return b.Bytes()
})
