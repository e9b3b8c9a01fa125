package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// do performs an action. The keys and the palette both end here.
func (a *app) do(act action) tea.Cmd {
	switch act {
	case actScenarios:
		return a.show(screenScenarios)
	case actBenchScreen:
		return a.show(screenBench)
	case actIdP:
		return a.show(screenIdP)
	case actZoom:
		a.zoom = !a.zoom
	case actTheme:
		a.dark = !a.dark
		a.restyle()
	case actPalette:
		a.openPalette()
	case actHelp:
		a.overlay = &help{screen: a.screen}
	case actSuspend:
		return tea.Suspend
	case actQuit:
		return a.askToQuit()
	case actImplementation:
		a.chooseImplementation()
	case actCopy:
		return a.copy()
	case actFilter:
		a.openFilter()
	case actBack:
		if !a.zoom {
			return a.doOnScreen(act)
		}
		a.zoom = false
	default:
		return a.doOnScreen(act)
	}
	return nil
}

func (a *app) doOnScreen(act action) tea.Cmd {
	switch a.screen {
	case screenBench:
		if act == actBench {
			return a.measure()
		}
		a.bench.do(act)
	case screenIdP:
		if act == actRotate {
			return a.chooseRotation()
		}
		a.idpScreen.do(act)
	default:
		return a.doOnScenarios(act)
	}
	return nil
}

func (a *app) doOnScenarios(act action) tea.Cmd {
	switch act {
	case actRunShown:
		return a.run(a.scenarios.shown(), a.seed)
	case actRunSelected:
		return a.run(a.scenarios.chosen(), a.sameSeed())
	case actRunFailed:
		return a.run(a.scenarios.failed(), a.sameSeed())
	case actStop:
		return a.stop()
	}
	a.scenarios.do(act)
	return nil
}

// sameSeed returns the seed of the latest run, so that a rerun happens under
// the same conditions.
func (a *app) sameSeed() string {
	if h := a.scenarios.header; h != nil {
		return h.Seed
	}
	return a.seed
}

func (a *app) askToQuit() tea.Cmd {
	if a.live == nil {
		return tea.Quit
	}
	question := "A benchmark is in progress. Stop it and quit? What was measured is kept."
	if !a.live.bench {
		question = fmt.Sprintf("A run has judged %d of %s. Stop it and quit? The results so far are kept.",
			a.live.judged, reports.FormatNoun(a.live.planned, "case"))
	}
	a.overlay = &confirm{title: "quit", question: question, yes: (*app).quit}
	return nil
}

func (a *app) openPalette() {
	var choices []choice
	for _, b := range append(keysOf(a.screen), global()...) {
		if b.hidden {
			continue
		}
		choices = append(choices, choice{
			name: b.key.Help().Desc, help: b.key.Help().Key,
			pick: func(a *app) tea.Cmd { return a.do(b.act) },
		})
	}
	a.overlay = &chooser{title: "commands", choices: choices, input: &field{}}
}

func (a *app) chooseImplementation() {
	names := a.engine.Implementations()
	c := &chooser{title: "implementation under test"}
	for i, name := range names {
		mark := ""
		if name == a.implementation {
			mark, c.cursor = "selected", i
		}
		c.choices = append(c.choices, choice{
			name: reports.Escape(name), help: mark,
			pick: func(a *app) tea.Cmd { return a.use(name) },
		})
	}
	a.overlay = c
}

// use changes the implementation under test. It clears the results of the
// previous one, which would look like results of the new one.
func (a *app) use(name string) tea.Cmd {
	switch {
	case name == a.implementation:
		return nil
	case a.live != nil:
		return a.toast("a run is in progress: stop it first", true)
	}
	a.implementation = name
	a.scenarios.forget()
	a.bench.reset()
	return a.toast("now under test: "+reports.Escape(name), false)
}

func (a *app) chooseRotation() tea.Cmd {
	if a.idp == nil || !a.idpScreen.have {
		return a.toast("no mock environment", true)
	}
	c := &chooser{title: "rotate the signing key"}
	for _, mode := range a.idpScreen.snapshot.Modes {
		c.choices = append(c.choices, choice{
			name: reports.Escape(mode.Name), help: reports.Escape(mode.Title),
			pick: func(a *app) tea.Cmd { return rotate(a.idp, mode.Name) },
		})
	}
	a.overlay = c
	return nil
}

func (a *app) openFilter() {
	const help = "enter keeps, esc drops"
	switch a.screen {
	case screenIdP:
		a.prompt = newPrompt("/", help, a.idpScreen.filter, func(text string) {
			a.idpScreen.filter = text
		})
	case screenScenarios:
		a.prompt = newPrompt("/", "text !not @fail @must   "+help, a.scenarios.filter.text,
			a.scenarios.setFilter)
	}
}

// maxCopy is the length in bytes of the longest text that is copied:
// terminals silently drop longer ones.
const maxCopy = 74_994

// copy puts the repeat command, or the issuer URL, on the clipboard.
func (a *app) copy() tea.Cmd {
	text, what := "", ""
	if a.screen == screenIdP {
		text, what = a.idpScreen.snapshot.URL, "the issuer URL"
	} else if e, ok := a.scenarios.selected(); ok && e.row != nil && e.row.result != nil {
		text, what = e.row.result.Repeat, "the repeat command"
	}
	switch {
	case text == "":
		return a.toast("nothing to copy here", true)
	case len(text) > maxCopy:
		return a.toast("too long for the clipboard of a terminal", true)
	}
	return tea.Batch(tea.SetClipboard(text), a.toast("copied "+what, false))
}
