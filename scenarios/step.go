package scenarios

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Step is one step of a sequence: a mapping with one key, which names its kind.
type Step struct {
	Kind Kind
	At   Place
}

// Kind says what a step does. It is a pointer to one of the types that Kinds
// lists, such as *Mint; the package run has the other half of each.
type Kind interface {
	// about describes the step to everything that looks at all of them.
	about() about

	// check returns the first mistake in the step, whose value is node. Steps
	// inside it are checked on their own.
	check(c *stepChecker, node ast.Node) error
}

// about describes a step of any kind.
type about struct {
	key string // in the file

	// environment says that the step is about the mock environment, and
	// without effect on a verifier that is given its keys.
	environment bool

	// shareable says that the step may be one of several that are taken at
	// once. A step that makes what others use cannot.
	shareable bool

	// expect is the expectation of an answer of the verifier, if the step has
	// one.
	expect Expectation

	timed      bool // it bounds real time
	memory     bool // it bounds what the process allocates
	held       bool // it bounds what the process keeps in memory
	goroutines bool // it counts the goroutines of the implementation
}

// Kinds returns a new step of every kind, in the order in which documents show
// them. This is the list to which a new kind is added.
func Kinds() []Kind {
	return []Kind{
		new(Mint),
		new(Login),
		new(Refresh),
		new(Revoke),
		new(Begin),
		new(Renew),
		new(Issue),
		new(Open),
		new(Verify),
		new(Close),
		new(Exchange),
		new(Connect),
		new(Probe),
		new(Rotate),
		new(Promote),
		new(Retire),
		new(Publish),
		new(Move),
		new(Certificate),
		new(Advance),
		new(AddFault),
		new(Heal),
		new(Assert),
		new(Together),
	}
}

// UnmarshalYAML implements yaml.NodeUnmarshaler.
func (s *Step) UnmarshalYAML(node ast.Node) error {
	var entries []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingNode:
		entries = n.Values
	case *ast.MappingValueNode:
		entries = []*ast.MappingValueNode{n}
	}
	if len(entries) != 1 {
		return errorAt(node, "a step has %d keys, want one that names its kind", len(entries))
	}
	key := entries[0].Key.GetToken().Value
	var known []string
	for _, k := range Kinds() {
		if k.about().key == key {
			s.Kind, s.At = k, placeOf(entries[0].Key)
			return yaml.NodeToValue(entries[0].Value, k, yaml.Strict())
		}
		known = append(known, k.about().key)
	}
	return errorAt(entries[0].Key, "step %q is not known, want one of %s",
		key, strings.Join(known, ", "))
}

// about returns what is to be known of the step. A step that the file leaves
// empty has no kind.
func (s Step) about() about {
	if s.Kind == nil {
		return about{}
	}
	return s.Kind.about()
}

// Key returns the key of the step in the file, which names its kind.
func (s Step) Key() string { return s.about().key }

// AllSteps returns every step of s, those inside together included, in the
// order in which the file has them, each with the keys and indexes that lead
// to it from the case.
func (s *Scenario) AllSteps() iter.Seq2[[]string, Step] {
	return func(yield func([]string, Step) bool) { visit(s.Steps, []string{"steps"}, yield) }
}

// visit yields the steps of a list and what is inside of them. It reports
// whether yield wants more.
func visit(steps []Step, path []string, yield func([]string, Step) bool) bool {
	for i, step := range steps {
		at := append(slices.Clip(path), strconv.Itoa(i))
		if !yield(at, step) {
			return false
		}
		together, ok := step.Kind.(*Together)
		if !ok {
			continue
		}
		for k, branch := range *together {
			if !visit(branch, append(slices.Clip(at), "together", strconv.Itoa(k)), yield) {
				return false
			}
		}
	}
	return true
}

// Expectations returns every expectation that s has of the verifier's answers.
func (s *Scenario) Expectations() []Expectation {
	var list []Expectation
	if !s.Expect.IsZero() {
		list = append(list, s.Expect)
	}
	for _, step := range s.AllSteps() {
		if e := step.about().expect; !e.IsZero() {
			list = append(list, e)
		}
	}
	return list
}

// Asserts reports whether s has a step that counts what the environment has
// seen.
func (s *Scenario) Asserts() bool {
	for _, step := range s.AllSteps() {
		if _, ok := step.Kind.(*Assert); ok {
			return true
		}
	}
	return false
}

// anyStep reports whether is holds for any step of s.
func (s *Scenario) anyStep(is func(about) bool) bool {
	for _, step := range s.AllSteps() {
		if is(step.about()) {
			return true
		}
	}
	return false
}

// Timed reports whether s bounds real time, so that a busy machine can fail it.
func (s *Scenario) Timed() bool {
	return s.Budget != 0 || s.Config.FetchTimeout != 0 ||
		s.anyStep(func(a about) bool { return a.timed })
}

// MeasuresMemory reports whether s bounds what the process allocates or keeps
// in memory, so that nothing else may happen in the process meanwhile.
func (s *Scenario) MeasuresMemory() bool {
	return s.Memory != 0 || s.anyStep(func(a about) bool { return a.memory || a.held })
}

// MeasuresHeldMemory reports whether s bounds what the process keeps in memory.
func (s *Scenario) MeasuresHeldMemory() bool {
	return s.anyStep(func(a about) bool { return a.held })
}

// CountsGoroutines reports whether s counts the goroutines that calls of the
// implementation leave behind.
func (s *Scenario) CountsGoroutines() bool {
	return s.anyStep(func(a about) bool { return a.goroutines })
}
