package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// places returns what the palette can go to: codes, groups, cases, and
// implementations.
func (a *app) places() []choice {
	var codes, groups, cases []choice
	for _, code := range a.codes() {
		codes = append(codes, choice{
			kind: "code", name: reports.Escape(code), help: "why: " + a.codeHelp(code), line: code,
			pick: func(a *app) tea.Cmd { return a.chooseCause(code) },
		})
	}
	for _, r := range a.scenarios.rows {
		s := &r.scenario
		if !slices.ContainsFunc(groups, func(c choice) bool { return c.line == s.Group }) {
			of := func(r *row) bool { return r.scenario.Group == s.Group }
			groups = append(groups, choice{
				kind: "group", name: reports.Escape(s.Group), line: s.Group,
				help: reports.FormatNoun(len(a.scenarios.ids(of)), "case"),
				pick: func(a *app) tea.Cmd {
					return a.jumpTo(func(e entry) bool {
						return e.row == nil && e.group == s.Group || e.row != nil && of(e.row)
					})
				},
			})
		}
		cases = append(cases, choice{
			kind: "case", name: reports.Escape(s.ID), help: reports.Escape(s.Title), line: s.ID,
			pick: func(a *app) tea.Cmd { return a.jump(s.ID) },
		})
	}
	return slices.Concat(codes, groups, cases, a.implementationChoices())
}

// jump goes to a case.
func (a *app) jump(id string) tea.Cmd {
	return a.jumpTo(func(e entry) bool { return e.row != nil && e.row.scenario.ID == id })
}

// jumpTo goes to the first line of the list of scenarios for which is holds. If
// there is none, it removes the filter and unfolds all groups.
func (a *app) jumpTo(is func(entry) bool) tea.Cmd {
	s := a.scenarios
	if !slices.ContainsFunc(s.entries, is) {
		clear(s.folded)
		s.setFilter("")
	}
	if at := slices.IndexFunc(s.entries, is); at >= 0 {
		s.moveTo(at)
	}
	return a.show(s)
}

// implementationChoices returns the implementations as entries of the palette.
func (a *app) implementationChoices() []choice {
	var out []choice
	for _, x := range a.engine.Implementations() {
		out = append(out, choice{
			kind: "use", name: reports.Escape(x.Name), help: reports.Escape(x.Title),
			line: "implementation " + x.Name, pick: func(a *app) tea.Cmd { return a.use(x.Name) },
		})
	}
	return out
}

// loadSaved asks the engine for the recorded runs, for the palette.
func (a *app) loadSaved() tea.Cmd {
	engine := a.engine
	return func() tea.Msg {
		// Without them the palette is shorter; the list of runs says why.
		saved, _ := engine.Saved()
		return paletteMsg{saved}
	}
}

// fillPalette adds the recorded runs to the palette.
func (a *app) fillPalette(msg paletteMsg) {
	a.saved = msg.saved
	if c, ok := a.overlay.(*chooser); ok {
		c.fresh = false
	}
}

// savedChoices returns the recorded runs as arguments of a command.
func (a *app) savedChoices(command, kind string, compare bool) []choice {
	saved := a.saved
	if compare {
		saved = a.ofScreen(saved, true)
	}
	var out []choice
	for _, s := range saved {
		out = append(out, choice{
			kind: kind, name: reports.Escape(s.Title), help: reports.Escape(s.Name), line: command + " " + s.Name,
			pick: func(a *app) tea.Cmd { return openRun(a.engine, s.Name, compare) },
		})
	}
	return out
}

// recordingArgs returns the recorded runs that match, and the file that is
// typed.
func (a *app) recordingArgs(command, typed string, compare bool) []choice {
	out := rank(a.savedChoices(command, command, compare), typed)
	if typed == "" {
		return out
	}
	return append(out, literal(command, typed, "the file", func(a *app) tea.Cmd { return openRun(a.engine, typed, compare) }))
}
