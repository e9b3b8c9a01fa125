package implementations_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// The messages that the documentation shows are those of the protocol.
func TestProtocolShowsMessages(t *testing.T) {
	t.Parallel()
	requests, answers := compileSchema(t, "request"), compileSchema(t, "answer")
	shown := 0
	for line := range strings.Lines(implementations.Protocol()) {
		request, isRequest := strings.CutPrefix(line, "    → ")
		answer, isAnswer := strings.CutPrefix(line, "    ← ")
		switch {
		case isRequest:
			validate(t, requests, request)
		case isAnswer:
			validate(t, answers, answer)
		default:
			continue
		}
		shown++
	}
	if shown != 8 {
		t.Errorf("the documentation shows %d messages, want 8", shown)
	}
}

// The schema refuses what the reader of answers refuses.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, of, text string }{
		{"no id", "verifyAnswer", `{"verdict":"accept"}`},
		{"a string for an id", "verifyAnswer", `{"id":"3","verdict":"accept"}`},
		{"no verdict", "verifyAnswer", `{"id":3}`},
		{"the verdict on a configuration", "verifyAnswer", `{"id":3,"verdict":"refuse"}`},
		{"the verdict on a token", "openAnswer", `{"id":3,"verdict":"reject"}`},
		{"an unknown reason", "verifyAnswer", `{"id":3,"verdict":"reject","reason":"BECAUSE"}`},
		{"an unknown capability", "helloAnswer", `{"id":1,"description":{"name":"mine","capabilities":["statik"]}}`},
		{"a long set-up", "helloAnswer", `{"id":1,"description":{"name":"mine","setup":"` + strings.Repeat("s", 501) + `"}}`},
		{"no name", "helloAnswer", `{"id":1,"description":{}}`},
		{"a newer protocol", "helloAnswer", `{"id":1,"description":{"name":"mine","protocol":3}}`},
		{"claims in a list", "verifyAnswer", `{"id":3,"verdict":"accept","claims":["sub"]}`},
		{"two tokens", "input", `{"token":"a","token_base64":"YQ=="}`},
		{"no token", "input", `{}`},
		{"an empty error", "errorAnswer", `{"id":3,"error":""}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := compileSchema(t, test.of).Validate(parsed(t, test.text)); err == nil {
				t.Errorf("%s allows %s", test.of, test.text)
			}
		})
	}
}

// definition is the part of a definition of the schema that is compared with
// a Go type.
type definition struct {
	Type       string
	Ref        string `json:"$ref"`
	Const      string
	Enum       []string
	OneOf      []definition
	AnyOf      []definition
	Items      *definition
	Properties map[string]*definition
	Required   []string
	Maximum    int
}

func definitions(t *testing.T) map[string]definition {
	t.Helper()
	var doc struct {
		Defs map[string]definition `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(implementations.Schema()), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Defs
}

// Every definition has the members of its Go type, with their types, and every
// message of the Go types is defined.
func TestSchemaHasTheMembersOfTheTypes(t *testing.T) {
	t.Parallel()
	defs := definitions(t)
	for name, of := range map[string]reflect.Type{
		"setup": reflect.TypeFor[implementations.Setup](), "requirements": reflect.TypeFor[implementations.Requirements](),
		"client": reflect.TypeFor[implementations.Client](), "input": reflect.TypeFor[implementations.Input](),
		"login": reflect.TypeFor[implementations.Login](), "renewed": reflect.TypeFor[implementations.Renewed](),
		"description": reflect.TypeFor[implementations.Description](),
	} {
		compareMembers(t, name, defs[name].Properties, of)
		for _, f := range reflect.VisibleFields(of) {
			member, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			// An adapter may leave out what is empty; assay writes it.
			optional := strings.Contains(options, "omitempty") || name == "description" && member == "capabilities"
			if member != "-" && optional == slices.Contains(defs[name].Required, member) {
				t.Errorf("%s.%s is optional: %t, and the schema says otherwise", name, member, optional)
			}
		}
	}
	compareMembers(t, "request", merged(defs, defs["request"].OneOf), reflect.TypeFor[implementations.Request]())
	compareMembers(t, "answer", merged(defs, defs["answer"].AnyOf), reflect.TypeFor[implementations.Response]())
}

// merged returns the members of all definitions of a list.
func merged(defs map[string]definition, list []definition) map[string]*definition {
	all := make(map[string]*definition)
	for _, d := range list {
		for name, member := range defs[strings.TrimPrefix(d.Ref, "#/$defs/")].Properties {
			all[name] = member
		}
	}
	return all
}

func compareMembers(t *testing.T, name string, got map[string]*definition, of reflect.Type) {
	t.Helper()
	known := make(map[string]bool)
	for _, f := range reflect.VisibleFields(of) {
		member, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || member == "-" {
			continue
		}
		known[member] = true
		d, ok := got[member]
		if !ok {
			t.Errorf("%s has no %s", name, member)
		} else if want := kindOf(f.Type); d.kind() != want {
			t.Errorf("%s.%s is a %s, want %s", name, member, d.kind(), want)
		}
	}
	for member := range got {
		if !known[member] {
			t.Errorf("%s.%s is in the schema and not in %s", name, member, of)
		}
	}
}

// kind returns the type of a value: that of what is referred to is object,
// unless it lists words.
func (d *definition) kind() string {
	switch {
	case strings.HasSuffix(d.Ref, "/reason"), strings.HasSuffix(d.Ref, "/capability"), d.Enum != nil, d.Const != "":
		return "string"
	case d.Ref != "":
		return "object"
	case d.Type == "array":
		return "array of " + d.Items.kind()
	}
	return d.Type
}

// kindOf returns the JSON type of a Go type.
func kindOf(of reflect.Type) string {
	switch of.Kind() {
	case reflect.Pointer:
		return kindOf(of.Elem())
	case reflect.Struct, reflect.Map:
		return "object"
	case reflect.Slice:
		if of.Elem().Kind() == reflect.Uint8 {
			return "string"
		}
		return "array of " + kindOf(of.Elem())
	case reflect.Int:
		return "integer"
	case reflect.Float64:
		return "number"
	case reflect.Bool:
		return "boolean"
	}
	return of.Kind().String()
}

// The words in the schema are those of the program.
func TestSchemaHasTheWords(t *testing.T) {
	t.Parallel()
	defs := definitions(t)
	var capabilities, ops []string
	for _, c := range slices.Concat(implementations.AdapterCapabilities(), scenarios.Capabilities()) {
		capabilities = append(capabilities, c.Name)
	}
	for _, request := range defs["request"].OneOf {
		name := strings.TrimPrefix(request.Ref, "#/$defs/")
		ops = append(ops, defs[name].Properties["op"].Const)
		if answer := strings.TrimSuffix(name, "Request") + "Answer"; defs[answer].Type != "object" {
			t.Errorf("the schema has no %s", answer)
		}
	}
	reasons := slices.Concat([]string{"", "OTHER"}, scenarios.Reasons(), scenarios.Codes())
	for _, test := range []struct {
		name      string
		got, want []string
	}{
		{"capability", defs["capability"].Enum, capabilities},
		{"reason", defs["reason"].Enum, reasons},
		{"policy", defs["setup"].Properties["policy"].Enum, scenarios.Policies()},
		{"op", ops, []string{"hello", "clock", "open", "verify", "begin", "refresh", "close"}},
	} {
		slices.Sort(test.want)
		slices.Sort(test.got)
		if want := slices.Compact(test.want); !slices.Equal(test.got, want) {
			t.Errorf("the words for %s are %q, want %q", test.name, test.got, want)
		}
	}
}

// The documentation and the schema are about the current version.
func TestProtocolHasTheVersion(t *testing.T) {
	t.Parallel()
	if got := definitions(t)["description"].Properties["protocol"].Maximum; got != implementations.ProtocolVersion {
		t.Errorf("the schema allows the versions up to %d, want %d", got, implementations.ProtocolVersion)
	}
	for _, text := range []string{implementations.Protocol(), implementations.Schema()} {
		if want := fmt.Sprintf("ersion %d", implementations.ProtocolVersion); !strings.Contains(text, want) {
			t.Errorf("it does not name the v%s: %.60s", want, text)
		}
	}
}

func compileSchema(t *testing.T, definition string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	if err := c.AddResource("protocol.json", parsed(t, implementations.Schema())); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("protocol.json#/$defs/" + definition)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func parsed(t *testing.T, text string) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func validate(t *testing.T, s *jsonschema.Schema, text string) {
	t.Helper()
	if err := s.Validate(parsed(t, text)); err != nil {
		t.Errorf("%s: %v", text, err)
	}
}
