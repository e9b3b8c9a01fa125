package forge

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/assay-id/assay/mockidp/keyring"
)

// Patch changes the members of a JSON object: Drop, then Set, Shift and Affix,
// then Append.
type Patch struct {
	// Drop removes members by name. A name that does not occur is an error,
	// because nothing would change.
	Drop []string

	// Set gives members a new value where they are, or appends them.
	Set keyring.Object

	// Shift moves times, which are NumericDates (RFC 7519, 2), by whole
	// seconds. A missing member, or one that is not an integer, is an error.
	Shift map[string]time.Duration

	// Affix adds to strings, or to each string of an array. A member that is
	// missing or is anything else is an error.
	Affix map[string]Affix

	// Append adds members at the end, even if the name already occurs.
	Append keyring.Object
}

// Affix holds strings to add at both ends of a string.
type Affix struct {
	Prefix string `json:"prefix,omitempty"`
	Suffix string `json:"suffix,omitempty"`
}

// Empty reports whether p changes nothing.
func (p Patch) Empty() bool {
	return len(p.Set)+len(p.Drop)+len(p.Shift)+len(p.Affix)+len(p.Append) == 0
}

// Apply returns o with p applied. o itself is not changed.
func (p Patch) Apply(o keyring.Object) (keyring.Object, error) {
	out := slices.Clone(o)
	for _, name := range p.Drop {
		if _, ok := out.Get(name); !ok {
			return nil, fmt.Errorf("dropping %q: there is no such member", name)
		}
	}
	out.Drop(p.Drop...)
	for _, m := range p.Set {
		out.Set(m.Name, m.Value)
	}
	for name, by := range p.Shift {
		if err := replace(&out, name, shift(by)); err != nil {
			return nil, fmt.Errorf("shifting %q: %w", name, err)
		}
	}
	for name, affix := range p.Affix {
		if err := replace(&out, name, affix.add); err != nil {
			return nil, fmt.Errorf("adding to %q: %w", name, err)
		}
	}
	return append(out, p.Append...), nil
}

// replace replaces the value of a member by what change makes of its JSON
// text.
func replace(o *keyring.Object, name string, change func(text []byte) (any, error)) error {
	value, ok := o.Get(name)
	if !ok {
		return errors.New("there is no such member")
	}
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	changed, err := change(text)
	if err != nil {
		return err
	}
	o.Set(name, changed)
	return nil
}

func shift(by time.Duration) func([]byte) (any, error) {
	return func(text []byte) (any, error) {
		if by == 0 || by%time.Second != 0 {
			return nil, fmt.Errorf("it is moved by %v, want whole seconds and at least one", by)
		}
		var seconds int64
		if json.Unmarshal(text, &seconds) != nil {
			return nil, fmt.Errorf("its value is %.40s, want an integer", text)
		}
		return seconds + int64(by/time.Second), nil
	}
}

func (a Affix) add(text []byte) (any, error) {
	var one string
	if json.Unmarshal(text, &one) == nil {
		return a.Prefix + one + a.Suffix, nil
	}
	var several []string
	if json.Unmarshal(text, &several) != nil {
		return nil, fmt.Errorf("its value is %.40s, want a string or an array of them", text)
	}
	for i := range several {
		several[i] = a.Prefix + several[i] + a.Suffix
	}
	return several, nil
}
