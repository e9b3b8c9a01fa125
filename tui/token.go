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

	offset, height int
}

func (l *tokenLab) name() string { return "Token" }

func (l *tokenLab) bindings() []binding {
	return append([]binding{
		bind(actFresh, "n", "a fresh ID Token of the mock environment", "n"),
		bind(actForge, "m", "change the token: choose, or type flags of assay forge", "m"),
		bind(actUndo, "u", "take the last change back", "u"),
		bind(actItself, "v", "compare with the environment, or the token itself", "v"),
		bind(actCopy, "y", "copy the token", "y"),
		bind(actCommand, "c", "copy the command that forges it", "c"),
		bind(actCurl, "Y", "copy a curl command that sends $ID_TOKEN", "Y"),
		move(actBack, "esc", "back", "esc"),
	}, movement()...)
}

func (l *tokenLab) hints(bool) []hint {
	h := []hint{{actFresh, "fresh token"}}
	if l.token == "" {
		return h
	}
	h = append(h, hint{actForge, "change it"})
	if len(l.history) > 0 {
		h = append(h, hint{actUndo, "undo"})
	}
	return append(h, hint{actItself, "compare with"}, hint{actCopy, "copy"}, hint{actCommand, "command"})
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
		l.offset = scroll(act, l.offset, l.height)
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
	l.report, l.offset = msg.report, 0
	return nil
}
