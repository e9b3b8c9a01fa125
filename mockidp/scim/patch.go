package scim

import (
	"strings"

	"github.com/elimity-com/scim"
	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/filter"
	"github.com/elimity-com/scim/schema"
)

// patch makes the changes to attributes. The library has checked them against
// the schema. RFC 7644, 3.5.2.
func patch(attributes map[string]any, operations []scim.PatchOperation, of schema.Schema) error {
	for _, o := range operations {
		if o.Path == nil {
			values, ok := o.Value.(map[string]any)
			if !ok {
				return scimerrors.ScimErrorInvalidValue
			}
			for name, value := range values {
				name, sub, _ := strings.Cut(name, ".")
				change(attributes, o.Op, name, sub, value)
			}
			continue
		}
		sub := ""
		if path := o.Path.AttributePath; path.SubAttribute != nil {
			sub = *path.SubAttribute
		}
		name := canonical(attributes, o.Path.AttributePath.AttributeName, of)
		if o.Path.ValueExpression == nil {
			change(attributes, o.Op, name, sub, o.Value)
			continue
		}
		if o.Path.SubAttribute != nil {
			sub = *o.Path.SubAttribute
		}
		if err := changeSome(attributes, o, name, sub, of); err != nil {
			return err
		}
	}
	return nil
}

// canonical returns a name as the schema writes it. RFC 7643, 2.1: case does not
// matter.
func canonical(attributes map[string]any, name string, of schema.Schema) string {
	if attribute, ok := of.Attributes.ContainsAttribute(name); ok {
		return attribute.Name()
	}
	for known := range attributes {
		if strings.EqualFold(known, name) {
			return known
		}
	}
	return name
}

// change adds, replaces or removes an attribute, or a part of one.
func change(attributes map[string]any, op, name, sub string, value any) {
	if sub != "" {
		inner, ok := attributes[name].(map[string]any)
		if !ok {
			inner = make(map[string]any)
			attributes[name] = inner
		}
		attributes, name = inner, sub
	}
	if op == scim.PatchOperationRemove {
		delete(attributes, name)
		return
	}
	switch was := attributes[name].(type) {
	case []any:
		if added, several := value.([]any); op == scim.PatchOperationAdd && several {
			value = append(was, added...)
		} else if op == scim.PatchOperationAdd {
			value = append(was, value)
		} else if !several {
			value = []any{value}
		}
	case map[string]any:
		if parts, ok := value.(map[string]any); ok {
			for part, value := range parts {
				was[part] = value
			}
			value = was
		}
	}
	attributes[name] = value
}

// changeSome changes those of several values that a filter selects.
func changeSome(attributes map[string]any, o scim.PatchOperation, name, sub string, of schema.Schema) error {
	attribute, known := of.Attributes.ContainsAttribute(name)
	list, several := attributes[name].([]any)
	if !known || !several {
		return scimerrors.ScimErrorNoTarget
	}
	selected := filter.NewFilterValidator(o.Path.ValueExpression, schema.Schema{Attributes: filter.MultiValuedFilterAttributes(attribute)})
	var rest []any
	found := false
	for _, item := range list {
		value, ok := item.(map[string]any)
		if !ok || selected.PassesFilter(value) != nil {
			rest = append(rest, item)
			continue
		}
		found = true
		switch {
		case o.Op == scim.PatchOperationRemove && sub == "":
			continue
		case sub == "":
			item = o.Value
		default:
			change(value, o.Op, sub, "", o.Value)
		}
		rest = append(rest, item)
	}
	if !found && o.Op != scim.PatchOperationRemove {
		return scimerrors.ScimErrorNoTarget
	}
	attributes[name] = rest
	return nil
}
