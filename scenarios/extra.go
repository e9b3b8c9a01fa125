package scenarios

import (
	"slices"
	"strings"
)

// absent is the value of a member that is left out.
const absent = "absent"

// extraMember is a member of a header or of a payload: its name as in JSON and
// a template of its JSON text.
type extraMember struct {
	name, value string
	open        bool // whether a verifier may refuse it
}

// extraMembers is the text of members, each with a comma before it.
type extraMembers struct {
	text  strings.Builder
	names []string
}

// add adds a member unless there is one of that name. It reports whether it did.
func (e *extraMembers) add(m extraMember) bool {
	if slices.Contains(e.names, m.name) {
		return false
	}
	e.names = append(e.names, m.name)
	if m.value != absent {
		e.text.WriteString(`,"` + m.name + `":` + m.value)
	}
	return true
}

// spreadOver adds each member to one of several texts in turn.
func spreadOver(texts []extraMembers, members []extraMember) {
	for i, m := range members {
		for !texts[i%len(texts)].add(m) {
			i++
		}
	}
}

// each returns members that have one value.
func each(value, names string) []extraMember {
	var list []extraMember
	for _, name := range strings.Fields(names) {
		list = append(list, extraMember{name: name, value: value})
	}
	return list
}

// values returns members that have one name.
func values(name string, values ...string) []extraMember {
	var list []extraMember
	for _, value := range values {
		list = append(list, extraMember{name: name, value: value})
	}
	return list
}
