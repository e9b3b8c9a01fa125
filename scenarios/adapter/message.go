package adapter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// schemas validates messages.
type schemas struct {
	compiled map[string]*jsonschema.Schema
	members  map[string][]string // that a definition knows
}

// compile compiles the schema of the protocol.
func compile() (*schemas, error) {
	var doc struct {
		Defs map[string]struct{ Properties map[string]json.RawMessage } `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(implementations.Schema()), &doc); err != nil {
		return nil, err
	}
	root, err := jsonschema.UnmarshalJSON(strings.NewReader(implementations.Schema()))
	if err != nil {
		return nil, err
	}
	const name = "protocol.json"
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(name, root); err != nil {
		return nil, err
	}
	s := &schemas{make(map[string]*jsonschema.Schema), make(map[string][]string)}
	for definition, of := range doc.Defs {
		if s.compiled[definition], err = compiler.Compile(name + "#/$defs/" + definition); err != nil {
			return nil, err
		}
		for member := range of.Properties {
			s.members[definition] = append(s.members[definition], member)
		}
		slices.Sort(s.members[definition])
	}
	return s, nil
}

// validate returns what is wrong with a line, or nil.
func (s *schemas) validate(definition string, line []byte) *intake.Error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		return malformed(line)
	}
	err = s.compiled[definition].Validate(v)
	wrong, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return nil
	}
	for len(wrong.Causes) > 0 {
		wrong = wrong.Causes[0]
	}
	var pointer jsontext.Pointer
	for _, name := range wrong.InstanceLocation {
		pointer = pointer.AppendToken(name)
	}
	name := strings.Join(wrong.InstanceLocation, ".")
	return mistake(line, offsetOf(line, pointer), problem(name, wrong.ErrorKind))
}

// unknown returns the first member of a message that its definition does not
// have, or nil.
func (s *schemas) unknown(definition string, line []byte) *intake.Error {
	var members map[string]json.RawMessage
	if json.Unmarshal(line, &members) != nil {
		return nil
	}
	known := s.members[definition]
	var names []string
	for name := range members {
		if !slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	name := slices.Min(names)
	text := fmt.Sprintf("%q is not a member of this answer", name)
	if near := scenarios.Near(name, known); near != "" {
		text += "; did you mean " + near + "?"
	}
	return mistake(line, offsetOf(line, jsontext.Pointer("").AppendToken(name)), text)
}

// malformed says where a line stops being JSON.
func malformed(line []byte) *intake.Error {
	if !bytes.HasPrefix(bytes.TrimSpace(line), []byte("{")) {
		return mistake(line, 0, "the line is not a JSON object")
	}
	decoder := decoderOf(line)
	err := decoder.SkipValue()
	if err == nil {
		return mistake(line, int(decoder.InputOffset()), "there is something after the JSON object")
	}
	at := len(line)
	if wrong, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		at = min(int(wrong.ByteOffset), len(line))
	}
	return mistake(line, at, "the line is not a complete JSON object")
}

// mistake returns the error of a problem after so many bytes of a line.
func mistake(line []byte, offset int, problem string) *intake.Error {
	return intake.NewError("answer", line, 1, utf8.RuneCount(line[:offset])+1, problem)
}

func decoderOf(line []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewReader(line), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// offsetOf returns where the value at a pointer begins.
func offsetOf(line []byte, pointer jsontext.Pointer) int {
	decoder := decoderOf(line)
	for {
		before := decoder.InputOffset()
		if _, err := decoder.ReadToken(); err != nil {
			return 0
		}
		in, read := decoder.StackIndex(decoder.StackDepth())
		if name := in == '{' && read%2 == 1; decoder.StackPointer() == pointer && !name {
			between := line[before:decoder.InputOffset()]
			return int(before) + len(between) - len(bytes.TrimLeft(between, " \t\r\n:,"))
		}
	}
}

// problem says what is wrong with a member, or with the message if name is
// empty.
func problem(name string, wrong jsonschema.ErrorKind) string {
	if name == "" {
		name = "the message"
	}
	switch k := wrong.(type) {
	case *kind.Required:
		return name + " has no " + strings.Join(k.Missing, " and no ")
	case *kind.Type:
		return fmt.Sprintf("%s is of the type %s, want %s", name, k.Got, strings.Join(k.Want, " or "))
	case *kind.Enum:
		return fmt.Sprintf("%s is %q, %s", name, fmt.Sprint(k.Got), wanted(fmt.Sprint(k.Got), k.Want))
	case *kind.Minimum:
		return fmt.Sprintf("%s is %s, want at least %s", name, k.Got.RatString(), k.Want.RatString())
	case *kind.Maximum:
		return fmt.Sprintf("%s is %s, want at most %s", name, k.Got.RatString(), k.Want.RatString())
	case *kind.MinLength:
		return name + " is empty"
	case *kind.MaxLength:
		return fmt.Sprintf("%s has %d characters, want at most %d", name, k.Got, k.Want)
	}
	return name + " does not fit the schema"
}

// wanted lists the allowed words, or suggests one if there are many.
func wanted(got string, allowed []any) string {
	var words []string
	for _, word := range allowed {
		words = append(words, fmt.Sprint(word))
	}
	if len(words) <= 3 {
		return "want " + strings.Join(words, " or ")
	}
	if near := scenarios.Near(got, words); near != "" {
		return "which is unknown; did you mean " + near + "?"
	}
	return "which is unknown; assay protocol lists the words"
}
