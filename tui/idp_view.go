package tui

import (
	"fmt"
	"strconv"

	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

// view draws the screen as h lines of w cells.
func (s *idpScreen) view(f *frame, w, h int) []string {
	if !s.have {
		text := "There is no mock environment to show."
		if s.starting || f.hasIdP {
			text = "Starting the mock environment and making its keys."
		}
		return f.theme.box(pane{
			title: "mock environment", focus: true,
			lines: []string{"", " " + f.theme.muted.s(text)},
		},
			w, h)
	}
	if f.zoom {
		return s.viewBelow(f, w, h)
	}
	top := min(max(len(s.snapshot.Keys)+len(s.snapshot.Decoys), 1)+paneHead+2, max(h/2, 4))
	if f.lay == layoutWide {
		left := w * 3 / 5
		above := beside(s.viewKeys(f, left, top), s.viewFaults(f, w-left, top))
		if rotated := len(s.snapshot.Keys); rotated > 1 && h >= 30 && s.below != paneRotations {
			above = append(above, s.viewRotations(f, w, min(rotated, 4)+paneHead+2)...)
		}
		return append(above, s.viewBelow(f, w, h-len(above))...)
	}
	lines := s.viewKeys(f, w, top)
	if n := len(s.snapshot.Faults); n > 0 && h-top > 8 {
		faults := s.viewFaults(f, w, min(n+2, 5))
		lines = append(lines, faults...)
	}
	return append(lines, s.viewBelow(f, w, h-len(lines))...)
}

// viewBelow draws the pane that the user has chosen.
func (s *idpScreen) viewBelow(f *frame, w, h int) []string {
	switch s.below {
	case paneClients:
		return s.viewClients(f, w, h)
	case paneRotations:
		return s.viewRotations(f, w, h)
	case paneKeys:
		return s.viewAllKeys(f, w, h)
	default:
		return s.viewLog(f, w, h)
	}
}

func (s *idpScreen) viewFaults(f *frame, w, h int) []string {
	p := pane{title: "faults"}
	for _, fault := range s.snapshot.Faults {
		p.lines = append(p.lines, " "+f.theme.warn.s("! ")+cut(reports.Escape(fault), w-paneEdge-3))
	}
	if len(p.lines) == 0 {
		p.lines = []string{" " + f.theme.muted.s("none")}
	}
	return f.theme.box(p, w, h)
}

func (s *idpScreen) viewLog(f *frame, w, h int) []string {
	matching := s.matching()
	p := pane{title: "requests", focus: true}
	if s.filter != "" {
		p.title += " " + f.theme.prompt.s("/"+reports.Escape(s.filter))
	}
	follow := "follows the newest"
	if !s.follow {
		follow = "paused, F follows"
	}
	p.note = f.theme.muted.s(follow)
	p.foot = f.theme.muted.s(fmt.Sprintf("%d shown of %d, %s since the start",
		len(matching), len(s.snapshot.Requests), reports.FormatCount(s.snapshot.Total)))
	s.height = h - paneHead - 1
	end := s.last(matching) + 1
	current := s.current(matching)
	for n := max(end-s.height, 0); n < end; n++ {
		line := s.requestLine(f, s.snapshot.Requests[matching[n]], w-paneEdge-1)
		p.lines = append(p.lines, f.theme.mark(n == current)+line)
	}
	if len(matching) == 0 {
		p.lines = []string{
			"", " " + f.theme.muted.s("No request yet. Point a verifier at the issuer above."),
		}
		if s.filter != "" {
			p.lines = []string{
				"", " " + f.theme.muted.s("No request matches. esc clears the filter."),
			}
		}
	}
	return f.theme.box(p, w, h)
}

func (s *idpScreen) requestLine(f *frame, r IdPRequest, w int) string {
	st := style("")
	switch {
	case r.Status >= 500:
		st = f.theme.fail
	case r.Status >= 400 || r.Fault != "":
		st = f.theme.warn
	}
	line := f.theme.muted.s(r.At.Format("15:04:05.000")) + "  " +
		fitLine(reports.Escape(r.Method), 5) + st.s(fitLine(strconv.Itoa(r.Status), 4))
	if w < narrowWidth {
		line = f.theme.muted.s(r.At.Format("15:04:05")) + " " +
			st.s(fitLine(strconv.Itoa(r.Status), 4))
		return line + cut(reports.Escape(r.Path), w-ansi.StringWidth(line))
	}
	tail := ""
	if r.Fault != "" {
		tail = f.theme.warn.s("! fault " + reports.Escape(r.Fault))
	} else if r.UserAgent != "" {
		tail = f.theme.muted.s("by " + reports.Escape(r.UserAgent))
	}
	sizes := fmt.Sprintf("%9s %8s  ",
		reports.FormatBytes(r.Bytes), reports.FormatNanos(int64(r.Took)))
	room := w - ansi.StringWidth(line) - ansi.StringWidth(sizes)
	pathWidth := max(room*3/5, 12)
	return line + fitLine(cut(reports.Escape(r.Path), pathWidth), pathWidth) +
		f.theme.muted.s(sizes) + cut(tail, room-pathWidth)
}

// status returns the status of the environment for the tab row.
func (s *idpScreen) status(f *frame, _ int) string {
	if !s.have {
		return ""
	}
	text := f.theme.accent.s(reports.Escape(s.snapshot.URL))
	if n := len(s.snapshot.Faults); n > 0 {
		text += " · " + f.theme.warn.s("! "+reports.FormatNoun(n, "fault"))
	}
	return text
}

// mark returns the cell in front of a line, which shows whether the cursor is on
// it.
func (t *theme) mark(on bool) string {
	if on {
		return t.prompt.s(">")
	}
	return " "
}
