package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

// ask asks the implementations about the token while their answers are shown,
// once for each token.
func (l *tokenLab) ask(a *app) tea.Cmd {
	if l.focus != paneOpinions || l.report == nil || l.opinions != nil {
		return nil
	}
	l.asking = true
	ctx, engine, id := a.ctx, a.engine, l.asked
	token, pasted, implementation := l.token, l.pasted, a.implementation
	return func() tea.Msg {
		opinions, err := engine.Opinions(ctx, token, pasted, implementation)
		return opinionsMsg{id, opinions, err}
	}
}

// answered shows opinions, unless they are about an earlier token.
func (l *tokenLab) answered(a *app, msg opinionsMsg) tea.Cmd {
	if msg.id != l.asked {
		return nil
	}
	l.asking = false
	if msg.err != nil {
		a.showError("no implementation was asked", msg.err)
		return nil
	}
	l.opinions = msg.opinions
	return nil
}

// viewOpinions shows the verdicts of implementations side by side. What differs
// from the first verdict is marked.
func (l *tokenLab) viewOpinions(f *frame, w, h int) []string {
	p := pane{title: "implementations", focus: true, note: f.theme.muted.s("against the mock environment")}
	if l.opinions == nil {
		if l.asking {
			p.lines = []string{"", " " + f.theme.accent.s("Asking the implementations.")}
		}
		return f.theme.box(p, w, h)
	}
	name := len("implementation")
	for _, x := range l.opinions {
		name = max(name, ansi.StringWidth(reports.Escape(x.Implementation)))
	}
	name = min(name, w/2)
	var lines []string
	differ := 0
	for _, x := range l.opinions {
		mark, verdict, st := " ", "–", f.theme.muted
		switch x.Verdict {
		case "":
		case reports.VerdictAccept:
			verdict, st = "✓ accept", f.theme.pass
		default:
			verdict, st = "✗ "+x.Verdict, f.theme.fail
		}
		if x.Verdict != "" && x.Verdict != l.opinions[0].Verdict {
			mark = f.theme.warn.s("!")
			differ++
		}
		line := mark + fitLine(shorten(reports.Escape(x.Implementation), name), name) + "  " + st.s(fitLine(verdict, 9)) + " "
		lines = append(lines, line+cut(reports.Escape(x.Reason), w-paneEdge-ansi.StringWidth(line)))
	}
	p.foot = f.theme.muted.s("all that answer agree")
	if differ > 0 {
		verb := "differ"
		if differ == 1 {
			verb = "differs"
		}
		p.foot = f.theme.warn.s(fmt.Sprintf("! %d %s from %s", differ, verb, reports.Escape(l.opinions[0].Implementation)))
	}
	l.scroll(paneOpinions, &p, lines, h-paneHead-2)
	p.lines = append([]string{f.theme.muted.s(" " + fitLine("implementation", name) + "  " + fitLine("verdict", 9) + " reason")}, p.lines...)
	return f.theme.box(p, w, h)
}

// save writes a scenario that makes the change. A pasted token is not saved.
func (l *tokenLab) save(a *app) tea.Cmd {
	switch {
	case l.report == nil:
		return a.toast("no token yet: n makes one", true)
	case l.pasted:
		return a.toast("a pasted token is kept nowhere: change a fresh one with m", true)
	}
	engine, changes := a.engine, l.changes
	a.askFile("scenario", "mine.yaml", func(file string, replace bool) (string, error) {
		return engine.SaveChange(changes, file, replace)
	})
	return nil
}
