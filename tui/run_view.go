package tui

import (
	"cmp"
	"slices"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

// viewRun shows what the run does now and what it has found: what is running,
// what failed, and what took longest. It follows the run until the user moves.
func (s *scenarios) viewRun(f *frame, w, h int) []string {
	p := pane{title: "latest run"}
	if f.course != nil {
		p.title = "run in progress"
	}
	if f.course != nil && len(f.course.Running()) > 0 {
		p.lines = append(p.lines, s.runningLines(f, w-paneEdge, max((h-3)/2, 1))...)
	}
	room := h - paneHead - len(p.lines)
	failed := s.sorted(func(r *row) bool { return r.bad() })
	if len(failed) > 0 {
		// The slowest are shown only if all failures are.
		lines := s.failedLines(f, failed, w-paneEdge, room)
		p.lines = append(p.lines, lines...)
		room -= len(lines)
	}
	if room >= 3 {
		p.lines = append(p.lines, s.slowestLines(f, w-paneEdge, min(room, 12))...)
	}
	return f.theme.box(p, w, h)
}

// sorted returns the rows that keep picks, the slowest first.
func (s *scenarios) sorted(keep func(*row) bool) []*row {
	var rows []*row
	for _, r := range s.rows {
		if keep(r) {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b *row) int {
		return cmp.Compare(b.result.DurationMillis, a.result.DurationMillis)
	})
	return rows
}

// runningLines lists the cases that run, the oldest first, in at most n lines.
func (s *scenarios) runningLines(f *frame, w, n int) []string {
	running := f.course.Running()
	lines := []string{f.heading("running", len(running))}
	for _, x := range running[:min(len(running), n-1)] {
		lines = append(lines, s.caseLine(f, s.byID[x.ID], f.theme.accent.s(f.spinner()),
			reports.FormatElapsed(max(f.now.Sub(x.Since), 0)), w))
	}
	return lines
}

// failedLines lists failures in at most n lines, and says how many are left
// out.
func (s *scenarios) failedLines(f *frame, failed []*row, w, n int) []string {
	lines := []string{f.heading("failed", len(failed))}
	for i, r := range failed {
		if len(lines) == n-1 && i < len(failed)-1 {
			return append(lines, f.theme.muted.s("   "+reports.FormatNoun(len(failed)-i, "more failure")+", n goes to the next"))
		}
		glyph, _, st := f.theme.outcome(r.result.Outcome)
		lines = append(lines, s.caseLine(f, r, st.s(glyph), f.took(r), w))
	}
	return lines
}

// slowestLines lists the cases that took longest in at most n lines.
func (s *scenarios) slowestLines(f *frame, w, n int) []string {
	judged := s.sorted(func(r *row) bool {
		return r.result != nil && !r.waiting && r.result.DurationMillis >= float64(noticeable.Milliseconds())
	})
	if len(judged) == 0 {
		return nil
	}
	lines := []string{f.heading("slowest", 0)}
	for _, r := range judged[:min(len(judged), n-1)] {
		glyph, _, st := f.theme.outcome(r.result.Outcome)
		lines = append(lines, s.caseLine(f, r, st.s(glyph), f.took(r), w))
	}
	return lines
}

// noticeable is the shortest time that makes a case one of the slowest.
const noticeable = 10 * time.Millisecond

// heading draws the title of a part of the pane, with a count unless it is 0.
func (f *frame) heading(title string, n int) string {
	line := " " + f.theme.title.s(title)
	if n > 0 {
		line += " " + f.theme.muted.s(reports.FormatCount(uint64(n)))
	}
	return line
}

// caseLine draws a case with its time at the right.
func (s *scenarios) caseLine(f *frame, r *row, glyph, took string, w int) string {
	if r == nil {
		return ""
	}
	idWidth := s.idWidth(w)
	left := "  " + glyph + " " + fitLine(cut(reports.Escape(r.scenario.ID), idWidth), idWidth) + "  "
	took += " "
	title := cut(reports.Escape(r.scenario.Title), w-ansi.StringWidth(left)-ansi.StringWidth(took)-1)
	return ends(left+f.theme.muted.s(title), f.theme.muted.s(took), w)
}
