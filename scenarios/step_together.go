package scenarios

import (
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Together takes several sequences of steps at once and waits for all of them.
type Together [][]Step

func (*Together) about() about { return about{key: "together"} }

// check refuses what has no meaning while other steps are taken. Only one
// sequence may assert, because an assertion counts from the one before. None
// may bound memory: that is counted for the whole process, so the verifier
// would be blamed for the work of the other sequences. Goroutines carry the
// label of their case and are counted rightly.
func (t *Together) check(_ *stepChecker, node ast.Node) error {
	if len(*t) < 2 {
		return errorAt(node, "want two sequences of steps or more")
	}
	asserting := -1
	for i, branch := range *t {
		for k, step := range branch {
			at := child(node, strconv.Itoa(i), strconv.Itoa(k))
			a := step.about()
			_, asserts := step.Kind.(*Assert)
			switch {
			case asserts && asserting >= 0 && asserting != i:
				return errorAt(at, "another sequence asserts already")
			case a.memory || a.held:
				return errorAt(child(at, a.key, "memory"),
					"memory is counted for the whole process, the other sequences included: it cannot be bounded inside together")
			case !a.shareable:
				return errorAt(at,
					"the step %s cannot be taken together with others, want one of %s", a.key,
					strings.Join(shareable(), ", "))
			}
			if asserts {
				asserting = i
			}
		}
	}
	return nil
}

// shareable lists the kinds of step that together may have.
func shareable() []string {
	var keys []string
	for _, k := range Kinds() {
		if a := k.about(); a.shareable {
			keys = append(keys, a.key)
		}
	}
	return keys
}
