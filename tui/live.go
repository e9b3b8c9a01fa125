package tui

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// live is the run in progress. There is only one at a time, because two would
// distort each other's figures.
type live struct {
	id       int
	on       runner // the screen that shows it
	cancel   context.CancelFunc
	stream   *Stream
	started  time.Time
	course   reports.RunState
	stopping bool
	begun    bool            // its header is there: it was not refused
	footer   *reports.Footer // nil before its end
	next     func() tea.Cmd  // what starts once it has ended; may be nil
}

// stopped reports whether the run ended before everything was done.
func (l *live) stopped() bool {
	return l.footer == nil || l.footer.Interrupted || l.footer.Stopped != ""
}

// closing reports whether everything is done, and only the recording is still
// being closed.
func (l *live) closing() bool { return l.footer != nil }

// period is how often the screen is updated while it goes on. A measurement needs
// the machine for itself.
func (l *live) period() time.Duration {
	if _, ok := l.on.(measurer); ok {
		return measurePeriod
	}
	return framePeriod
}

// paused reports whether the user wants no frames of it.
func (l *live) paused() bool {
	m, ok := l.on.(measurer)
	return ok && m.measuring().paused
}

// begin registers a new live run. It returns nil if one is already in
// progress.
func (a *app) begin(on runner) (context.Context, *live) {
	if a.live != nil {
		return nil, nil
	}
	a.runs++
	ctx, cancel := context.WithCancel(a.ctx)
	a.live = &live{id: a.runs, on: on, cancel: cancel, started: a.now()}
	a.elapsed = 0
	return ctx, a.live
}

// run starts the scenarios with the given IDs. An empty seed is left to the
// engine.
func (a *app) run(ids []string, seed string) tea.Cmd {
	if a.scenarios.loading {
		a.first = reports.CommandRun
		return a.toast("begins when the catalogue is loaded", false)
	}
	if len(ids) == 0 {
		return a.toast("nothing to run", true)
	}
	if a.live != nil && a.live.closing() {
		a.live.next = func() tea.Cmd { return a.run(ids, seed) }
		return nil
	}
	ctx, run := a.begin(a.scenarios)
	if run == nil {
		return a.toast("a run is in progress: x stops it", true)
	}
	run.course.Planned = len(ids)
	a.scenarios.watch()
	req := RunRequest{
		IDs: ids, Implementation: a.implementation, Seed: seed,
		PolicyFile: a.next.policyFile, Expectations: a.next.expectations,
	}
	ask := func() (*Stream, error) { return a.engine.Run(ctx, req) }
	return tea.Batch(start(a.ledger, run.id, ask), a.tick())
}

// measure starts a measurement with the options of its screen, or stops it.
func (a *app) measure(on measurer) tea.Cmd {
	if a.live != nil && a.live.closing() {
		a.live.next = func() tea.Cmd { return a.measure(on) }
		return nil
	}
	if a.live != nil && a.live.on == runner(on) {
		return a.stop()
	}
	ctx, run := a.begin(on)
	if run == nil {
		return a.toast("a run is in progress: press "+a.tabOf(a.live.on)+", then x to stop it", true)
	}
	m := on.measuring()
	on.reset()
	req := m.request()
	ask := func() (*Stream, error) { return a.engine.Measure(ctx, req) }
	return tea.Batch(start(a.ledger, run.id, ask), a.tick())
}

// estimate asks how long the benchmark with the options of its screen takes, if
// that is shown.
func (a *app) estimate() tea.Cmd {
	if a.screen != screen(a.bench) {
		return nil
	}
	e, req := a.engine, a.bench.request()
	return func() tea.Msg {
		takes, err := e.Estimate(req)
		return estimateMsg{takes, err}
	}
}

// tabOf returns the key that shows a screen.
func (a *app) tabOf(s screen) string { return strconv.Itoa(slices.Index(a.screens, s) + 1) }

// stop asks the live run to end. Its results so far are kept.
func (a *app) stop() tea.Cmd {
	if a.live == nil {
		return a.toast("nothing is running", true)
	}
	a.live.cancel()
	a.live.stopping = true
	return nil
}

func (a *app) started(msg startedMsg) tea.Cmd {
	if a.live == nil || msg.id != a.live.id {
		return nil
	}
	if msg.err != nil {
		a.finish()
		if a.quitting {
			return tea.Quit
		}
		a.showError("not started", msg.err)
		return nil
	}
	a.live.stream = msg.stream
	return waitRecords(msg.id, msg.stream, a.live.period())
}

// records handles a batch of records of the live run.
func (a *app) records(msg recordsMsg) tea.Cmd {
	if a.live == nil || msg.id != a.live.id {
		return nil
	}
	for _, r := range msg.records {
		a.live.on.apply(r)
		a.live.course.Handle(r, a.now())
		a.live.begun = a.live.begun || r.Kind == reports.KindHeader
		if r.Kind == reports.KindFooter {
			a.live.footer = r.Footer
		}
	}
	a.live.on.settle()
	if !msg.done {
		return waitRecords(msg.id, a.live.stream, a.live.period())
	}
	return a.ended()
}

// ended finishes the live run once its stream has ended.
func (a *app) ended() tea.Cmd {
	run := a.live
	err := run.stream.Recording().Err
	a.finish()
	var panicked *PanicError
	switch {
	case errors.As(err, &panicked):
		a.fatal = panicked
		return tea.Quit
	case a.quitting:
		return tea.Quit
	case run.stopping && run.stopped() && (err == nil || errors.Is(err, context.Canceled)):
		return a.toast("stopped; the results so far are kept", false)
	case err != nil && !errors.Is(err, context.Canceled):
		title := "the run ended early"
		if !run.begun {
			title = "not started"
		}
		a.showError(title, err)
		return nil
	case run.footer != nil && run.footer.Stopped != "":
		a.showError("the run ended early", errors.New(run.footer.Stopped))
		return nil
	case run.next != nil:
		return run.next()
	}
	return nil
}

// finish releases the live run. One that was refused leaves its screen as it
// was.
func (a *app) finish() {
	run := a.live
	run.cancel()
	a.elapsed = a.now().Sub(run.started)
	if run.begun {
		run.on.ended(a.elapsed, run.stopped())
	} else {
		run.on.refused()
	}
	a.live = nil
	a.dirty = true
}
