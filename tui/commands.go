package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// do performs an action. The keys and the palette both end here.
func (a *app) do(act action) tea.Cmd {
	switch act {
	case actZoom:
		a.zoom = !a.zoom
	case actTheme:
		return a.restyleAs(a.look.next())
	case actMouse:
		return a.toggleMouse()
	case actSmaller:
		return a.moveDivider(-1)
	case actLarger:
		return a.moveDivider(1)
	case actPalette:
		return a.openPalette("")
	case actHelp:
		a.overlay = &help{screen: a.screen.name(), keys: a.bindings()}
	case actSuspend:
		return tea.Suspend
	case actQuit:
		return a.askToQuit()
	case actImplementation:
		a.chooseImplementation()
	case actCopy:
		return a.copy()
	case actFilter:
		if a.prompt = a.screen.search(); a.prompt != nil {
			a.prompt.past.lines = a.entered[a.screen.name()]
		}
	case actBack:
		if !a.zoom {
			return a.screen.do(a, act)
		}
		a.zoom = false
	default:
		if act >= actTab {
			return a.show(a.screens[act-actTab])
		}
		return a.screen.do(a, act)
	}
	return nil
}

// sameSeed returns the seed that the user chose, otherwise that of the latest
// run, so that a rerun happens under the same conditions.
func (a *app) sameSeed() string {
	if h := a.scenarios.header; h != nil && a.seed == "" {
		return h.Seed
	}
	return a.seed
}

func (a *app) askToQuit() tea.Cmd {
	if a.live == nil {
		return tea.Quit
	}
	question := "A measurement is in progress. Stop it and quit? What was measured is kept."
	if a.live.on == runner(a.scenarios) {
		question = fmt.Sprintf("A run has judged %d of %s. Stop it and quit? The results so far are kept.",
			a.live.course.Judged, reports.FormatNoun(a.live.course.Planned, "case"))
	}
	a.overlay = &confirm{title: "quit", question: question, yes: (*app).quit}
	return nil
}

func (a *app) chooseImplementation() {
	pick := func(name, title string) choice {
		return choice{
			name: reports.Escape(name), help: reports.Escape(title),
			pick: func(a *app) tea.Cmd { return a.use(name) },
		}
	}
	c := &chooser{title: "implementation under test"}
	c.other = func(text string) choice { return pick(text, "use what is typed: exec:COMMAND or a URL") }
	for i, x := range a.engine.Implementations() {
		if x.Name == a.implementation {
			c.cursor = i
		}
		c.choices = append(c.choices, pick(x.Name, x.Title))
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
	return a.toast("now under test: "+reports.Escape(name), false)
}

// chooseFault opens the list of fault switches.
func (a *app) chooseFault() tea.Cmd {
	if a.idp == nil || !a.idpScreen.have {
		return a.toast("no mock environment", true)
	}
	c := &chooser{title: "turn a fault on or off, or type one: keys-slow delay=5s share=0.5"}
	c.other = func(text string) choice {
		return choice{name: reports.Escape(text), help: "a switch with delay= jitter= status= share= skip= count=, or JSON", pick: func(a *app) tea.Cmd {
			return change(func() error { return a.idp.Inject(text) }, "on: "+reports.Escape(text))
		}}
	}
	for _, s := range a.idpScreen.snapshot.Switches {
		mark, done := "[ ] ", "on: "
		if s.On {
			mark, done = "[x] ", "off: "
		}
		title := reports.Escape(s.Title)
		c.choices = append(c.choices, choice{name: mark + title, help: reports.Escape(s.ID), pick: func(a *app) tea.Cmd {
			return change(func() error { return a.idp.Switch(s.ID) }, done+title)
		}})
	}
	a.overlay = c
	return nil
}

func (a *app) chooseRotation() tea.Cmd {
	if a.idp == nil || !a.idpScreen.have {
		return a.toast("no mock environment", true)
	}
	c := &chooser{title: "rotate the signing key"}
	for _, mode := range a.idpScreen.snapshot.Modes {
		c.choices = append(c.choices, choice{
			name: reports.Escape(mode.Name), help: reports.Escape(mode.Title),
			pick: func(a *app) tea.Cmd {
				return change(func() error { return a.idp.Rotate(mode.Name) }, "rotated: "+reports.Escape(mode.Name))
			},
		})
	}
	a.overlay = c
	return nil
}

// maxCopy is the length in bytes of the longest text that is copied:
// terminals silently drop longer ones.
const maxCopy = 74_994

// copy puts what the screen offers on the clipboard.
func (a *app) copy() tea.Cmd {
	text, what := a.screen.clip()
	if text == "" {
		return a.toast("nothing to copy here", true)
	}
	return a.copyText(text, what)
}

// copyText puts a text on the clipboard and says what it is.
func (a *app) copyText(text, what string) tea.Cmd {
	if len(text) > maxCopy {
		return a.toast("too long for the clipboard of a terminal", true)
	}
	return tea.Batch(tea.SetClipboard(text), a.toast("copied "+what, false))
}
