package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// CauseTally says what became of the cases that reproduce one documented cause.
type CauseTally struct {
	Documented
	Code  string
	Cases []string // IDs, in the order of the stream

	// Seen counts what the cases got, such as "reject INVALID_ISSUER".
	Seen map[string]int
}

// Causes returns a tally for each documented cause that a judged case
// reproduces, by code and name.
func (s *Summary) Causes() []CauseTally {
	list := make([]CauseTally, 0, len(s.causes))
	for _, c := range s.causes {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b CauseTally) int {
		return cmp.Or(strings.Compare(a.Code, b.Code), strings.Compare(a.Name, b.Name))
	})
	return list
}

// addCause counts a case that was judged.
func (s *Summary) addCause(c *Case) {
	if c.Documented == nil || c.Outcome == OutcomeSkip {
		return
	}
	if s.causes == nil {
		s.causes = make(map[string]*CauseTally)
	}
	tally := s.causes[c.Documented.Name]
	if tally == nil {
		tally = &CauseTally{Documented: *c.Documented, Code: c.Code, Seen: make(map[string]int)}
		s.causes[c.Documented.Name] = tally
	}
	tally.Cases = append(tally.Cases, c.ID)
	tally.Seen[cmp.Or(c.Got, silence(c.Outcome))]++
}

// Verdicts describes what the cases got, the most frequent first, for one line
// of a terminal.
func (t CauseTally) Verdicts() string {
	var parts []string
	for got := range t.Seen {
		parts = append(parts, got)
	}
	slices.SortFunc(parts, func(a, b string) int {
		return cmp.Or(cmp.Compare(t.Seen[b], t.Seen[a]), strings.Compare(a, b))
	})
	for i, got := range parts {
		parts[i] = fmt.Sprintf("%d × %s", t.Seen[got], Escape(got))
	}
	return strings.Join(parts, ", ")
}

// causes explains the documented causes that the cases reproduce.
func (t *Text) causes() {
	for _, c := range t.summary.Causes() {
		t.line("%s %s   %s", t.paint.faint("CAUSE"), Escape(c.Name), Escape(c.Code))
		t.line("%s%s", margin, wrapped(c.Text, ""))
		writeDetails(&t.buf, []Detail{
			{Role: RoleAdvice, Label: "do", Text: Escape(c.Do)},
			{Role: RoleNote, Label: "cases", Text: Escape(strings.Join(c.Cases, ", "))},
			{Role: RoleNote, Label: "seen", Text: c.Verdicts()},
		}, t.paint)
		t.line("")
	}
}
