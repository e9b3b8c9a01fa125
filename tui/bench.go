package tui

import (
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
	chosen bool // the user selected a series: do not move to the live one
	list   int  // rows of the table in the last frame

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
	b.cursor, b.offset, b.chosen = 0, 0, false
}

// apply handles one record of the live benchmark, and moves to its series.
func (b *bench) apply(rec reports.Record) {
	b.meter.apply(rec)
	if rec.Kind != reports.KindSample || b.chosen {
		return
	}
	for i, s := range b.series {
		if s.latest == rec.Sample && len(s.history.moments) > 0 {
			b.cursor = i
		}
	}
}

func (b *bench) selected() *series {
	if b.cursor < len(b.series) {
		return b.series[b.cursor]
	}
	return nil
}

func (b *bench) name() string { return "Bench" }

// conditions returns the header, which before anything is measured names what
// will be: only builtin can run inside the measuring process.
func (b *bench) conditions() *reports.Header {
	if b.header == nil {
		return &reports.Header{Implementation: reports.Implementation{Name: "builtin"}}
	}
	return b.header
}

func (b *bench) do(a *app, act action) tea.Cmd {
	switch act {
	case actUp, actDown, actPageUp, actPageDown, actTop, actBottom:
		b.cursor = moved(act, b.cursor, len(b.series), b.list)
		b.chosen = true
		return nil
	}
	return b.meter.do(a, b, act)
}
