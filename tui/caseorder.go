package tui

import (
	"cmp"
	"slices"
	"strings"

	"github.com/assay-id/assay/reports"
)

// order is a way to sort the list. A nil compare is the order of the
// catalogue. Sorting is stable, and groups are in the order of their first
// scenario.
type order struct {
	name    string
	compare func(a, b *row) int
}

// orders returns the ways to sort, the usual one first.
func orders() []order {
	return []order{
		{"catalogue", nil},
		{"failures first", func(a, b *row) int { return cmp.Compare(a.urgency(), b.urgency()) }},
		{"slowest first", func(a, b *row) int { return cmp.Compare(b.millis(), a.millis()) }},
		{"level", byLevel},
		{"ID", func(a, b *row) int { return strings.Compare(a.scenario.ID, b.scenario.ID) }},
	}
}

// grouping is a way to divide the list. A compare brings groups into an order
// of their own.
type grouping struct {
	name    string
	of      func(*row) string
	compare func(a, b *row) int
}

// groupings returns the ways to group, the usual one first.
func groupings() []grouping {
	return []grouping{
		{"group", func(r *row) string { return r.scenario.Group }, nil},
		{"code", func(r *row) string { return cmp.Or(r.scenario.Code, "no documented code") }, nil},
		{"clause", firstClause, nil},
		{"outcome", (*row).stateName, func(a, b *row) int { return cmp.Compare(a.urgency(), b.urgency()) }},
		{"level", func(r *row) string { return string(r.scenario.Level) }, byLevel},
	}
}

func firstClause(r *row) string {
	if len(r.scenario.Spec) == 0 {
		return "no clause"
	}
	return r.scenario.Spec[0]
}

// stateName names the state of the row as the heading of a group.
func (r *row) stateName() string {
	switch s := r.state(); s {
	case "run":
		return "running"
	case "wait":
		return "waiting"
	case "idle":
		return "not run"
	default:
		return s
	}
}

// urgency orders rows by how much they deserve attention: what runs, then what
// makes the run red, the other outcomes, and what has not been run.
func (r *row) urgency() int {
	states := []string{
		"run", string(reports.OutcomeFail), string(reports.OutcomeCrash), string(reports.OutcomeHang),
		string(reports.OutcomeFixed), string(reports.OutcomeError), string(reports.OutcomeAdapter), string(reports.OutcomeInvalid),
		"wait", string(reports.OutcomeKnown), string(reports.OutcomeSkip), string(reports.OutcomePass), "idle",
	}
	return slices.Index(states, r.state())
}

// millis returns how long the row took, 0 if it has no result.
func (r *row) millis() float64 {
	if r.result == nil || r.waiting {
		return 0
	}
	return r.result.DurationMillis
}

// byLevel compares the levels of rows, the most binding first.
func byLevel(a, b *row) int {
	return cmp.Compare(levelRank(a.scenario.Level), levelRank(b.scenario.Level))
}

// levelRank orders levels, the most binding first.
func levelRank(l reports.Level) int {
	return slices.Index([]reports.Level{
		reports.LevelMust, reports.LevelShould, reports.LevelMay, reports.LevelHardening, reports.LevelInfo,
	}, l)
}

// next returns the entry after the one that is called name.
func next[T any](all []T, name func(T) string, current string) T {
	at := slices.IndexFunc(all, func(x T) bool { return name(x) == current })
	return all[(at+1)%len(all)]
}

func (l *caseList) nextOrder() {
	l.order = next(orders(), func(o order) string { return o.name }, l.order.name)
	l.rebuild()
}

// nextGrouping also unfolds all groups, which are others now.
func (l *caseList) nextGrouping() {
	l.grouping = next(groupings(), func(g grouping) string { return g.name }, l.grouping.name)
	clear(l.folded)
	l.rebuild()
}
