package tui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// tokenLab is the Token screen: one ID Token, forged or pasted, what is in it,
// and what a verifier says about it, step by step. A pasted token is kept in
// memory only.
type tokenLab struct {
	quiet

	token   string
	pasted  bool
	changes string // how a forged token was changed, as flags of assay forge
	history []string
	itself  bool // compare with what the token claims itself

	report *TokenReport
	busy   bool
	asked  int // the number of the latest question, so that old answers are dropped

	opinions []Opinion // nil until they are asked for
	asking   bool

	focus labPane
	at    [numLabPanes]struct{ offset, height int }
	seek  bool // put the first change in view
}

// labPane is one of the panes of the Token screen. The one with the focus
// scrolls, and fills the screen when it is zoomed.
type labPane int

const (
	paneVerdict labPane = iota
	paneToken
	paneOpinions // instead of the verdict
	numLabPanes
)

func (l *tokenLab) name() string { return "Token" }

func (l *tokenLab) bindings() []binding {
	return append([]binding{
		bind(actFresh, "n", "a fresh ID Token of the mock environment", "n"),
		bind(actForge, "m", "change the token: choose, or type flags of assay forge", "m"),
		bind(actExport, "s", "save the change as a scenario", "s"),
		bind(actUndo, "u", "take the last change back", "u"),
		bind(actItself, "v", "compare with the environment, or the token itself", "v"),
		bind(actCopy, "y", "copy the token", "y"),
		bind(actCommand, "c", "copy the command that forges it", "c"),
		bind(actCurl, "Y", "copy a curl command that sends $ID_TOKEN", "Y"),
		bind(actOther, "tab", "scroll the verdict, the token, other implementations", "tab", "shift+tab"),
	}, movement()...)
}

// hints offers only what does something now: a pasted token cannot be signed
// again, and leaves the program by no key.
func (l *tokenLab) hints(bool) []hint {
	h := []hint{{actFresh, "fresh token"}}
	if l.report == nil {
		return h
	}
	change := hint{actForge, "change it"}
	if l.pasted {
		change.does = "change a fresh one"
	}
	h = append(h, change)
	if len(l.history) > 0 {
		h = append(h, hint{actUndo, "undo"})
	}
	h = append(h, hint{actOther, l.nextPane()}, hint{actItself, "compare with " + counterpart(!l.itself)})
	if l.pasted {
		return append(h, hint{actCurl, "curl"})
	}
	return append(h, hint{actExport, "save"}, hint{actCopy, "copy"}, hint{actCommand, "command"})
}

// nextPane names the pane that gets the focus next.
func (l *tokenLab) nextPane() string {
	return [numLabPanes]string{paneVerdict: "token", paneToken: "implementations", paneOpinions: "verdict"}[l.focus]
}

// clip returns the token if it was forged: a pasted one stays here.
func (l *tokenLab) clip() (text, what string) {
	if l.pasted {
		return "", ""
	}
	return l.token, "the token"
}

func (l *tokenLab) do(a *app, act action) tea.Cmd {
	switch act {
	case actFresh:
		l.history = nil
		return l.forge(a, "")
	case actForge:
		l.chooseChange(a)
	case actUndo:
		n := len(l.history)
		if n == 0 {
			return a.toast("nothing to undo", true)
		}
		changes := l.history[n-1]
		l.history = l.history[:n-1]
		return l.forge(a, changes)
	case actItself:
		l.itself = !l.itself
		return l.examine(a)
	case actCommand, actCurl:
		return l.copyCommand(a, act)
	case actUp, actDown, actPageUp, actPageDown, actTop, actBottom:
		at := &l.at[l.focus]
		at.offset = scroll(act, at.offset, at.height)
	case actOther:
		l.focus = (l.focus + 1) % numLabPanes
		return l.ask(a)
	case actExport:
		return l.save(a)
	}
	return nil
}

func (l *tokenLab) copyCommand(a *app, act action) tea.Cmd {
	text, what := `curl -sS -H "Authorization: Bearer $ID_TOKEN" http://127.0.0.1:8081/verify`, "a curl command"
	switch {
	case act == actCurl:
	case l.token == "" || l.pasted:
		return a.toast("only a token of the mock environment has a command", true)
	default:
		text, what = "assay forge", "the command"
		if l.changes != "" {
			text += " " + l.changes
		}
	}
	return tea.Batch(tea.SetClipboard(text), a.toast("copied "+what, false))
}

// chooseChange opens the list of ready-made changes, in which flags can be
// typed too. A change is added to those that were made before.
func (l *tokenLab) chooseChange(a *app) {
	pick := func(flags, title string) choice {
		return choice{name: reports.Escape(title), help: reports.Escape(flags), pick: func(a *app) tea.Cmd {
			changes := flags
			if l.changes != "" && !l.pasted {
				changes = l.changes + " " + flags
			}
			l.history = append(l.history, l.changes)
			return l.forge(a, changes)
		}}
	}
	c := &chooser{title: "change the token"}
	if l.pasted {
		c.title = "change a fresh token: a pasted one cannot be signed again"
	}
	c.other = func(text string) choice { return pick(text, "flags of assay forge") }
	for _, x := range a.engine.Changes() {
		c.choices = append(c.choices, pick(x.Flags, x.Title))
	}
	a.overlay = c
}

// forge asks for a token of the mock environment.
func (l *tokenLab) forge(a *app, changes string) tea.Cmd {
	l.asked++
	l.busy = true
	id, engine, ctx, itself := l.asked, a.engine, a.ctx, l.itself
	return func() tea.Msg {
		token, err := engine.Forge(ctx, changes)
		msg := examinedMsg{id: id, token: token, changes: changes, err: err}
		if err == nil {
			msg.report, msg.err = engine.Examine(ctx, token, itself)
		}
		return msg
	}
}

// paste takes a token from the terminal.
func (l *tokenLab) paste(a *app, text string) tea.Cmd {
	l.token, l.pasted, l.changes, l.history = text, true, "", nil
	return l.examine(a)
}

// examine asks what is in the token and what is wrong with it.
func (l *tokenLab) examine(a *app) tea.Cmd {
	if l.token == "" {
		return nil
	}
	l.asked++
	l.busy = true
	msg := examinedMsg{id: l.asked, token: l.token, changes: l.changes, pasted: l.pasted}
	return examine(a.ctx, a.engine, msg, l.itself)
}

func examine(ctx context.Context, e Engine, msg examinedMsg, itself bool) tea.Cmd {
	return func() tea.Msg {
		msg.report, msg.err = e.Examine(ctx, msg.token, itself)
		return msg
	}
}

// examined shows an answer, unless a later question has been asked.
func (l *tokenLab) examined(a *app, msg examinedMsg) tea.Cmd {
	if msg.id != l.asked {
		return nil
	}
	l.busy = false
	if msg.err != nil {
		if n := len(l.history); n > 0 && !msg.pasted {
			l.history = l.history[:n-1] // the change was not made
		}
		a.showError("no token", msg.err)
		return nil
	}
	l.token, l.changes, l.pasted = msg.token, msg.changes, msg.pasted
	l.report = msg.report
	for i := range l.at {
		l.at[i].offset = 0
	}
	l.seek = true
	l.opinions = nil
	return l.ask(a)
}
