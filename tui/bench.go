package tui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// bench is the Bench screen: the series of a benchmark with their figures,
// and charts of the selected one.
type bench struct {
	meter

	cursor int
	offset int
	chosen string // the series that the user selected: do not move to the live one
	list   int    // rows of the table in the last frame

	takes time.Duration // about, with the options as they are; 0 if unknown
	wrong error         // what is wrong with them
}

func newBench() *bench {
	return &bench{meter: newMeter(reports.CommandBench, []option{
		{label: "series", usual: "all of them", kind: words, help: "names or globs with a comma between them, such as RS256*, bare ES256"},
		{label: "duration", flag: "--duration", usual: "3s", help: "how long each series is measured"},
		{label: "workers", flag: "--workers", usual: "one per CPU", help: "goroutines that verify"},
		{label: "tokens", flag: "--tokens", usual: "256", help: "number of distinct tokens, 256 to 65536"},
		{label: "sweep", flag: "--sweep", kind: several, help: "several values, such as keys=1,10,100; size=2048,8192"},
		{label: "without ratio", flag: "--skip-ratio", kind: lamp, help: "skip the ratio, which takes most of the time; space switches"},
		{label: "epochs", flag: "--epochs", usual: "8", help: "epochs over which the interval of a ratio is taken, 3 or more"},
		{label: "steps", flag: "--steps", kind: lamp, help: "the share of each step in the time of a verification; space switches"},
		{label: "thresholds", flag: "--threshold", kind: several, help: "such as ratio < 0.8; allocs/op <= 5"},
		{label: "against", flag: "--against", help: "recording of an earlier benchmark, which the ratios must not be worse than"},
		{label: "seed", flag: "--seed", usual: "random", help: "repeats keys and tokens"},
		{label: "more flags", kind: free, help: "any flags of assay bench, as in a shell"},
	})}
}

func (b *bench) reset() {
	b.meter.reset()
	b.cursor, b.offset = 0, 0
}

// apply handles one record of the live benchmark, and moves to the series that
// the user has selected, or else to the one that is being measured.
func (b *bench) apply(rec reports.Record) {
	b.meter.apply(rec)
	if rec.Kind != reports.KindSample {
		return
	}
	if name := rec.Sample.Series; name == b.chosen || b.chosen == "" && !rec.Sample.Final {
		b.cursor = slices.Index(b.series, b.of(name))
	}
}

// refused shows the series as they were.
func (b *bench) refused() {
	b.meter.refused()
	b.cursor = max(slices.Index(b.series, b.of(b.chosen)), 0)
}

// choose selects a series.
func (b *bench) choose(i int) {
	if i < len(b.series) {
		b.cursor, b.chosen = i, b.series[i].name
	}
}

func (b *bench) selected() *series {
	if b.cursor < len(b.series) {
		return b.series[b.cursor]
	}
	return nil
}

func (b *bench) name() string { return "Bench" }

func (b *bench) bindings() []binding {
	return append(b.meter.bindings(), bind(actRunSelected, "r", "measure the selected series alone", "r"))
}

func (b *bench) do(a *app, act action) tea.Cmd {
	switch act {
	case actRunSelected:
		s := b.selected()
		if s == nil {
			return a.toast("nothing has been measured yet: enter has a line for series", true)
		}
		if a.live != nil {
			return a.toast("a run is in progress: stop it first", true)
		}
		b.form.set("series", s.name)
		return tea.Batch(a.measure(b), a.toast("only "+reports.Escape(s.name)+": enter chooses others", false))
	case actUp, actDown, actPageUp, actPageDown, actTop, actBottom:
		b.choose(moved(act, b.cursor, len(b.series), b.list))
		return nil
	}
	return b.meter.do(a, b, act)
}
