package tui

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

// view draws the screen as h lines of w cells.
func (l *tokenLab) view(f *frame, w, h int) []string {
	if l.report == nil {
		return f.theme.box(pane{title: "token", lines: l.welcome(f, w-4), focus: true}, w, h)
	}
	if f.zoom {
		if l.focus == paneToken {
			return l.viewToken(f, w, h)
		}
		return l.viewSecond(f, w, h)
	}
	if f.lay == layoutWide {
		left := w / 2
		return beside(l.viewToken(f, left, h), l.viewSecond(f, w-left, h))
	}
	top := max(h*2/5, 4)
	return append(l.viewToken(f, w, top), l.viewSecond(f, w, h-top)...)
}

func (l *tokenLab) welcome(f *frame, w int) []string {
	d := &detailWriter{t: f.theme, w: w}
	d.blank()
	if l.busy {
		d.text(f.theme.accent, "Asking the mock environment.")
		return indent(d.lines)
	}
	d.text("", "Looks into one ID Token and says, check by check, what a verifier thinks of it.")
	d.blank()
	d.keys("paste", "explains a token of yours; it stays in memory and is sent nowhere")
	d.keys("n", "makes a good token of the mock environment, which m changes")
	return indent(d.lines)
}

// viewToken shows what is in the token, and what was changed.
func (l *tokenLab) viewToken(f *frame, w, h int) []string {
	d := &detailWriter{t: f.theme, w: w - paneEdge - 2}
	details := slices.DeleteFunc(slices.Clone(l.report.Token), func(x reports.Detail) bool {
		return x.Role == reports.RoleWire
	})
	if l.seek {
		l.seek = false
		if i := slices.IndexFunc(details, func(x reports.Detail) bool { return x.Mark != reports.MarkNone }); i > 0 {
			before := *d
			before.details(details[:i])
			l.at[paneToken].offset = len(before.lines) - 1
		}
	}
	d.details(details)
	p := pane{title: "token", focus: l.focus == paneToken, note: reports.FormatCount(uint64(len(l.token))) + " bytes"}
	switch {
	case l.pasted:
		p.foot = f.theme.muted.s("pasted; it is kept nowhere")
	case l.changes != "":
		p.foot = f.theme.accent.s(cut(reports.Escape("assay forge "+l.changes), w-8))
	default:
		p.foot = f.theme.muted.s("as the mock environment issues it")
	}
	l.scroll(paneToken, &p, indent(d.lines), h-paneHead-1)
	return f.theme.box(p, w, h)
}

// scroll puts the lines that are in view into a pane of h rows.
func (l *tokenLab) scroll(which labPane, p *pane, lines []string, h int) {
	at := &l.at[which]
	at.height = h
	at.offset = p.scroll(lines, at.offset, h)
}

// viewSecond shows what is said about the token.
func (l *tokenLab) viewSecond(f *frame, w, h int) []string {
	if l.focus == paneOpinions {
		return l.viewOpinions(f, w, h)
	}
	return l.viewVerdict(f, w, h)
}

// viewVerdict shows the verdict, the steps and what to do.
func (l *tokenLab) viewVerdict(f *frame, w, h int) []string {
	x := l.report.Diagnosis
	d := &detailWriter{t: f.theme, w: w - paneEdge - 2}
	steps(d, f.theme, x.Steps)
	d.blank()
	d.details(x.Details())
	verdict, st, _ := l.verdict(f)
	p := pane{title: st.s(verdict), focus: l.focus == paneVerdict, note: f.theme.muted.s("against " + counterpart(l.itself))}
	l.scroll(paneVerdict, &p, indent(d.lines), h-paneHead)
	return f.theme.box(p, w, h)
}

// steps draws every check as its name with a sign, and the notes of those that
// failed below.
func steps(d *detailWriter, t *theme, all []reports.DiagnosisStep) {
	line, used := "", 0
	for _, s := range all {
		sign, st := "·", t.muted
		switch s.Verdict {
		case reports.VerdictPass:
			sign, st = "✓", t.pass
		case reports.VerdictFail:
			sign, st = "✗", t.fail
		}
		text := sign + " " + reports.Escape(s.Check)
		n := ansi.StringWidth(text) + 2
		if used > 0 && used+n > d.w {
			d.add(strings.TrimRight(line, " "))
			line, used = "", 0
		}
		line += st.s(text) + "  "
		used += n
	}
	d.add(line)
	for _, s := range all {
		if s.Verdict == reports.VerdictFail && s.Note != "" {
			d.blank()
			d.labelled(reports.Escape(s.Check), t.fail.s("✗"), "", reports.Escape(s.Note))
		}
	}
}

// verdict returns the verdict in words, and the styles of it as text and as a
// badge.
func (l *tokenLab) verdict(f *frame) (text string, st, badge style) {
	x, t := l.report.Diagnosis, f.theme
	switch x.Verdict {
	case reports.VerdictAccept:
		return "✓ accepted", t.pass, t.badgePass
	case reports.VerdictReject:
		return "✗ refused " + reports.Escape(x.Code), t.fail, t.badgeFail
	default:
		return "nothing wrong, signature not checked", t.warn, t.badgeWarn
	}
}

// counterpart names what a token is compared with.
func counterpart(itself bool) string {
	if itself {
		return "itself"
	}
	return "the mock environment"
}

// status returns the verdict for the tab row.
func (l *tokenLab) status(f *frame, _ int) string {
	switch {
	case l.busy:
		return f.theme.accent.s("examining")
	case l.report == nil:
		return f.theme.muted.s("no token yet")
	default:
		text, _, badge := l.verdict(f)
		return badge.s(" " + text + " ")
	}
}
