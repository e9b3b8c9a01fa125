package tui

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
)

// A measurement or a run that is refused leaves what was shown.
func TestARefusalKeepsTheEarlierResult(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, tab, start, shown string
	}{
		{"load", "5", "space", "offered 2,000/s"},
		{"bench", "2", "space", "RS256 cold"},
		{"scenarios", "1", "R", "in 5.4 s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := newFakeEngine(t)
			d := drive(t, e, Options{}, 120, 40)
			d.keys(tt.tab, "b", "enter")
			d.shows(tt.shown)
			before := d.screen()
			e.fail = errors.New("no thanks")
			d.keys(tt.start)
			d.shows("not started", "no thanks")
			d.keys("esc")
			if tt.tab == "1" {
				d.shows(tt.shown)
				return
			}
			if after := d.screen(); after != before {
				t.Errorf("the refusal has changed the screen from\n%s\nto\n%s", before, after)
			}
		})
	}
}

// A stream that ends before its header was refused as well.
func TestAWorkerThatRefuses(t *testing.T) {
	t.Parallel()
	d := drive(t, endlessEngine{newFakeEngine(t)}, Options{}, 120, 40)
	d.hold = true
	d.keys("5", "b", "enter")
	d.keys("space")
	d.hides("offered 2,000/s")
	d.a.stop()
	d.a.live.stopping = false
	d.a.live.stream.Wait()
	d.feed(true)
	d.shows("offered 2,000/s")
}

// The header names what is measured, not what scenarios test.
func TestTheHeaderNamesWhatIsMeasured(t *testing.T) {
	t.Parallel()
	for _, tab := range []string{"2", "5"} {
		d := drive(t, endlessEngine{newFakeEngine(t)}, Options{}, 120, 40)
		d.hold = true
		d.shows("testing sloppy")
		d.keys(tab)
		d.shows("testing builtin")
		d.keys("space")
		d.shows("testing builtin")
	}
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys("5", "enter")
	d.typed("http://ada:secret@127.0.0.1:8081")
	d.keys("esc")
	d.shows("testing http://")
	d.hides("testing http://ada", "testing builtin")
}

// A search for the capacity shows its trials in every layout, the current one
// included.
func TestTheSearchIsShownAsItNarrows(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{40, 12}, {80, 24}, {120, 40}, {200, 60}} {
		d := drive(t, endlessEngine{newFakeEngine(t)}, Options{}, size[0], size[1])
		d.hold = true
		d.keys("5", "space")
		d.feed(false, append(recorded(t, "load.jsonl")[:8], search())...)
		d.tick()
		d.shows("bisect", "now")
	}
}

// What was asked to stop too late has not been stopped.
func TestAStopThatComesTooLate(t *testing.T) {
	t.Parallel()
	d := drive(t, endlessEngine{newFakeEngine(t)}, Options{}, 120, 40)
	d.hold = true
	d.keys("5", "space")
	d.feed(false, recorded(t, "load.jsonl")...)
	d.keys("x")
	d.a.live.stream.Wait()
	d.feed(true)
	d.hides("stopped")
	d.keys("1", "R")
	d.feed(false, recorded(t, "run.jsonl")...)
	d.keys("x")
	d.a.live.stream.Wait()
	d.feed(true)
	d.hides("stopped", "STOPPED")
}

// A run is not over before its recording is closed, and R waits for that.
func TestARunIsOverWhenItsRecordingIsClosed(t *testing.T) {
	t.Parallel()
	d := drive(t, endlessEngine{newFakeEngine(t)}, Options{}, 120, 40)
	d.hold = true
	d.keys("R")
	d.feed(false, recorded(t, "run.jsonl")...)
	d.shows("RUNNING")
	d.hides("FAILED")
	first := d.a.live
	d.keys("R")
	d.hides("a run is in progress")
	first.cancel()
	first.stream.Wait()
	d.feed(true)
	if d.a.live == nil || d.a.live == first {
		t.Fatal("the run that was asked for has not begun")
	}
}

// After a rerun of some cases the totals say how many are of it.
func TestTotalsOfARerun(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys("R")
	d.hides("latest run:")
	d.keys("f")
	d.shows("latest run: 7 of 41")
	d.keys("R")
	d.hides("latest run:")
}

// A run is not compared with itself.
func TestARunIsNotComparedWithItself(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys("=")
	d.shows("2026-11-23 15:05 sloppy", "2026-11-22 15:05 sloppy")
	d.keys("esc", "R", "=")
	d.shows("2026-11-22 15:05 sloppy")
	d.hides("2026-11-23 15:05 sloppy")
	d.keys("esc", "b")
	d.shows("2026-11-23 15:05 sloppy")
	d.keys("esc", ":")
	d.typed("compare ")
	d.shows("2026-11-22 15:05 sloppy")
	d.hides("2026-11-23 15:05 sloppy", "assay load")
}

// A toast stays on its screen, and what succeeded takes no key.
func TestToasts(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys("R", "s")
	d.shows("sorted: failures first")
	d.keys("2")
	d.hides("sorted: failures first")
	d.keys("1", "E", "enter", "enter")
	d.shows("written: /runs/run.jsonl")
	d.keys("2")
	d.shows("[2 Bench]")
	d.hides("written: /runs/run.jsonl")
}

// The cursor stays on the series that the user has selected, in the next
// benchmark too, and does not follow the summaries at the end.
func TestTheSeriesStaysSelected(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	records := recorded(t, "bench.jsonl")
	for _, r := range records {
		d.a.bench.before = d.a.bench.measurement
		d.a.bench.apply(r)
	}
	last := ""
	for _, r := range records {
		if r.Kind == reports.KindSample && !r.Sample.Final {
			last = r.Sample.Series
		}
	}
	if got := d.a.bench.selected().name; got != last {
		t.Errorf("%s is selected at the end, want %s, which was measured last", got, last)
	}
	d.keys("2", "g", "j")
	chosen := d.a.bench.selected().name
	d.keys("space")
	if got := d.a.bench.selected().name; got != chosen {
		t.Errorf("%s is selected in the next benchmark, want %s", got, chosen)
	}
}

// One series can be measured again without typing its name.
func TestOneSeriesIsMeasuredAlone(t *testing.T) {
	t.Parallel()
	e := newFakeEngine(t)
	d := drive(t, e, Options{}, 120, 40)
	d.keys("2", "r")
	d.shows("nothing has been measured yet")
	d.keys("space", "g", "j")
	name := d.a.bench.selected().name
	d.keys("r")
	want := MeasureRequest{Command: reports.CommandBench, Arguments: []string{name}}
	if diff := cmp.Diff(want, e.measured[len(e.measured)-1]); diff != "" {
		t.Errorf("the request differs (-want +got):\n%s", diff)
	}
}

// A fuzzy filter marks the letters that it found, in the ID or in the title.
func TestFuzzyMatchesAreMarked(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	marked := func(text string) string {
		d.a.scenarios.setFilter(text)
		r := d.a.scenarios.byID["aud.suffix-char"]
		var out strings.Builder
		for _, of := range []string{"id", "title"} {
			for _, x := range d.a.scenarios.filter.marks(d.a.theme, r.texts[of], r.texts[of], "") {
				if x.st == d.a.theme.prompt {
					out.WriteString(x.text)
				}
			}
		}
		return out.String()
	}
	for text, want := range map[string]string{"~aufx": "aufx", "!~aufx": "", "aud": "", "~zzz": ""} {
		if got := marked(text); got != want {
			t.Errorf("%s marks %q, want %q", text, got, want)
		}
	}
}
