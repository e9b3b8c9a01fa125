package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// message is a definition of the JSON Schema of the protocol.
type message struct {
	Ref         string  `json:"$ref"`
	Description string  `json:"description"`
	Type        string  `json:"type"`
	Enum        []any   `json:"enum"`
	Properties  members `json:"properties"`
	Required    []string
	Items       *message
	OneOf       []message
}

// members are properties in the order of the schema.
type members []member

type member struct {
	name string
	message
}

func (m *members) UnmarshalJSON(text []byte) error {
	var all map[string]message
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	_, err := decoder.Token()
	for err == nil && decoder.More() {
		var name json.Token
		if name, err = decoder.Token(); err == nil {
			*m = append(*m, member{name.(string), all[name.(string)]})
			err = decoder.Decode(new(json.RawMessage))
		}
	}
	return err
}

// messageSections explains each request with its answer, and the objects in
// them, in the words of the schema.
func messageSections(t *testing.T) string {
	t.Helper()
	var schema struct {
		Defs map[string]message `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(implementations.Schema()), &schema); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("## Messages\n")
	for _, request := range schema.Defs["request"].OneOf {
		op, _ := strings.CutSuffix(strings.TrimPrefix(request.Ref, "#/$defs/"), "Request")
		fmt.Fprintf(&b, "\n### %s\n", op)
		b.WriteString(schema.Defs[op+"Request"].text("", "id", "op"))
		b.WriteString(schema.Defs[op+"Answer"].text("Answer: ", "id"))
	}
	b.WriteString("\n### error\n" + schema.Defs["errorAnswer"].text("Answer: ", "id"))
	for _, name := range []string{"description", "setup", "requirements", "client", "input", "login", "renewed"} {
		fmt.Fprintf(&b, "\n### %s\n", name)
		b.WriteString(schema.Defs[name].text(""))
	}
	return b.String()
}

// text explains m and its members, but for those that need no explanation.
func (m message) text(before string, known ...string) string {
	var b strings.Builder
	b.WriteString("\n" + wrapItem("", before+m.Description) + "\n")
	for _, member := range m.Properties {
		if slices.Contains(known, member.name) {
			continue
		}
		what := []string{member.kind()}
		if slices.Contains(m.Required, member.name) {
			what = append(what, "required")
		}
		b.WriteString(wrapItem("- ", fmt.Sprintf("`%s` (%s): %s", member.name, strings.Join(what, ", "), member.Description)))
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// kind names the type of a member.
func (m message) kind() string {
	switch {
	case m.Ref != "":
		return strings.TrimPrefix(m.Ref, "#/$defs/")
	case m.Enum != nil:
		var words []string
		for _, word := range m.Enum {
			words = append(words, fmt.Sprint(word))
		}
		return strings.Join(words, " or ")
	case m.Items != nil:
		return "array of " + m.Items.kind()
	}
	return m.Type
}

// wrapItem returns text with a bullet, wrapped as the guides are.
func wrapItem(bullet, text string) string {
	hang := strings.Repeat(" ", len(bullet))
	return bullet + strings.Join(reports.Wrap(text, 78-len(bullet)), "\n"+hang) + "\n"
}

// neededList lists the capabilities, and how many scenarios need each.
func neededList(t *testing.T) string {
	t.Helper()
	catalogue, err := scenarios.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, c := range implementations.AdapterCapabilities() {
		b.WriteString(wrapItem("- ", fmt.Sprintf("`%s`: %s", c.Name, c.Means)))
	}
	for _, c := range scenarios.Capabilities() {
		n := 0
		for _, s := range catalogue.All() {
			if s.Has(c.Name) {
				n++
			}
		}
		b.WriteString(wrapItem("- ", fmt.Sprintf("`%s`: %s (%d)", c.Name, c.Means, n)))
	}
	return b.String()
}

// meaningList lists the reasons with the doc comments of the constants in the
// verifier, which name the clauses.
func meaningList(t *testing.T) string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../verifier/reason.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	means := make(map[string]string)
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Doc == nil || len(spec.Values) != 1 {
			return true
		}
		if value, ok := spec.Values[0].(*ast.BasicLit); ok {
			name, err := strconv.Unquote(value.Value)
			if err != nil {
				t.Fatal(err)
			}
			_, text, _ := strings.Cut(spec.Doc.Text(), ": ")
			means[name] = strings.Join(strings.Fields(text), " ")
		}
		return true
	})
	var b strings.Builder
	for _, r := range scenarios.Reasons() {
		if means[r] == "" {
			t.Errorf("verifier/reason.go does not explain %s", r)
		}
		b.WriteString(wrapItem("- ", fmt.Sprintf("`%s`: %s", r, means[r])))
	}
	return b.String()
}
