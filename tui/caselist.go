package tui

import (
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
)

// entry is one visible line of the list: a scenario, or the heading of a
// group if row is nil.
type entry struct {
	group string
	row   *row
}

// caseList is the list of the Scenarios screen: the groups and scenarios that
// a filter lets through, in the order that the user has chosen.
type caseList struct {
	rows     []*row // in the order of the catalogue
	byID     map[string]*row
	folded   map[string]bool
	filter   filter
	order    order
	grouping grouping

	// While extending is set, moving the cursor marks the lines between it and
	// from.
	extending bool
	from      entry

	entries        []entry
	members        map[string][]*row // of each group, hidden ones included
	anchor         entry             // what the user moved to, even while a filter hides it
	latest         *row              // what the live run began last, if the list follows it
	cursor, offset int
	height         int // rows of the list in the last frame

	tally    tally
	revision int // increases with every change to rows and entries
}

func newCaseList() caseList {
	return caseList{
		byID: make(map[string]*row), folded: make(map[string]bool), members: make(map[string][]*row),
		order: orders()[0], grouping: groupings()[0],
	}
}

func (l *caseList) addRow(r *row) {
	l.byID[r.scenario.ID] = r
	l.rows = append(l.rows, r)
}

// rebuild recomputes the visible entries and the counts. The cursor stays on
// the entry that the user moved it to, if that is visible, or follows the run.
func (l *caseList) rebuild() {
	l.revision++
	l.entries, l.tally = l.entries[:0], tally{}
	clear(l.members)
	var groups []string
	for _, r := range l.sorted() {
		l.tally.add(r)
		group := l.grouping.of(r)
		if _, ok := l.members[group]; !ok {
			groups = append(groups, group)
		}
		l.members[group] = append(l.members[group], r)
	}
	for _, group := range groups {
		l.addGroup(group)
	}
	at := l.anchor
	if l.latest != nil {
		at = entry{l.grouping.of(l.latest), l.latest}
	}
	l.cursor = max(min(l.find(at), len(l.entries)-1), 0)
}

// addGroup appends the entries of a group.
func (l *caseList) addGroup(group string) {
	head := len(l.entries)
	for _, r := range l.members[group] {
		if !l.filter.match(r) {
			continue
		}
		if len(l.entries) == head {
			l.entries = append(l.entries, entry{group: group})
		}
		if !l.folded[group] {
			l.entries = append(l.entries, entry{group: group, row: r})
		}
	}
}

// find returns the index of e, otherwise of its row in another group,
// otherwise of the heading of its group, otherwise of the cursor.
func (l *caseList) find(e entry) int {
	at, same := l.cursor, -1
	for i, x := range l.entries {
		switch {
		case x == e:
			return i
		case x.row != nil && x.row == e.row:
			same = i
		case x.group == e.group && x.row == nil:
			at = i
		}
	}
	if same >= 0 {
		return same
	}
	return at
}

func (l *caseList) selected() (entry, bool) {
	if l.cursor < 0 || l.cursor >= len(l.entries) {
		return entry{}, false
	}
	return l.entries[l.cursor], true
}

// tallyOf counts the scenarios of one group.
func (l *caseList) tallyOf(group string) tally {
	var n tally
	for _, r := range l.members[group] {
		n.add(r)
	}
	return n
}

// shown returns the IDs that pass the filter, folded or not, in the order of
// the catalogue.
func (l *caseList) shown() []string {
	return l.ids(func(r *row) bool { return l.filter.match(r) })
}

// failed returns the IDs of the shown cases that make the run red.
func (l *caseList) failed() []string {
	return l.ids(func(r *row) bool { return r.bad() && l.filter.match(r) })
}

// chosen returns the marked IDs. If nothing is marked it returns the ID of the
// selected scenario, or the IDs of those scenarios of the selected group that
// pass the filter.
func (l *caseList) chosen() []string {
	if marked := l.marked(); len(marked) > 0 {
		return marked
	}
	e, ok := l.selected()
	switch {
	case !ok:
		return nil
	case e.row != nil:
		return []string{e.row.scenario.ID}
	default:
		return l.ids(func(r *row) bool { return l.grouping.of(r) == e.group && l.filter.match(r) })
	}
}

func (l *caseList) ids(keep func(*row) bool) []string {
	var ids []string
	for _, r := range l.rows {
		if keep(r) {
			ids = append(ids, r.scenario.ID)
		}
	}
	return ids
}

// setFilter shows only the scenarios that match text.
func (l *caseList) setFilter(text string) {
	l.filter = parseFilter(text, l.rows)
	l.rebuild()
}

// sorted returns the rows in the order of the list.
func (l *caseList) sorted() []*row {
	rows := slices.Clone(l.rows)
	if l.order.compare != nil {
		slices.SortStableFunc(rows, l.order.compare)
	}
	if l.grouping.compare != nil {
		slices.SortStableFunc(rows, l.grouping.compare)
	}
	return rows
}

// apply handles one record of the live run. The caller must call rebuild after
// a batch. With follow set the list shows what the run does now.
func (l *caseList) apply(rec reports.Record, follow bool) {
	switch rec.Kind {
	case reports.KindPlan:
		for _, r := range l.rows {
			r.latest = false
		}
		for _, p := range rec.Plan.Cases {
			r, ok := l.byID[p.ID]
			if !ok {
				r = newRow(Scenario{ID: p.ID, Title: p.Title, Group: p.Group, Level: p.Level})
				l.addRow(r)
			}
			r.waiting, r.began = true, time.Time{}
		}
	case reports.KindStart:
		if r, ok := l.byID[rec.Start.ID]; ok {
			r.began = rec.Start.At
			if follow {
				l.latest = r
			}
		}
	case reports.KindCase:
		if r, ok := l.byID[rec.Case.ID]; ok {
			r.waiting, r.began = false, time.Time{}
			r.result, r.latest = rec.Case, true
		}
	}
}

// settleAll marks the scenarios that a run did not reach as no longer waiting.
func (l *caseList) settleAll() {
	l.latest = nil
	for _, r := range l.rows {
		r.waiting, r.began = false, time.Time{}
	}
}

func (l *caseList) fold() {
	if e, ok := l.selected(); ok {
		l.folded[e.group] = !l.folded[e.group]
		l.anchor, l.latest = entry{group: e.group}, nil
		l.rebuild()
	}
}

// nextBad returns the position of the next red case in the direction of step,
// after wrapping around at the end of the list, or -1 if there is none.
func (l *caseList) nextBad(step int) int {
	n := len(l.entries)
	for i := 1; i <= n; i++ {
		at := ((l.cursor+i*step)%n + n) % n
		if r := l.entries[at].row; r != nil && r.bad() {
			return at
		}
	}
	return -1
}

// policy returns the policy that the filter demands, or the empty string.
func (l *caseList) policy() string {
	for word := range strings.FieldsSeq(l.filter.text) {
		if name, ok := strings.CutPrefix(word, "@"); ok && slices.Contains(l.policies(), name) {
			return name
		}
	}
	return ""
}

// policies returns the policies of the catalogue.
func (l *caseList) policies() []string {
	var names []string
	for _, r := range l.rows {
		if p := r.scenario.Policy; p != "" && !slices.Contains(names, p) {
			names = append(names, p)
		}
	}
	return names
}

// setPolicy makes the filter demand a policy, or none if name is empty.
func (l *caseList) setPolicy(name string) {
	words := slices.DeleteFunc(strings.Fields(l.filter.text), func(w string) bool { return w == "@"+l.policy() })
	if name != "" {
		words = append(words, "@"+name)
	}
	l.setFilter(strings.Join(words, " "))
}
