package scenarios

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// StepKind explains a kind of step to authors of scenarios.
type StepKind struct {
	Key    string // in the file
	Means  string
	Values []string    // the words that it allows, if it allows no others
	Steps  []string    // the kinds of step that may be inside it
	Fields []StepField // sorted by key; none if the step is a single value
}

// StepField explains a key of a step.
type StepField struct {
	Key    string // such as mode, or sign.alg for a key inside another
	Means  string
	Values []string // the words that it allows, if it allows no others but templates
}

// StepKinds returns every kind of step, explained with the words that
// schema.json has for editors. The error is a mistake in that file, which a
// test excludes.
func StepKinds() ([]StepKind, error) {
	var doc schemaDocument
	if err := json.Unmarshal([]byte(schema), &doc); err != nil {
		return nil, fmt.Errorf("schema.json: %w", err)
	}
	steps := doc.Defs["case"].Properties["steps"]
	if steps.Items == nil {
		return nil, fmt.Errorf("schema.json: the steps of a case have no items")
	}
	known := steps.Items.Properties
	var list []StepKind
	for _, k := range Kinds() {
		key := k.about().key
		node, ok := known[key]
		if !ok {
			return nil, fmt.Errorf("schema.json: the step %s is missing", key)
		}
		kind := StepKind{
			Key: key, Means: doc.resolve(node).Description, Values: node.Enum,
			Fields: doc.fields("", node),
		}
		if _, ok := k.(*Together); ok {
			kind.Steps = shareable()
		}
		list = append(list, kind)
	}
	if len(known) != len(list) {
		return nil, fmt.Errorf("schema.json: it has %d kinds of step, want %d",
			len(known), len(list))
	}
	return list, nil
}

// schemaDocument holds the parts of a JSON Schema that are read.
type schemaDocument struct {
	Defs map[string]schemaNode `json:"$defs"`
}

type schemaNode struct {
	Description string                `json:"description"`
	Ref         string                `json:"$ref"`
	Enum        []string              `json:"enum"`
	AnyOf       []schemaNode          `json:"anyOf"` // the words, or a template
	Properties  map[string]schemaNode `json:"properties"`
	Items       *schemaNode           `json:"items"`
}

// tokenRef refers to the description of a token, whose keys are explained once,
// with the step mint.
const tokenRef = "#/$defs/token"

// resolve returns n with what the definition that it refers to adds.
func (d schemaDocument) resolve(n schemaNode) schemaNode {
	of := d.Defs[strings.TrimPrefix(n.Ref, "#/$defs/")]
	if n.Description == "" {
		n.Description = of.Description
	}
	if n.Ref != "" && n.Ref != tokenRef {
		n.Properties, n.Items = of.Properties, of.Items
	}
	n.AnyOf = append(n.AnyOf, of.AnyOf...)
	return n
}

// fields explains the properties of n, or of its items, and what is inside
// them.
func (d schemaDocument) fields(prefix string, n schemaNode) []StepField {
	n = d.resolve(n)
	if n.Items != nil && n.Properties == nil {
		n = d.resolve(*n.Items)
	}
	var list []StepField
	for _, name := range slices.Sorted(maps.Keys(n.Properties)) {
		of := d.resolve(n.Properties[name])
		words := of.Enum
		for _, alternative := range of.AnyOf {
			words = append(words, alternative.Enum...)
		}
		list = append(list, StepField{Key: prefix + name, Means: of.Description, Values: words})
		list = append(list, d.fields(prefix+name+".", n.Properties[name])...)
	}
	return list
}
