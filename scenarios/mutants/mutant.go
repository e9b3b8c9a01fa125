package main

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// Mutant is one change of the source.
type Mutant struct {
	Number int
	key
	Line, Column int

	// AtStart tells that the code runs before anything can be turned on.
	AtStart bool

	from, to int // offsets of the changed text
	// wrap returns source that behaves as inner does while the mutant is off.
	wrap func(inner string) string
}

// key names a mutant for as long as the function that contains it has the text.
type key struct {
	File     string // relative to the module, with slashes
	Function string // with its receiver, and "" at package level
	Was, Is  string // on one line
	Nth      int    // of those in the function for which all this is the same, from 1
}

// maxText bounds the text of a key.
const maxText = 120

func (k key) String() string {
	text := fmt.Sprintf("%s %s: %s -> %s", k.File, k.Function, k.Was, k.Is)
	if k.Nth > 1 {
		text += fmt.Sprintf(" #%d", k.Nth)
	}
	return text
}

// oneLine makes source text fit for a key.
func oneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText], "") + "…"
	}
	return text
}

// name returns the name of a function as keys have it.
func name(f *ast.FuncDecl, s *source) string {
	if f.Recv == nil {
		return f.Name.Name
	}
	receiver := strings.TrimPrefix(s.at(f.Recv.List[0].Type), "*")
	return receiver + "." + f.Name.Name
}

// mutants finds all mutants of sources.
func mutants(sources []*source) map[*source][]*Mutant {
	number := 0
	found := make(map[*source][]*Mutant)
	for _, s := range sources {
		f := &finder{source: s, seen: make(map[key]int)}
		for _, d := range s.file.Decls {
			f.declaration(d)
		}
		for _, m := range f.found {
			number++
			m.Number = number
		}
		if len(f.found) > 0 {
			found[s] = f.found
		}
	}
	return found
}

// rewrite returns the text of a source with all of its mutants, each of which
// asks its switch.
func rewrite(s *source, list []*Mutant) string {
	// Those of the same text are nested in the order in which they were found.
	order := slices.Clone(list)
	slices.SortStableFunc(order, func(a, b *Mutant) int {
		if a.from != b.from {
			return a.from - b.from
		}
		return b.to - a.to
	})
	text := render(s, order, 0, len(s.text))
	at := s.offset(s.file.Name.End())
	return text[:at] + "; import " + pointName + ` "` + module + `/scenarios/mutants/point"` + text[at:]
}

// pointName is what mutated files call the package point. No package of the
// module has such a name.
const pointName = "mutant_"

// render returns the text from an offset to another with the mutants in list,
// which all lie there, applied.
func render(s *source, list []*Mutant, from, to int) string {
	var b strings.Builder
	for len(list) > 0 {
		m := list[0]
		b.Write(s.text[from:m.from])
		n := 1 // mutants inside of m
		for n < len(list) && list[n].from < m.to {
			n++
		}
		b.WriteString(m.wrap(render(s, list[1:n], m.from, m.to)))
		list, from = list[n:], m.to
	}
	b.Write(s.text[from:to])
	return b.String()
}
