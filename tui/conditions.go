package tui

import (
	"cmp"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// conditions are files that the next runs depend on. Empty fields mean none.
type conditions struct {
	policyFile   string
	expectations string
}

// chooseConditions opens the list of what the next run depends on.
func (a *app) chooseConditions() tea.Cmd {
	if a.scenarios.loading {
		return a.toast("the catalogue is being loaded", false)
	}
	entry := func(label, value string, pick func(a *app) tea.Cmd) choice {
		return choice{name: fitLine(label, 16) + reports.Escape(value), pick: pick}
	}
	choose := func(c *chooser) func(a *app) tea.Cmd {
		return func(a *app) tea.Cmd {
			a.overlay = c
			return nil
		}
	}
	a.overlay = &chooser{title: "conditions of the next run", choices: []choice{
		entry("implementation", a.implementation, func(a *app) tea.Cmd {
			a.chooseImplementation()
			return nil
		}),
		entry("scenarios", a.selection(), choose(patternChooser())),
		entry("policy", cmp.Or(a.scenarios.policy(), "any"), choose(a.policyChooser())),
		entry("seed", cmp.Or(a.seed, "random, or that of the latest run for a rerun"), choose(a.seedChooser())),
		entry("policy file", cmp.Or(a.next.policyFile, "none"), choose(fileChooser("policy file", "as the catalogue judges",
			func(a *app, file string) { a.next.policyFile = file }))),
		entry("expectations", cmp.Or(a.next.expectations, "none"), choose(fileChooser("expectations", "every failure counts",
			func(a *app, file string) { a.next.expectations = file }))),
	}}
	return nil
}

// selection says what R would run.
func (a *app) selection() string {
	n := len(a.scenarios.shown())
	text := "all " + strconv.Itoa(n)
	if a.scenarios.filter.active() {
		text = "the " + strconv.Itoa(n) + " that the filter shows"
	}
	if marked := len(a.scenarios.marked()); marked > 0 {
		text += ", " + strconv.Itoa(marked) + " marked"
	}
	return text
}

// policyChooser offers the policies of the catalogue. The filter has the choice.
func (a *app) policyChooser() *chooser {
	pick := func(name, help, policy string) choice {
		return choice{name: name, help: help, pick: func(a *app) tea.Cmd {
			a.scenarios.setPolicy(policy)
			return a.chooseConditions()
		}}
	}
	c := &chooser{title: "policy", choices: []choice{pick("any", "each scenario under its own", "")}}
	for _, name := range a.scenarios.policies() {
		c.choices = append(c.choices, pick(reports.Escape(name), "only scenarios that apply to it", name))
	}
	return c
}

func (a *app) seedChooser() *chooser {
	pick := func(name, help, seed string) choice {
		return choice{name: name, help: help, pick: func(a *app) tea.Cmd {
			a.seed = seed
			return a.chooseConditions()
		}}
	}
	c := &chooser{title: "seed: type one, or choose", choices: []choice{pick("random", "other keys and IDs in each run", "")}}
	if h := a.scenarios.header; h != nil && h.Seed != "" {
		c.choices = append(c.choices, pick(reports.Escape(h.Seed), "that of the latest run", h.Seed))
	}
	c.other = func(text string) choice { return pick(reports.Escape(text), "use this seed", text) }
	return c
}

// fileChooser asks for the name of a file that set keeps; none is the meaning
// of no file.
func fileChooser(title, none string, set func(a *app, file string)) *chooser {
	pick := func(name, help, file string) choice {
		return choice{name: name, help: help, pick: func(a *app) tea.Cmd {
			set(a, file)
			return a.chooseConditions()
		}}
	}
	c := &chooser{title: title + ": type the name of the file", choices: []choice{pick("none", none, "")}}
	c.other = func(text string) choice { return pick(reports.Escape(text), "use this file", text) }
	return c
}

// patternChooser asks for patterns of assay run, and marks what they select.
func patternChooser() *chooser {
	c := &chooser{title: "scenarios: type IDs, groups, codes or patterns such as aud.*"}
	c.choices = []choice{{name: "all that are shown", help: "takes the marks away", pick: func(a *app) tea.Cmd {
		a.scenarios.unmark()
		return a.chooseConditions()
	}}}
	c.other = func(text string) choice {
		return choice{name: reports.Escape(text), help: "mark what these select", pick: func(a *app) tea.Cmd {
			engine := a.engine
			return func() tea.Msg {
				ids, err := engine.Select(text)
				return selectedMsg{ids, err}
			}
		}}
	}
	return c
}

// marking marks what patterns select.
func (a *app) marking(msg selectedMsg) tea.Cmd {
	if msg.err != nil {
		a.showError("nothing is selected", msg.err)
		return nil
	}
	a.scenarios.unmark()
	n := 0
	for _, id := range msg.ids {
		if r := a.scenarios.byID[id]; r != nil {
			r.marked = true
			n++
		}
	}
	a.scenarios.rebuild()
	return a.toast(reports.FormatNoun(n, "scenario")+" marked, r runs them", false)
}
