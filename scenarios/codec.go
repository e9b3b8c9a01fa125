package scenarios

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
)

// codec writes values or reads them. Both are one walk, so that they cannot
// differ. The comments speak of writing; reading sets what is passed instead.
// A form that was not written by the same walk makes it panic.
type codec struct {
	reading bool
	form    []byte // what was written, or what is still to be read
	text    string // in which most strings are
	dynamic []reflect.Type
	fields  map[reflect.Type][]int // those that storedFields has found
}

func newCodec(text string) *codec {
	return &codec{text: text, dynamic: dynamicTypes(), fields: make(map[reflect.Type][]int)}
}

// value writes v, which must be addressable.
func (c *codec) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(c.flag(v.Bool()))
	case reflect.Int, reflect.Int64:
		n := c.number(uint64(v.Int()<<1) ^ uint64(v.Int()>>63))
		v.SetInt(int64(n>>1) ^ -int64(n&1))
	case reflect.Float64:
		v.SetFloat(math.Float64frombits(c.number(math.Float64bits(v.Float()))))
	case reflect.String:
		v.SetString(c.string(v.String()))
	case reflect.Pointer:
		if c.flag(!v.IsNil()) {
			if c.reading {
				v.Set(reflect.New(v.Type().Elem()))
			}
			c.value(v.Elem())
		}
	case reflect.Slice:
		c.slice(v)
	case reflect.Map:
		c.mapping(v)
	case reflect.Interface:
		c.inside(v)
	case reflect.Struct:
		c.structure(v)
	default:
		panic(fmt.Sprintf("scenarios: internal error: a %s cannot be stored", v.Type()))
	}
}

// number writes n.
func (c *codec) number(n uint64) uint64 {
	if !c.reading {
		c.form = binary.AppendUvarint(c.form, n)
		return n
	}
	n, size := binary.Uvarint(c.form)
	c.form = c.form[size:]
	return n
}

func (c *codec) flag(is bool) bool {
	n := uint64(0)
	if is {
		n = 1
	}
	return c.number(n) != 0
}

// string writes where s is in the text, or s if it is not there, such as a
// string that the file has on several lines.
func (c *codec) string(s string) string {
	at := 0
	if !c.reading {
		at = strings.Index(c.text, s) + 1
	}
	at = int(c.number(uint64(at)))
	size := int(c.number(uint64(len(s))))
	switch {
	case c.reading && at > 0:
		return c.text[at-1 : at-1+size]
	case c.reading:
		s = string(c.form[:size])
		c.form = c.form[size:]
	case at == 0:
		c.form = append(c.form, s...)
	}
	return s
}

// slice writes a slice, with the difference between nil and empty.
func (c *codec) slice(v reflect.Value) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		v.SetBytes([]byte(c.string(string(v.Bytes()))))
		return
	}
	if !c.flag(!v.IsNil()) {
		return
	}
	n := int(c.number(uint64(v.Len())))
	if c.reading {
		v.Set(reflect.MakeSlice(v.Type(), n, n))
	}
	for i := range n {
		c.value(v.Index(i))
	}
}

// mapping writes a map with strings as keys, in their order.
func (c *codec) mapping(v reflect.Value) {
	if !c.flag(!v.IsNil()) {
		return
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	n := int(c.number(uint64(len(keys))))
	if c.reading {
		v.Set(reflect.MakeMapWithSize(v.Type(), n))
	}
	for i := range n {
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		if !c.reading {
			key.Set(keys[i])
			value.Set(v.MapIndex(keys[i]))
		}
		c.value(key)
		c.value(value)
		v.SetMapIndex(key, value)
	}
}

// inside writes what is in an interface, with its type.
func (c *codec) inside(v reflect.Value) {
	n := 0
	if !c.reading && !v.IsNil() {
		n = slices.Index(c.dynamic, v.Elem().Type()) + 1
		if n == 0 {
			panic(fmt.Sprintf("scenarios: internal error: dynamicTypes lacks %s", v.Elem().Type()))
		}
	}
	if n = int(c.number(uint64(n))); n == 0 {
		return
	}
	value := reflect.New(c.dynamic[n-1]).Elem()
	if !c.reading {
		value.Set(v.Elem())
	}
	c.value(value)
	v.Set(value)
}

// structure writes which fields of a struct are set, these, and its parts.
func (c *codec) structure(v reflect.Value) {
	fields := c.storedFields(v.Type())
	set := uint64(0)
	for i, field := range fields {
		if !v.Field(field).IsZero() {
			set |= 1 << i
		}
	}
	set = c.number(set)
	for i, field := range fields {
		if set&(1<<i) != 0 {
			c.value(v.Field(field))
		}
	}
	if p, ok := v.Addr().Interface().(partial); ok {
		for _, part := range p.parts() {
			c.value(reflect.ValueOf(part).Elem())
		}
		if c.reading {
			p.restore()
		}
	}
}

// storedFields returns the indexes of the exported fields of t, at most 64,
// without those that no file has.
func (c *codec) storedFields(t reflect.Type) []int {
	fields, ok := c.fields[t]
	if !ok {
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && f.Tag.Get("yaml") != "-" {
				fields = append(fields, i)
			}
		}
		c.fields[t] = fields
	}
	return fields
}

// describe writes to w how values of t are written.
func (c *codec) describe(w io.Writer, t reflect.Type, seen map[reflect.Type]bool) {
	fmt.Fprintln(w, t, t.Kind())
	if seen[t] {
		return
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		c.describe(w, t.Elem(), seen)
	case reflect.Map:
		c.describe(w, t.Key(), seen)
		c.describe(w, t.Elem(), seen)
	case reflect.Struct:
		for _, i := range c.storedFields(t) {
			fmt.Fprintln(w, t.Field(i).Name)
			c.describe(w, t.Field(i).Type, seen)
		}
		if p, ok := reflect.New(t).Interface().(partial); ok {
			for _, part := range p.parts() {
				c.describe(w, reflect.TypeOf(part), seen)
			}
		}
	}
}
