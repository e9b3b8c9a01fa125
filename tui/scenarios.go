package tui

import (
	"slices"
	"strings"
	"time"

	"github.com/assay-id/assay/reports"
)

// row is one scenario with its state and result.
type row struct {
	scenario Scenario
	haystack string    // text that a filter searches, in lower case
	waiting  bool      // planned by the live run but not judged yet
	began    time.Time // when the live run began it, zero if it has not
	result   *reports.Case

	// How the result differs from that of the run that it is compared with,
	// and what that was. Both are empty if it does not.
	change reports.Change
	before string
}

func newRow(s Scenario) *row {
	r := &row{scenario: s}
	r.haystack = strings.ToLower(strings.Join([]string{
		s.ID, s.Title, s.Expect, strings.Join(s.Spec, " "),
	},
		"\n"))
	return r
}

// bad reports whether the row makes the run red.
func (r *row) bad() bool { return r.result != nil && !r.waiting && r.result.Outcome.Bad() }

// running reports whether the row is being judged.
func (r *row) running() bool { return r.waiting && !r.began.IsZero() }

// state returns the word that filters use for the state of the row: run, wait,
// idle or an outcome.
func (r *row) state() string {
	switch {
	case r.running():
		return "run"
	case r.waiting:
		return "wait"
	case r.result == nil:
		return "idle"
	default:
		return string(r.result.Outcome)
	}
}

// entry is one visible line of the list: a scenario, or the heading of a
// group if row is nil.
type entry struct {
	group string
	row   *row
}

// scenarios is the Scenarios screen: a list of groups and scenarios whose
// results come in during a run, and the detail of the selected one.
type scenarios struct {
	loading bool // the catalogue has not arrived yet

	rows   []*row
	byID   map[string]*row
	folded map[string]bool
	filter filter

	entries        []entry
	anchor         entry // what the user moved to, even while a filter hides it
	cursor, offset int
	listHeight     int // rows of the list in the last frame

	inDetail     bool
	detailOffset int
	detailHeight int
	wholeToken   bool
	wire         bool
	detail       detailCache

	// watching shows the run instead of the detail, until the user moves.
	watching bool

	header  *reports.Header // header of the latest run, nil before the first
	took    time.Duration   // of the latest run that ended, 0 before the first
	stopped bool            // whether that was stopped
	// base is the run that the results are compared with, nil if there is
	// none, and difference what differs.
	base       *reports.Recording
	difference *reports.Difference

	tally    tally
	revision int // increases with every change to rows and entries
}

// tallyOf counts the scenarios of one group.
func (s *scenarios) tallyOf(group string) tally {
	var n tally
	for _, r := range s.rows {
		if r.scenario.Group == group {
			n.add(r)
		}
	}
	return n
}

func newScenarios() *scenarios {
	return &scenarios{byID: make(map[string]*row), folded: make(map[string]bool), loading: true}
}

// fill shows the catalogue.
func (s *scenarios) fill(catalogue []Scenario) {
	s.loading = false
	for _, c := range catalogue {
		s.addRow(newRow(c))
	}
	s.rebuild()
}

// addRow inserts r after the last row of its group, so that a group is one
// block even if the catalogue scatters it.
func (s *scenarios) addRow(r *row) {
	s.byID[r.scenario.ID] = r
	at := len(s.rows)
	for i := len(s.rows) - 1; i >= 0; i-- {
		if s.rows[i].scenario.Group == r.scenario.Group {
			at = i + 1
			break
		}
	}
	s.rows = slices.Insert(s.rows, at, r)
}

// rebuild recomputes the visible entries and the counts. The cursor stays on
// the entry that the user moved it to, if that is visible.
func (s *scenarios) rebuild() {
	s.revision++
	s.entries = s.entries[:0]
	s.tally = tally{}
	for i, r := range s.rows {
		s.tally.add(r)
		if i == 0 || s.rows[i-1].scenario.Group != r.scenario.Group {
			s.addGroup(i)
		}
	}
	s.cursor = max(min(s.find(s.anchor), len(s.entries)-1), 0)
}

// addGroup appends the entries of the group that begins at row first.
func (s *scenarios) addGroup(first int) {
	group := s.rows[first].scenario.Group
	head := len(s.entries)
	for _, r := range s.rows[first:] {
		if r.scenario.Group != group {
			break
		}
		if !s.filter.match(r) {
			continue
		}
		if len(s.entries) == head {
			s.entries = append(s.entries, entry{group: group})
		}
		if !s.folded[group] {
			s.entries = append(s.entries, entry{group: group, row: r})
		}
	}
}

// find returns the index of e, otherwise of the heading of its group, otherwise
// of the cursor.
func (s *scenarios) find(e entry) int {
	at := s.cursor
	for i, x := range s.entries {
		if x == e {
			return i
		}
		if x.group == e.group && x.row == nil {
			at = i
		}
	}
	return at
}

func (s *scenarios) selected() (entry, bool) {
	if s.cursor < 0 || s.cursor >= len(s.entries) {
		return entry{}, false
	}
	return s.entries[s.cursor], true
}

// shown returns the IDs that pass the filter, folded or not, in the order of
// the list.
func (s *scenarios) shown() []string {
	return s.ids(func(r *row) bool { return s.filter.match(r) })
}

// failed returns the IDs of the shown cases that make the run red.
func (s *scenarios) failed() []string {
	return s.ids(func(r *row) bool { return r.bad() && s.filter.match(r) })
}

// chosen returns the ID of the selected scenario, or the IDs of those
// scenarios of the selected group that pass the filter.
func (s *scenarios) chosen() []string {
	e, ok := s.selected()
	switch {
	case !ok:
		return nil
	case e.row != nil:
		return []string{e.row.scenario.ID}
	default:
		return s.ids(func(r *row) bool { return r.scenario.Group == e.group && s.filter.match(r) })
	}
}

func (s *scenarios) ids(keep func(*row) bool) []string {
	var ids []string
	for _, r := range s.rows {
		if keep(r) {
			ids = append(ids, r.scenario.ID)
		}
	}
	return ids
}

// setFilter shows only the scenarios that match text.
func (s *scenarios) setFilter(text string) {
	catalogue := make([]Scenario, len(s.rows))
	for i, r := range s.rows {
		catalogue[i] = r.scenario
	}
	s.filter = parseFilter(text, catalogue)
	s.rebuild()
}

// apply handles one record of the live run. The caller must call rebuild
// after a batch.
func (s *scenarios) apply(rec reports.Record) {
	switch rec.Kind {
	case reports.KindHeader:
		s.header = rec.Header
	case reports.KindPlan:
		for _, p := range rec.Plan.Cases {
			r, ok := s.byID[p.ID]
			if !ok {
				r = newRow(Scenario{ID: p.ID, Title: p.Title, Group: p.Group, Level: p.Level})
				s.addRow(r)
			}
			r.waiting, r.began = true, time.Time{}
		}
	case reports.KindStart:
		if r, ok := s.byID[rec.Start.ID]; ok {
			r.began = rec.Start.At
		}
	case reports.KindCase:
		if r, ok := s.byID[rec.Case.ID]; ok {
			r.waiting, r.began = false, time.Time{}
			r.result = rec.Case
		}
	}
}

// watch shows the run that begins.
func (s *scenarios) watch() {
	s.watching, s.detailOffset = true, 0
	s.took = 0
}

// ended marks the scenarios that the run did not reach as no longer waiting.
func (s *scenarios) ended(took time.Duration, stopped bool) {
	s.took, s.stopped = took, stopped
	for _, r := range s.rows {
		r.waiting, r.began = false, time.Time{}
	}
	s.compare(s.base)
}

// forget drops all results, because they belong to another implementation.
func (s *scenarios) forget() {
	for _, r := range s.rows {
		r.result, r.change, r.before = nil, "", ""
	}
	s.difference = nil
	s.header, s.took, s.watching = nil, 0, false
	s.rebuild()
}

func (s *scenarios) moveTo(cursor int) {
	if cursor != s.cursor || s.watching {
		s.cursor, s.detailOffset = cursor, 0
	}
	s.watching = false
	s.anchor, _ = s.selected()
}

func (s *scenarios) open() {
	e, ok := s.selected()
	switch {
	case !ok:
	case e.row == nil && !s.inDetail:
		s.fold()
	default:
		s.inDetail, s.watching = true, false
	}
}

// back undoes one thing: the open detail, then the filter.
func (s *scenarios) back() {
	switch {
	case s.inDetail:
		s.inDetail = false
	case s.filter.active():
		s.setFilter("")
	}
}

func (s *scenarios) fold() {
	if e, ok := s.selected(); ok {
		s.folded[e.group] = !s.folded[e.group]
		s.anchor = entry{group: e.group}
		s.rebuild()
	}
}

// seekBad moves to the next red case in the direction of step, and wraps
// around at the end of the list. It reports whether there is one.
func (s *scenarios) seekBad(step int) bool {
	n := len(s.entries)
	for i := 1; i <= n; i++ {
		at := ((s.cursor+i*step)%n + n) % n
		if r := s.entries[at].row; r != nil && r.bad() {
			s.moveTo(at)
			return true
		}
	}
	return false
}

// moved returns the position of a cursor after act, in a list of n lines of
// which page are visible.
func moved(act action, cursor, n, page int) int {
	switch act {
	case actUp:
		cursor--
	case actDown:
		cursor++
	case actPageUp:
		cursor -= max(page/2, 1)
	case actPageDown:
		cursor += max(page/2, 1)
	case actTop:
		cursor = 0
	case actBottom:
		cursor = n - 1
	}
	return max(min(cursor, n-1), 0)
}

// scroll is like moved, for a text without a cursor. Drawing limits an offset
// beyond the end.
func scroll(act action, offset, page int) int {
	if act == actBottom {
		return 1 << 30
	}
	return moved(act, offset, 1<<30, page)
}
