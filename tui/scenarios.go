package tui

import (
	"time"

	"github.com/assay-id/assay/reports"
)

// row is one scenario with its state and result.
type row struct {
	scenario Scenario
	texts    map[string]string // what filters search, by field
	waiting  bool              // planned by the live run but not judged yet
	began    time.Time         // when the live run began it, zero if it has not
	marked   bool              // by the user, to do something with all that are
	result   *reports.Case
	latest   bool // the result is one of the latest run

	// How the result differs from that of the run that it is compared with,
	// and what that was. Both are empty if it does not.
	change reports.Change
	before string
}

func newRow(s Scenario) *row {
	return &row{scenario: s, texts: filterTexts(s)}
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

// scenarios is the Scenarios screen: a list of groups and scenarios whose
// results come in during a run, and the detail of the selected one.
type scenarios struct {
	caseList

	loading  bool // the catalogue has not arrived yet
	inDetail bool
	detail   caseDetail

	// watching shows the run instead of the detail, and lets the list follow
	// it, until the user moves.
	watching bool
	latestRun
}

// latestRun is what is known about the latest run as a whole, and about the
// one that it is compared with.
type latestRun struct {
	header  *reports.Header // nil before the first run
	took    time.Duration   // of the latest run that ended, 0 before the first
	stopped bool            // whether that was stopped

	// base is the run that the results are compared with, nil if there is
	// none, and difference what differs.
	base       *reports.Recording
	difference *reports.Difference
}

func newScenarios() *scenarios { return &scenarios{caseList: newCaseList(), loading: true} }

// fill shows the catalogue.
func (s *scenarios) fill(catalogue []Scenario) {
	s.loading = false
	for _, c := range catalogue {
		s.addRow(newRow(c))
	}
	s.setFilter(s.filter.text) // which depends on them
}

// apply handles one record of the live run. The caller must call settle after
// a batch.
func (s *scenarios) apply(rec reports.Record) {
	if rec.Kind == reports.KindHeader {
		s.header, s.took = rec.Header, 0
	}
	s.caseList.apply(rec, s.watching)
}

func (s *scenarios) settle() { s.rebuild() }

// watch shows the run that begins.
func (s *scenarios) watch() {
	s.watching, s.detail.offset = true, 0
}

// ended shows how long the run took, and the list where the user left it.
func (s *scenarios) ended(took time.Duration, stopped bool) {
	s.took, s.stopped = took, stopped
	s.settleAll()
	s.compare(s.base)
}

// refused shows the results as they were.
func (s *scenarios) refused() { s.watching = false }

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
		s.cursor, s.detail.offset, s.detail.at = cursor, 0, -1
	}
	s.watching, s.latest = false, nil
	s.anchor, _ = s.selected()
}

func (s *scenarios) open() {
	e, ok := s.selected()
	switch {
	case !ok:
	case e.row == nil && !s.inDetail:
		s.fold()
	default:
		s.moveTo(s.cursor)
		s.inDetail = true
	}
}

// back undoes one thing: the search, the open detail, the marks, the filter.
func (s *scenarios) back() {
	switch {
	case s.inDetail && s.detail.find != "":
		s.detail.find = ""
	case s.inDetail:
		s.inDetail = false
	case s.unmark():
		s.rebuild()
	case s.filter.active():
		s.setFilter("")
	}
}

// seekBad moves to the next red case in the direction of step. It reports
// whether there is one.
func (s *scenarios) seekBad(step int) bool {
	at := s.nextBad(step)
	if at >= 0 {
		s.moveTo(at)
	}
	return at >= 0
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
