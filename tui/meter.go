package tui

import (
	"cmp"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// meter is what the Bench and the Load screens have in common: a measurement by
// a worker, its options, and what it is compared with.
type meter struct {
	quiet
	*measurement

	command string
	form    *form
	before  *measurement // what was shown when the live one was asked for
	last    *measurement // the one before, to compare with
	base    *measurement // the one that the user has chosen for that

	live   bool          // a measurement goes on, or is about to
	paused bool          // drawing is
	span   time.Duration // of the time axis, 0 for all
}

func newMeter(command string, options []option) meter {
	return meter{
		measurement: &measurement{}, command: command,
		form: &form{title: "options of assay " + command, options: options},
	}
}

// spans are the lengths of the time axis.
var spans = [...]time.Duration{0, 10 * time.Minute, 2 * time.Minute, 30 * time.Second, 10 * time.Second}

// zoomTime makes the time axis longer or shorter.
func (m *meter) zoomTime(step int) {
	for i, s := range spans {
		if s == m.span {
			m.span = spans[min(max(i+step, 0), len(spans)-1)]
			return
		}
	}
}

// window returns the ends of the time axis, in seconds.
func (m *meter) window(h *history) (from, to float64) {
	to = max(h.end(), 1)
	if m.span == 0 {
		return 0, to
	}
	return max(to-m.span.Seconds(), 0), to
}

// reset prepares for the records of a new measurement.
func (m *meter) reset() {
	m.before, m.measurement = m.measurement, &measurement{}
	m.live, m.paused = true, false
}

// refused shows what was shown before.
func (m *meter) refused() {
	m.measurement, m.live = m.before, false
}

// apply handles one record of the live measurement.
func (m *meter) apply(rec reports.Record) {
	if rec.Kind == reports.KindHeader {
		m.succeed(m.before)
	}
	m.measurement.apply(rec)
}

// succeed makes a measurement the one before, if it measured anything.
func (m *meter) succeed(before *measurement) {
	if len(before.series) > 0 {
		m.last = before
	}
}

// show shows a recorded measurement.
func (m *meter) show(run *reports.Recording) {
	m.succeed(m.measurement)
	m.measurement = recordedMeasurement(run)
}

// request returns what the options ask for.
func (m *meter) request() MeasureRequest {
	req := MeasureRequest{Command: m.command}
	req.Arguments, req.More = m.form.arguments()
	return req
}

// running reports whether a measurement goes on.
func (m *meter) running() bool { return m.live }

func (m *meter) settle() {}

func (m *meter) ended(took time.Duration, stopped bool) {
	m.live, m.paused = false, false
	m.ending = "took " + reports.FormatElapsed(took)
	if stopped {
		m.ending = "stopped after " + reports.FormatElapsed(took)
	}
}

// conditions returns the header, which before anything is measured names what
// the options measure: a target, or builtin, whatever scenarios test.
func (m *meter) conditions() *reports.Header {
	if m.header == nil {
		name := cmp.Or(reports.Redact(m.form.value("target")), "builtin")
		return &reports.Header{Implementation: reports.Implementation{Name: name}}
	}
	return m.header
}

// clip returns the command that measures the same again.
func (m *meter) clip() (text, what string) {
	if m.header == nil {
		return "", ""
	}
	return m.header.Repeat(), "the repeat command"
}

func (m *meter) bindings() []binding {
	return append([]binding{
		bind(actMeasure, "space", "start, or stop", "space"),
		bind(actOpen, "enter", "options", "enter"),
		bind(actStop, "x", "stop", "x"),
		bind(actPause, "p", "pause drawing", "p"),
		bind(actLonger, "-", "longer time axis", "-"),
		bind(actShorter, "+", "shorter time axis", "+"),
		bind(actCopy, "y", "copy the repeat command", "y"),
		bind(actRuns, "b", "show an earlier one", "b"),
		bind(actCompare, "=", "compare with an earlier one", "="),
		move(actBack, "esc", "back", "esc"),
	}, movement()...)
}

// do performs what both screens do alike.
func (m *meter) do(a *app, on measurer, act action) tea.Cmd {
	switch act {
	case actMeasure:
		return a.measure(on)
	case actOpen:
		if a.live != nil && a.live.on == runner(on) {
			return a.toast("options can be changed when nothing is measured", true)
		}
		m.form.start = func(a *app) tea.Cmd { return a.measure(on) }
		a.overlay = m.form
	case actStop:
		return a.stop()
	case actPause:
		if a.live == nil || a.live.on != runner(on) {
			return a.toast("nothing is being measured", true)
		}
		m.paused = !m.paused
		return a.tick()
	case actLonger:
		m.zoomTime(-1)
	case actShorter:
		m.zoomTime(1)
	case actRuns, actCompare:
		return a.chooseRun(act == actCompare)
	}
	return nil
}

// hints returns what the last row offers.
func (m *meter) hints(mine bool) []hint {
	if mine {
		pause := "pause drawing"
		if m.paused {
			pause = "draw again"
		}
		return []hint{{actMeasure, "stop"}, {actPause, pause}, {actShorter, "time axis"}, {actZoom, "zoom"}}
	}
	h := []hint{{actMeasure, "measure"}, {actOpen, "options"}}
	if len(m.series) > 0 {
		h = append(h, hint{actCompare, "compare"}, hint{actCopy, "command"}, hint{actZoom, "zoom"})
	}
	h = append(h, hint{actRuns, "earlier ones"})
	if len(m.series) > 1 && m.command == reports.CommandBench {
		h = append(h, hint{actRunSelected, "only this"})
	}
	return h
}

// measurer is a screen with a meter.
type measurer interface {
	runner
	measuring() *meter
	reset() // before the records of a new measurement
}

func (m *meter) measuring() *meter { return m }
