package strict

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Error says what is wrong with a text, and where.
type Error struct {
	// Pointer is the JSON Pointer of the value, "" for the whole text. RFC
	// 6901, 3.
	Pointer string

	// Offset is how many bytes of the text are before the mistake, or before
	// the value that has it.
	Offset int

	// Problem says what is wrong with it.
	Problem error
}

// Error implements error.
func (e *Error) Error() string {
	if e.Pointer == "" {
		return e.Problem.Error()
	}
	return e.Pointer + ": " + e.Problem.Error()
}

// Unwrap returns the problem.
func (e *Error) Unwrap() error { return e.Problem }

// JSON reads the one value in text into out. Member names must be known,
// spelled exactly and occur once. All its errors are *[Error].
func JSON(text []byte, out any) error {
	err := json.Unmarshal(text, out, json.RejectUnknownMembers(true))
	if err == nil {
		return nil
	}
	if semantic, ok := errors.AsType[*json.SemanticError](err); ok {
		return fromSemantic(semantic, reflect.TypeOf(out))
	}
	if syntactic, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return &Error{
			Pointer: string(syntactic.JSONPointer), Offset: int(syntactic.ByteOffset),
			Problem: syntactic.Err,
		}
	}
	return &Error{Problem: err}
}

func fromSemantic(e *json.SemanticError, out reflect.Type) *Error {
	pointer, offset := string(e.JSONPointer), int(e.ByteOffset)
	if inner, ok := errors.AsType[*Error](e.Err); ok {
		// A type that reads itself with this package.
		return &Error{
			Pointer: pointer + inner.Pointer, Offset: offset + inner.Offset, Problem: inner.Problem,
		}
	}
	switch {
	case errors.Is(e.Err, json.ErrUnknownName):
		return &Error{
			Pointer: pointer, Offset: offset,
			Problem: fmt.Errorf("there is no such member, want one of %s",
				strings.Join(members(e.GoType), ", ")),
		}
	case e.Err == nil || errors.Is(e.Err, strconv.ErrSyntax) || errors.Is(e.Err, strconv.ErrRange):
		return &Error{
			Pointer: pointer, Offset: offset,
			Problem: fmt.Errorf("got %s, want %s", found(e), wanted(e.GoType, out)),
		}
	}
	return &Error{Pointer: pointer, Offset: offset, Problem: e.Err}
}

// found describes the value in the text.
func found(e *json.SemanticError) string {
	switch kind := e.JSONKind; {
	case len(e.JSONValue) > 0:
		return string(e.JSONValue)
	case kind == '{':
		return "an object"
	case kind == '[':
		return "an array"
	default:
		return "a " + kind.String()
	}
}

// wanted describes, in the words of JSON, the value that a type is read from.
func wanted(t, otherwise reflect.Type) string {
	if t == nil {
		t = otherwise
	}
	switch t.Kind() {
	case reflect.Pointer:
		return wanted(t.Elem(), nil)
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Map, reflect.Struct:
		return "an object"
	}
	return "an integer"
}

// members returns the names that a struct is read from.
func members(t reflect.Type) []string {
	var names []string
	if t == nil || t.Kind() != reflect.Struct {
		return names
	}
	for _, field := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}
