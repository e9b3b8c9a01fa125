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
	Fields []StepField // sorted by key; none if the step is a single value
}

// StepField explains a key of a step.
type StepField struct {
	Key   string
	Means string // empty where the key says it
}

// StepKinds returns every kind of step, explained with the words that
// schema.json has for editors. The error is a mistake in that file, which a
// test excludes.
func StepKinds() ([]StepKind, error) {
	var doc struct {
		Defs map[string]schemaNode `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(schema), &doc); err != nil {
		return nil, fmt.Errorf("schema.json: %w", err)
	}
	resolve := func(n schemaNode) schemaNode {
		of := doc.Defs[strings.TrimPrefix(n.Ref, "#/$defs/")]
		if n.Description == "" {
			n.Description = of.Description
		}
		if n.Properties == nil {
			n.Properties = of.Properties
		}
		return n
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
		node = resolve(node)
		kind := StepKind{Key: key, Means: node.Description}
		for _, name := range slices.Sorted(maps.Keys(node.Properties)) {
			kind.Fields = append(kind.Fields, StepField{Key: name, Means: resolve(node.Properties[name]).Description})
		}
		list = append(list, kind)
	}
	if len(known) != len(list) {
		return nil, fmt.Errorf("schema.json: it has %d kinds of step, want %d", len(known), len(list))
	}
	return list, nil
}

// schemaNode is what is read of a JSON Schema.
type schemaNode struct {
	Description string                `json:"description"`
	Ref         string                `json:"$ref"`
	Properties  map[string]schemaNode `json:"properties"`
	Items       *schemaNode           `json:"items"`
}
