package tui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// Every run is recorded by the engine while it runs, so the list of runs is
// that of its recordings, those of earlier sessions included.

// chooseRun opens the list of recorded runs: to show one, or to compare the
// results on the screen with one.
func (a *app) chooseRun(compare bool) tea.Cmd {
	if a.live != nil {
		return a.toast("a run is in progress: stop it first", true)
	}
	e := a.engine
	return func() tea.Msg {
		saved, err := e.Saved()
		return savedMsg{saved, compare, err}
	}
}

// ofScreen returns those of the recorded runs that the screen can show, or
// compare with what it shows: not with itself.
func (a *app) ofScreen(saved []SavedRun, compare bool) []SavedRun {
	command, shown := reports.CommandRun, a.screen.conditions()
	if on, ok := a.screen.(measurer); ok {
		command = on.measuring().command
	}
	return slices.DeleteFunc(slices.Clone(saved), func(s SavedRun) bool {
		itself := shown != nil && !s.Started.IsZero() && s.Started.Equal(shown.StartedAt)
		return s.Command != command || compare && itself
	})
}

// listRuns shows the list that chooseRun asked for.
func (a *app) listRuns(msg savedMsg) tea.Cmd {
	if msg.err != nil {
		a.showError("no recorded runs", msg.err)
		return nil
	}
	pick := func(name, title, help string) choice {
		return choice{
			name: reports.Escape(title), help: help,
			pick: func(a *app) tea.Cmd { return openRun(a.engine, name, msg.compare) },
		}
	}
	c := &chooser{title: "show a recorded run"}
	if msg.compare {
		c.title = "compare with a recorded run"
		if a.compares() {
			c.choices = append(c.choices, choice{
				name: "nothing", help: "stop comparing", pick: func(a *app) tea.Cmd { return a.compareWith(nil) },
			})
		}
	}
	for _, s := range a.ofScreen(msg.saved, msg.compare) {
		c.choices = append(c.choices, pick(s.Name, s.Title, ""))
	}
	c.other = func(text string) choice { return pick(text, text, "open the file") }
	a.overlay = c
	return nil
}

// openRun asks the engine for a recorded run.
func openRun(e Engine, name string, compare bool) tea.Cmd {
	return func() tea.Msg {
		run, err := e.Open(name)
		return runMsg{run, compare, err}
	}
}

// showRun shows a recorded run, or compares with it.
func (a *app) showRun(msg runMsg) tea.Cmd {
	switch {
	case msg.err != nil:
		a.showError("not opened", msg.err)
		return nil
	case a.live != nil:
		return a.toast("a run is in progress: stop it first", true)
	case msg.compare:
		return a.compareWith(msg.run)
	}
	a.showRecording(msg.run)
	return nil
}

// showRecording shows a recording on the screen of its command.
func (a *app) showRecording(run *reports.Recording) {
	a.screen = a.screenOf(run.Header.Command)
	if on, ok := a.screen.(measurer); ok {
		on.measuring().show(run)
		return
	}
	a.scenarios.show(run)
}

// compares reports whether the screen compares with a recording.
func (a *app) compares() bool {
	if on, ok := a.screen.(measurer); ok {
		return on.measuring().base != nil
	}
	return a.scenarios.base != nil
}

// compareWith compares what the screen shows with a recording, nil to stop.
func (a *app) compareWith(run *reports.Recording) tea.Cmd {
	if run != nil && a.screenOf(run.Header.Command) != a.screen {
		return a.toast("it is a recording of assay "+reports.Escape(run.Header.Command), true)
	}
	if on, ok := a.screen.(measurer); ok {
		m := on.measuring()
		if m.base = nil; run != nil {
			m.base = recordedMeasurement(run)
		}
		return nil
	}
	a.scenarios.compare(run)
	switch {
	case run == nil:
		return nil
	case a.scenarios.difference == nil:
		return a.toast("the next run will be compared with it", false)
	}
	return a.toast("/@changed shows what differs", false)
}

// show replaces all results by those of a recorded run.
func (s *scenarios) show(run *reports.Recording) {
	s.forget()
	s.apply(reports.Record{Kind: reports.KindHeader, Header: run.Header})
	s.apply(reports.Record{Kind: reports.KindPlan, Plan: &reports.Plan{Cases: run.Plan}})
	for _, c := range run.Cases {
		s.apply(reports.Record{Kind: reports.KindCase, Case: c})
	}
	s.watch()
	took, stopped := time.Duration(0), true
	if f := run.Footer; f != nil {
		took, stopped = time.Duration(f.DurationSeconds*float64(time.Second)), f.Interrupted
	}
	s.ended(took, stopped)
}

// compare marks what differs from an earlier run, nil to stop.
func (s *scenarios) compare(base *reports.Recording) {
	s.base, s.difference = base, nil
	for _, r := range s.rows {
		r.change, r.before = "", ""
	}
	if base != nil && s.header != nil {
		s.difference = reports.Diff(base, s.recording())
		for _, c := range s.difference.Cases {
			if r := s.byID[c.ID]; r != nil && c.Old != "" && c.New != "" {
				r.change, r.before = c.Change, c.Old
			}
		}
	}
	s.rebuild()
}

// recording returns the results on the screen as one run. It is complete in
// what it plans: what was judged.
func (s *scenarios) recording() *reports.Recording {
	run := &reports.Recording{Name: "the screen", Header: s.header}
	counts := make(map[reports.Outcome]int)
	for _, r := range s.rows {
		if r.result == nil {
			continue
		}
		c := r.result
		run.Plan = append(run.Plan, reports.PlannedCase{ID: c.ID, Title: c.Title, Group: c.Group, Level: c.Level})
		run.Cases = append(run.Cases, c)
		counts[c.Outcome]++
	}
	if s.header != nil {
		n := len(run.Cases)
		run.Footer = &reports.Footer{
			Planned: n, Judged: n, Counts: counts, Interrupted: s.stopped,
			DurationSeconds: s.took.Seconds(), EndedAt: s.header.StartedAt.Add(s.took),
		}
	}
	return run
}
