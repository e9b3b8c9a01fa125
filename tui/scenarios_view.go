package tui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

// view draws the screen as h lines of w cells.
func (s *scenarios) view(f *frame, w, h int) []string {
	switch {
	case f.lay == layoutNarrow || f.zoom:
		if s.inDetail {
			return s.viewDetail(f, w, h)
		}
		return s.viewList(f, w, h)
	case f.lay == layoutWide && (w >= roomyWidth || h < tallHeight):
		left := f.divide(w, w/2)
		detail := s.viewDetail(f, w-left, h)
		divider := dividerZone(true, f.top, w)
		divider.x, divider.w, divider.h = -1, 2, h
		detail[0] = f.zones.mark(divider) + detail[0]
		return beside(s.viewList(f, left, h), detail)
	default:
		// The focused pane gets most of the room.
		top := h / 2
		if s.inDetail && h < tallHeight {
			top = max(h/4, 5)
		}
		top = f.divide(h, top)
		detail := s.viewDetail(f, w, h-top)
		divider := dividerZone(false, f.top, h)
		divider.w, divider.h = w, 1
		detail[0] = f.zones.mark(divider) + detail[0]
		return append(s.viewList(f, w, top), detail...)
	}
}

func (s *scenarios) viewList(f *frame, w, h int) []string {
	shown := 0
	for _, e := range s.entries {
		if e.row != nil {
			shown++
		}
	}
	p := pane{title: "scenarios", focus: !s.inDetail}
	if words := s.arrangement(); words != "" {
		p.title += " " + f.theme.muted.s(words)
	}
	p.note = reports.FormatNoun(s.tally.total, "scenario")
	if s.filter.active() {
		shown = len(s.shown())
		p.title += " " + f.theme.prompt.s("/"+reports.Escape(s.filter.text))
		p.note = fmt.Sprintf("%d of %d", shown, s.tally.total)
	}
	if s.filter.err != "" {
		p.note = f.theme.warn.s(s.filter.err)
	}
	s.height = h - paneHead
	s.offset = follow(s.offset, s.cursor, len(s.entries), s.height)
	idWidth := s.idWidth(w - paneEdge)
	marked := len(s.marked())
	for i := s.offset; i < min(s.offset+s.height, len(s.entries)); i++ {
		p.lines = append(p.lines, s.line(f, i, w-paneEdge, idWidth, marked > 0))
	}
	if len(s.entries) == 0 {
		text := "No scenario matches. esc clears the filter."
		if s.loading {
			text = "Loading the catalogue."
		}
		p.lines = []string{"", " " + f.theme.muted.s(text)}
	}
	p.offset, p.total = s.offset, len(s.entries)
	if marked > 0 {
		p.note = f.theme.accent.s(fmt.Sprintf("%d marked", marked)) + " of " + p.note
	}
	return f.box(p, w, h, zone{click: s.clickList, wheel: s.scrollList})
}

// clickList selects a line, or opens the one that is selected.
func (s *scenarios) clickList(_ *app, _, y int) tea.Cmd {
	s.inDetail = false
	at := s.offset + y - paneHead
	switch {
	case y < paneHead || at >= len(s.entries):
	case at == s.cursor && !s.watching:
		s.open()
	default:
		s.moveTo(at)
	}
	return nil
}

// scrollList scrolls the list and keeps the cursor on the screen.
func (s *scenarios) scrollList(_ *app, lines int) {
	const around = 2 // as follow keeps
	s.offset = max(min(s.offset+lines, len(s.entries)-s.height), 0)
	if at := max(min(s.cursor, s.offset+s.height-1-around), s.offset+around); at != s.cursor {
		s.moveTo(max(min(at, len(s.entries)-1), 0))
	}
}

// arrangement says how the list is sorted and grouped, unless it is as in the
// catalogue.
func (l *caseList) arrangement() string {
	var words []string
	if l.order.compare != nil {
		words = append(words, l.order.name)
	}
	if by := l.grouping.name; by != groupings()[0].name {
		words = append(words, "by "+by)
	}
	return strings.Join(words, ", ")
}

// idWidth returns the width of the ID column: it has room for all of the IDs
// shown but the longest fiftieth, which would take it from every title, and is
// at most two fifths of the line.
func (s *scenarios) idWidth(w int) int {
	const least, most = 8, 64
	var counts [most + 1]int
	over := 0
	for _, e := range s.entries {
		if e.row != nil {
			counts[min(max(len(e.row.scenario.ID), least), most)]++
			over++
		}
	}
	width, allowed := least, over/50
	for over -= counts[least]; over > allowed && width < most; over -= counts[width] {
		width++
	}
	return min(width, w*2/5)
}

// line draws line i of the list. With marking set there is a column for marks.
func (s *scenarios) line(f *frame, i, w, idWidth int, marking bool) string {
	e := s.entries[i]
	var parts []span
	if e.row == nil {
		parts = s.groupLine(f.theme, e.group, w)
	} else {
		switch {
		case s.isMarked(i):
			parts = []span{{"• ", f.theme.accent}}
		case marking:
			parts = []span{{"  ", ""}}
		}
		parts = append(parts, s.rowLine(f, e.row, w-2*len(parts), idWidth)...)
	}
	return f.theme.selectable(parts, i == s.cursor, !s.inDetail, w)
}

func (s *scenarios) groupLine(t *theme, group string, w int) []span {
	n := s.tallyOf(group)
	mark := "▾ "
	if s.folded[group] {
		mark = "▸ "
	}
	left := span{mark + reports.Escape(group), t.title}
	right := span{fmt.Sprintf("%d/%d", n.judged, n.total), t.muted}
	bad := span{"", t.fail}
	if n.bad > 0 {
		bad.text = fmt.Sprintf("✗ %d   ", n.bad)
	}
	gap := w - 3 - ansi.StringWidth(left.text) - ansi.StringWidth(right.text) - ansi.StringWidth(bad.text)
	return []span{left, {spaces(gap), ""}, bad, right}
}

func (s *scenarios) rowLine(f *frame, r *row, w, idWidth int) []span {
	glyph, word, st := f.state(r)
	var parts []span
	if s.difference != nil {
		parts = append(parts, f.before(r))
	}
	parts = append(parts, span{glyph + " ", st})
	if w >= wordWidth {
		parts = append(parts, span{fmt.Sprintf("%-5s ", word), st})
	}
	id := cut(reports.Escape(r.scenario.ID), idWidth)
	id += spaces(idWidth-ansi.StringWidth(id)) + "  "
	parts = append(parts, s.filter.marks(f.theme, id, r.texts["id"], "")...)
	used := 3
	for _, p := range parts {
		used += ansi.StringWidth(p.text)
	}
	took := f.took(r)
	if w < timeWidth && !r.running() {
		took = "" // the title needs the room
	}
	room := w - used - ansi.StringWidth(took)
	title := cut(reports.Escape(r.scenario.Title), room)
	title += spaces(room - ansi.StringWidth(title))
	parts = append(parts, s.filter.marks(f.theme, title, r.texts["title"], f.theme.muted)...)
	return append(parts, span{took, f.theme.muted})
}

// before draws the outcome in the run that the results are compared with, if
// that was another one.
func (f *frame) before(r *row) span {
	if r.change == "" {
		return span{"  ", ""}
	}
	glyph, _, st := f.theme.outcome(reports.Outcome(r.before))
	if !slices.Contains(reports.Outcomes(), reports.Outcome(r.before)) {
		glyph, st = "·", f.theme.muted
	}
	return span{glyph + "→", st}
}

// wordWidth is the width of a list that has room for the word of a state next
// to its glyph. In a narrower one the title needs it.
const wordWidth = 64

// timeWidth is the width of a list that has room for the time of each case.
const timeWidth = 56

// took returns how long a row has been running or took, with a space before
// it, or the empty string.
func (f *frame) took(r *row) string {
	const width = 9
	text := ""
	switch {
	case r.running():
		text = reports.FormatElapsed(max(f.now.Sub(r.began), 0))
	case !r.waiting && r.result != nil && r.result.DurationMillis > 0:
		text = reports.FormatMillis(r.result.DurationMillis)
	default:
		return ""
	}
	return spaces(max(width-ansi.StringWidth(text), 1)) + text
}

// state returns the glyph, word and style of a row.
func (f *frame) state(r *row) (glyph, word string, st style) {
	switch {
	case r.running():
		return f.spinner(), "run", f.theme.accent
	case r.waiting:
		return "○", "wait", f.theme.muted
	case r.result == nil:
		return "·", "", f.theme.muted
	default:
		return f.theme.outcome(r.result.Outcome)
	}
}

// status returns the verdict on the run and its counts for the tab row: in words
// if they fit into room cells, otherwise as glyphs. Failures come first, because
// the caller cuts the end.
func (s *scenarios) status(f *frame, room int) string {
	t := f.theme
	if s.header == nil && s.tally.waiting == 0 {
		return t.muted.s("not run yet")
	}
	c := s.tally.counts
	parts := []struct {
		glyph, word string
		n           int
		st          style
	}{
		{"✗", "fail", c[reports.OutcomeFail] + c[reports.OutcomeCrash] + c[reports.OutcomeHang] + c[reports.OutcomeFixed], t.fail},
		{"!", "error", c[reports.OutcomeError] + c[reports.OutcomeAdapter] + c[reports.OutcomeInvalid], t.warn},
		{"✓", "pass", c[reports.OutcomePass], t.pass},
		{"–", "skip", c[reports.OutcomeSkip], t.muted},
		{"≈", "known", c[reports.OutcomeKnown], t.muted},
		{"○", "wait", s.tally.waiting, t.accent},
	}
	badge, ending := s.badge(f), s.ending(t)
	room -= ansi.StringWidth(ending)
	line := func(words bool) (text string) {
		for _, p := range parts {
			if p.n == 0 {
				continue
			}
			if text != "" {
				text += "  "
			}
			part := p.glyph + " " + strconv.Itoa(p.n)
			if words {
				part += " " + p.word
			}
			text += p.st.s(part)
		}
		return text
	}
	for _, text := range []string{badge + "  " + line(true), badge + " " + line(false)} {
		if ansi.StringWidth(text) <= room {
			return text + ending
		}
	}
	return line(false) + ending
}

// badge returns the verdict on what has been run as one word.
func (s *scenarios) badge(f *frame) string {
	c := s.tally.counts
	failed := s.tally.bad - c[reports.OutcomeError] - c[reports.OutcomeAdapter] - c[reports.OutcomeInvalid]
	switch {
	case f.course != nil:
		return f.theme.badgeLive.s(" RUNNING ")
	case failed > 0:
		return f.theme.badgeFail.s(" FAILED ")
	case s.stopped:
		return f.theme.badgeWarn.s(" STOPPED ")
	case s.tally.bad > 0:
		return f.theme.badgeWarn.s(" NOT JUDGED ")
	default:
		return f.theme.badgePass.s(" PASSED ")
	}
}

// shares returns how the results are divided, for a bar of outcomes.
func (s *scenarios) shares(t *theme) []share {
	c := s.tally.counts
	doubtful := c[reports.OutcomeError] + c[reports.OutcomeAdapter] + c[reports.OutcomeInvalid]
	return []share{
		{s.tally.bad - doubtful, '▆', t.fail}, {doubtful, '▅', t.warn},
		{c[reports.OutcomePass], '━', t.pass}, {c[reports.OutcomeSkip] + c[reports.OutcomeKnown], '╌', t.muted},
	}
}

// ending says how long the latest run took, whether it was stopped, and how it
// differs from the one that it is compared with.
func (s *scenarios) ending(t *theme) string {
	text := ""
	// The counts are of the latest result of each case.
	if n := s.tally.latest; n < s.tally.judged {
		text = "  " + t.muted.s(fmt.Sprintf("latest run: %d of %d", n, s.tally.judged))
	}
	switch took := reports.FormatElapsed(s.took); {
	case s.took == 0:
	case s.stopped:
		text += "  " + t.warn.s("stopped after "+took)
	default:
		text += "  " + t.muted.s("in "+took)
	}
	if d := s.difference; d != nil {
		worse, better := d.Count(reports.ChangeWorse), d.Count(reports.ChangeBetter)
		st := t.muted
		if worse > 0 {
			st = t.fail
		}
		text += "  " + st.s(fmt.Sprintf("%d worse", worse)) + t.muted.s(fmt.Sprintf(", %d better", better))
	}
	return text
}

// hints returns the hints for the last row.
func (s *scenarios) hints(mine bool) []hint {
	all := "run all"
	if s.filter.active() {
		all = "run these " + strconv.Itoa(len(s.shown()))
	}
	this := "run this"
	if e, ok := s.selected(); ok && e.row == nil {
		this = "run the group"
	}
	if n := len(s.marked()); n > 0 {
		this = fmt.Sprintf("run %d marked", n)
	}
	var h []hint
	switch {
	case mine:
		h = append(h, hint{actStop, "stop"})
	case s.inDetail:
		h = append(h, hint{actBack, "back"}, hint{actCopy, "copy"}, hint{actToken, "token"},
			hint{actRunSelected, this})
	default:
		h = append(h, hint{actRunShown, all}, hint{actRunSelected, this})
	}
	if s.tally.bad > 0 {
		if !mine {
			h = append(h, hint{actRunFailed, s.rerunHint()})
		}
		h = append(h, hint{actNextBad, "next failure"})
	}
	if !s.inDetail {
		h = append(h, hint{actOpen, "open"}, hint{actFilter, "filter"})
	}
	return h
}

// rerunHint says how many failures would run again, and of how many if the
// filter hides some.
func (s *scenarios) rerunHint() string {
	n := len(s.failed())
	if n < s.tally.bad {
		return fmt.Sprintf("rerun %d of %d failed", n, s.tally.bad)
	}
	return fmt.Sprintf("rerun %d failed", n)
}

// follow returns the offset of a list at which the cursor is visible, with a
// few lines around it if there is room.
func follow(offset, cursor, n, h int) int {
	around := min(2, max(h-1, 0)/2)
	offset = min(offset, cursor-around)
	offset = max(offset, cursor-h+1+around)
	return max(min(offset, n-h), 0)
}
