package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

// labelWidth is the width of the column of labels in a detail: the longest
// label, "payload", a sign, and the spaces around it.
const labelWidth = 10

// caseDetail is the right part of the Scenarios screen: what is known about
// the selected scenario.
type caseDetail struct {
	offset, height int

	wholeToken bool
	wire       bool // the token as it was sent
	exchange   bool // what was exchanged instead of what it means

	find string // what the user searches, empty if nothing
	at   int    // the line of the current match, -1 if that is not known yet

	cache detailCache
}

// detailKey holds everything that the lines of a detail depend on.
type detailKey struct {
	entry                 entry
	revision              int
	w                     int
	theme                 *theme
	token, wire, exchange bool
	implementation        string
}

// detailCache keeps the lines of the last detail, because frames are drawn
// far more often than the lines change.
type detailCache struct {
	key   detailKey
	lines []string
}

func (s *scenarios) viewDetail(f *frame, w, h int) []string {
	if s.watching {
		return s.viewRun(f, w, h)
	}
	e, ok := s.selected()
	p := pane{focus: s.inDetail, title: "nothing selected"}
	if ok {
		p.title, p.note = s.detailTitle(f, e)
	}
	s.detail.height = h - paneHead
	all := s.detailLines(f, e, ok, w-paneEdge-2)
	if s.detail.at < 0 {
		s.detail.seek(1)
	}
	s.detail.offset = p.scroll(all, s.detail.offset, s.detail.height)
	p.lines = slices.Clone(p.lines)
	for i, line := range p.lines {
		p.lines[i] = " " + emphasize(f.theme, line, s.detail.find)
	}
	if s.detail.find != "" {
		p.note = f.theme.muted.s(s.detail.position())
	}
	return f.box(p, w, h, zone{
		click: func(*app, int, int) tea.Cmd { s.inDetail = true; return nil },
		wheel: func(_ *app, lines int) { s.detail.offset = max(s.detail.offset+lines, 0) },
	})
}

func (s *scenarios) detailTitle(f *frame, e entry) (title, note string) {
	if e.row == nil {
		return "group " + reports.Escape(e.group), ""
	}
	_, word, st := f.state(e.row)
	note = string(e.row.scenario.Level)
	if r := e.row.result; r != nil && !e.row.waiting {
		note = string(r.Level)
		if r.DurationMillis > 0 {
			note += " · " + reports.FormatMillis(r.DurationMillis)
		}
	}
	note = reports.Escape(note)
	if word != "" {
		note = st.s(word) + " · " + note
	}
	return reports.Escape(e.row.scenario.ID), note
}

func (s *scenarios) detailLines(f *frame, e entry, ok bool, w int) []string {
	if !ok {
		return nil
	}
	key := detailKey{
		entry: e, revision: s.revision, w: w, theme: f.theme,
		token: s.detail.wholeToken, wire: s.detail.wire, exchange: s.detail.exchange, implementation: f.implementation,
	}
	if s.detail.cache.key == key {
		return s.detail.cache.lines
	}
	d := &detailWriter{t: f.theme, w: w}
	switch {
	case e.row == nil:
		s.writeGroup(d, f, e.group)
	case e.row.waiting || e.row.result == nil:
		writeScenario(d, e.row)
	default:
		s.writeResult(d, e.row)
	}
	s.detail.cache = detailCache{key: key, lines: d.lines}
	return d.lines
}

// writeGroup writes which keys to press until something has been run, and
// after that what is wrong in the group.
func (s *scenarios) writeGroup(d *detailWriter, f *frame, group string) {
	if s.header == nil {
		d.text("",
			"assay presents good and malformed ID Tokens to a verifier and shows which of them it judges wrongly.")
		d.blank()
		d.keys("R",
			fmt.Sprintf("runs all %s against %s",
				reports.FormatNoun(s.tally.total, "scenario"), reports.Escape(f.implementation)))
		d.keys("r", "runs the selected scenario or group")
		d.keys("enter", "opens what is selected, esc goes back")
		d.keys("/", "finds scenarios: aud, @must, !jwks")
		d.keys("i", "chooses the implementation under test")
		d.keys(":", "finds and does anything: run aud.*, INVALID_AUDIENCE")
		d.keys("?", "explains every key")
		return
	}
	n := s.tallyOf(group)
	d.text("", reports.FormatNoun(n.total, "scenario")+": "+n.words())
	d.blank()
	for _, r := range s.members[group] {
		if !r.bad() {
			continue
		}
		glyph, word, st := f.theme.outcome(r.result.Outcome)
		d.add(st.s(fmt.Sprintf("%s %-5s ", glyph, word)) + reports.Escape(r.scenario.ID))
		d.hang(8, "", f.theme.muted, reports.Escape(r.result.Title))
	}
}

func writeScenario(d *detailWriter, r *row) {
	sc := &r.scenario
	d.title(reports.Escape(sc.Title))
	d.blank()
	if sc.Expect != "" {
		d.labelled("want", " ", "", reports.Escape(sc.Expect))
	}
	d.labelled("level", " ", "", reports.Escape(string(sc.Level)))
	for i, clause := range sc.Spec {
		label := "spec"
		if i > 0 {
			label = ""
		}
		d.labelled(label, " ", "", reports.Escape(clause))
	}
	if sc.Policy != "" {
		d.labelled("policy", " ", "", reports.Escape(sc.Policy))
	}
	if len(sc.Needs) > 0 {
		d.labelled("needs", " ", "", reports.Escape(strings.Join(sc.Needs, ", ")))
	}
	d.blank()
	if r.waiting {
		d.text(d.t.accent, "Waiting for its turn.")
	} else {
		d.text(d.t.muted, "Not run yet: r runs it.")
	}
}

func (s *scenarios) writeResult(d *detailWriter, r *row) {
	c := r.result
	d.title(reports.Escape(c.Title))
	d.blank()
	if r.change != "" {
		d.labelled("before", " ", "", reports.Escape(r.before)+" in "+reports.Escape(s.base.Name))
	}
	if s.detail.exchange {
		d.exchange(c)
		return
	}
	s.writeDetails(d, c)
	if c.Documented != nil && !c.Outcome.Bad() {
		d.blank()
		d.labelled("code", " ", "", reports.Escape(c.Code)+", which a verifier of your own reports because:")
		d.labelled("cause", "•", "", reports.Escape(c.Documented.Text))
		d.labelled("do", "•", "", reports.Escape(c.Documented.Do))
	}
}

// writeDetails writes what package reports says about a case, as much of it as
// the user wants to see.
func (s *scenarios) writeDetails(d *detailWriter, c *reports.Case) {
	last, unchanged, steps := "", false, false
	flush := func() {
		if unchanged {
			d.labelled("", " ", d.t.muted, "the rest is unchanged; d shows the whole token")
			unchanged = false
		}
	}
	details := c.Details()
	for i, x := range details {
		if x.Role == reports.RoleWire && !s.detail.wire {
			continue
		}
		if x.Context && x.Role == reports.RoleToken && !s.detail.wholeToken {
			unchanged = true
			continue
		}
		if x.Role != reports.RoleToken {
			flush()
		}
		if x.Role == reports.RoleCause && last != "cause" || x.Role == reports.RoleRepeat {
			d.blank()
		}
		if x.Role == reports.RoleStep && !steps && c.Evidence != nil {
			steps = true
			d.timeline(c.Evidence.Steps)
		}
		label := x.Label
		if label == last {
			label = ""
		}
		last = x.Label
		d.detail(label, x, differing(details, i))
	}
	flush()
}

// detailWriter formats text as lines of at most w cells.
type detailWriter struct {
	t     *theme
	w     int
	lines []string
}

func (d *detailWriter) add(line string) { d.lines = append(d.lines, line) }

// blank adds an empty line, but never two.
func (d *detailWriter) blank() {
	if n := len(d.lines); n > 0 && d.lines[n-1] != "" {
		d.add("")
	}
}

// text adds wrapped text.
func (d *detailWriter) text(st style, text string) {
	for _, line := range reports.Wrap(text, d.w) {
		d.add(st.s(line))
	}
}

func (d *detailWriter) title(text string) { d.text(d.t.title, text) }

func (d *detailWriter) keys(key, does string) {
	d.hang(8, d.t.accent.s(key)+spaces(8-ansi.StringWidth(key)), "", does)
}

// hang adds text after a head of indent cells. The following lines are
// indented a little more, so that the next entry stands out.
func (d *detailWriter) hang(indent int, head string, st style, text string) {
	d.hangMarked(indent, head, st, text, stretch{})
}

// hangMarked is like hang and sets a part of the text apart.
func (d *detailWriter) hangMarked(indent int, head string, st style, text string, part stretch) {
	if head == "" {
		head = spaces(indent)
	}
	const more = 2
	indent = max(indent, ansi.StringWidth(head))
	end := 0
	for _, line := range reports.Wrap(text, max(d.w-indent-more, 8)) {
		start := end + max(strings.Index(text[end:], line), 0)
		end = start + len(line)
		from := min(max(part.from-start, 0), len(line))
		to := min(max(part.to-start, from), len(line))
		d.add(head + st.s(line[:from]) + (st + d.t.cursor).s(line[from:to]) + st.s(line[to:]))
		head = spaces(indent + more)
	}
}

func (d *detailWriter) labelled(label, sign string, st style, text string) {
	d.hang(labelWidth, d.head(label, sign), st, text)
}

// head returns a label and a sign, of labelWidth cells, or more if the label
// would touch the sign.
func (d *detailWriter) head(label, sign string) string {
	gap := labelWidth - 2 - ansi.StringWidth(label)
	if label != "" {
		gap = max(gap, 1)
	}
	return d.t.muted.s(label) + spaces(gap) + sign + " "
}

// details adds details of package reports, each label once for its neighbours.
func (d *detailWriter) details(list []reports.Detail) {
	last := ""
	for i, x := range list {
		label := x.Label
		if label == last {
			label = ""
		}
		last = x.Label
		d.detail(label, x, differing(list, i))
	}
}

// detail adds one detail of package reports, with a part of it set apart, and
// its note after it, or below it if there is no room.
func (d *detailWriter) detail(label string, x reports.Detail, part stretch) {
	sign, st := x.Mark.Sign(), style("")
	switch x.Mark {
	case reports.MarkRemoved:
		sign, st = d.t.removed.s("-"), d.t.removed
	case reports.MarkAdded:
		sign, st = d.t.added.s("+"), d.t.added
	case reports.MarkGood:
		sign = d.t.pass.s("✓")
	case reports.MarkBad:
		sign, st = d.t.fail.s("✗"), d.t.fail
	}
	switch x.Role {
	case reports.RoleCause, reports.RoleAdvice:
		sign = "•"
	case reports.RoleRepeat:
		st = d.t.accent
	}
	d.hangMarked(labelWidth, d.head(label, sign), st, x.Text, part)
	if x.Note == "" {
		return
	}
	last := len(d.lines) - 1
	if ansi.StringWidth(d.lines[last])+3+ansi.StringWidth(x.Note) <= d.w {
		d.lines[last] += "   " + d.t.muted.s(x.Note)
	} else {
		d.hang(labelWidth, "", d.t.muted, x.Note)
	}
}
