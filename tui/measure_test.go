package tui

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
)

func TestOptionsReachTheWorker(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		play func(*driver)
		want MeasureRequest
	}{
		{"a load as it is", func(d *driver) { d.keys("5", "space") }, MeasureRequest{Command: reports.CommandLoad}},
		{"enter starts from the form", func(d *driver) { d.keys("5", "enter", "enter") }, MeasureRequest{Command: reports.CommandLoad}},
		{"a load of a target", func(d *driver) {
			d.keys("5", "enter")
			d.typed("http://127.0.0.1:8081/verify")
			d.keys("down")
			d.typed("20000/s")
			d.keys("backspace", "backspace", "backspace")
			d.typed("/s")
			d.keys("up", "up")
			d.typed("--control 'http://127.0.0.1:9090'")
			d.keys("enter")
		}, MeasureRequest{
			Command: reports.CommandLoad, Arguments: []string{"http://127.0.0.1:8081/verify", "--rate", "2000/s"},
			More: "--control 'http://127.0.0.1:9090'",
		}},
		{"several values and a switch", func(d *driver) {
			d.keys("5", "enter", "tab", "tab", "tab", "tab", "tab", "tab", "space", "tab", "tab", "tab")
			d.send(tea.PasteMsg{Content: "5s=rotate; 8s=outage:2s;"})
			d.keys("enter")
		}, MeasureRequest{
			Command: reports.CommandLoad, Arguments: []string{"--find-capacity", "--event", "5s=rotate", "--event", "8s=outage:2s"},
		}},
		{"series of a benchmark", func(d *driver) {
			d.keys("2", "enter")
			d.typed("RS256*, bare ES256")
			d.keys("tab")
			d.typed("1s")
			d.keys("enter")
		}, MeasureRequest{Command: reports.CommandBench, Arguments: []string{"RS256*", "bare ES256", "--duration", "1s"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := newFakeEngine(t)
			d := drive(t, e, Options{}, 120, 40)
			tt.play(d)
			if len(e.measured) != 1 {
				t.Fatalf("%d measurements were started, want one", len(e.measured))
			}
			if diff := cmp.Diff(tt.want, e.measured[0]); diff != "" {
				t.Errorf("the request differs (-want +got):\n%s", diff)
			}
		})
	}
}

// What a worker says about its arguments is shown, and nothing else is lost.
func TestAMeasurementThatDoesNotStart(t *testing.T) {
	t.Parallel()
	e := newFakeEngine(t)
	d := drive(t, e, Options{}, 80, 24)
	d.keys("5", "enter", "down")
	d.typed("fast")
	e.fail = errors.New(`--rate is "fast", want such as 200/s`)
	d.keys("enter")
	d.shows("not started", `--rate is "fast"`)
	d.keys("esc")
	d.shows("not measured yet", "rate fast")
}

// Before it starts, a benchmark says how long it takes and what is wrong with its
// options.
func TestABenchmarkSaysWhatItTakes(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	d.keys("2")
	d.shows("takes about 17 s")
	d.keys("enter")
	d.typed("no such")
	d.keys("esc")
	d.shows(`no series matches "no such"`)
}

func TestDrawingCanBePaused(t *testing.T) {
	t.Parallel()
	d := drive(t, endlessEngine{newFakeEngine(t)}, Options{}, 120, 40)
	d.hold = true
	records := recorded(t, "load.jsonl")
	d.keys("5", "space")
	d.feed(false, records[:6]...)
	d.tick()
	d.shows("requests 3,980")
	d.keys("p")
	d.tick() // the one that was armed
	d.shows("drawing is paused", "draw again")
	d.feed(false, records[6:9]...)
	if d.tick(); d.ticks() > 0 {
		t.Error("a tick is armed while drawing is paused")
	}
	d.shows("requests 3,980")
	d.keys("p")
	d.shows("requests 6,965")
	if d.ticks() != 1 {
		t.Error("no tick is armed after the pause")
	}
}

func TestTheTimeAxisIsZoomed(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys("2", "space", "+", "+", "+", "+", "+")
	if got := d.a.bench.span; got != 10*time.Second {
		t.Errorf("the time axis is %v long, want 10 s", got)
	}
	d.keys("-", "-", "-", "-", "-")
	if got := d.a.bench.span; got != 0 {
		t.Errorf("the time axis is %v long, want all", got)
	}
}

// A measurement is compared with the one before it and with a recording, and a
// recording of another command is refused.
// TestALoadIsNoRunOfScenarios looks at the results of a run while a load is on.
func TestALoadIsNoRunOfScenarios(t *testing.T) {
	t.Parallel()
	d := drive(t, endlessEngine{newFakeEngine(t)}, Options{}, 120, 40)
	d.hold = true
	d.keys("R")
	d.shows("run in progress")
	d.feed(true, recorded(t, "run.jsonl")...)
	d.shows("latest run")
	d.keys("5", "space")
	if d.a.live == nil {
		t.Fatal("no load is on")
	}
	d.keys("1")
	d.shows("latest run")
	d.hides("run in progress")
}

func TestMeasurementsAreCompared(t *testing.T) {
	t.Parallel()
	e := newFakeEngine(t)
	d := drive(t, e, Options{}, 120, 40)
	d.keys("5", "space")
	d.hides("last run", "baseline")
	faster := *e.load
	faster.samples = nil
	for _, r := range e.load.samples {
		if s := r.Sample; s != nil && s.Final {
			half := *s
			q := *s.Latency
			q.P50NS /= 2
			half.Latency = &q
			r.Sample = &half
		}
		faster.samples = append(faster.samples, r)
	}
	e.load = &faster
	d.keys("space")
	d.shows("last run   p50 -50.0 %, p99 ±0 %")
	d.keys("=")
	d.typed("rate")
	d.keys("enter")
	d.shows("baseline   p50 ±0 %")
	d.keys("=", "enter")
	d.hides("baseline")
	d.keys("2", "space", "space")
	d.shows("last", "±0 %")
	d.keys("=")
	d.typed("load.jsonl")
	d.keys("enter")
	d.shows("it is a recording of assay load")
}

func TestARecordedMeasurementIsShown(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys("5", "b")
	d.shows("assay load --rate 2000/s")
	d.hides("sloppy, 7 of 41")
	d.keys("enter")
	d.shows("recorded 2026-11-23 15:05", "offered 2,000/s", "p99")
	d.keys("y")
	want := []string{"assay load http://127.0.0.1:8080/verify --rate 2000/s --seed 7f3a"}
	if diff := cmp.Diff(want, d.left("setClipboardMsg")); diff != "" {
		t.Errorf("copied (-want +got):\n%s", diff)
	}
	run, err := newFakeEngine(t).Open("bench.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	d = drive(t, newFakeEngine(t), Options{Recordings: []*reports.Recording{run}}, 120, 40)
	d.shows("[2 Bench]", "RS256 cold")
}

// The table of a benchmark does not scroll while there is room for it.
func TestTheTableIsWhole(t *testing.T) {
	t.Parallel()
	e := newFakeEngine(t)
	var last reports.Record
	for _, r := range e.bench.samples {
		if r.Sample != nil && r.Sample.Final {
			last = r
		}
	}
	for _, name := range []string{"six", "seven", "eight", "nine", "ten"} {
		s := *last.Sample
		s.Series = name
		e.bench.samples = append(e.bench.samples, reports.Record{Kind: reports.KindSample, Sample: &s})
	}
	d := drive(t, e, Options{}, 80, 24)
	d.keys("2", "space")
	for _, s := range d.a.bench.series {
		d.shows(s.name)
	}
	if n := len(d.a.bench.series); n != 10 {
		t.Errorf("there are %d series, want 10", n)
	}
}

func TestAClickSelectsASeries(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	d.keys("2", "space")
	d.click("RS256 cached")
	d.shows("> ✓ RS256 cached", "time: RS256 cached")
	d.click("rate  ratio") // the titles of the columns
	d.shows("> ✓ RS256 cached")
}

// The reason why figures are not valid is there once, as a sentence.
func TestNotValidIsSaidOnce(t *testing.T) {
	t.Parallel()
	e := newFakeEngine(t)
	footer := *e.bench.footer
	footer.Invalid = []string{"RS256 cold: other processes used 83 % of the CPUs, at most 5 % is allowed"}
	e.bench.footer = &footer
	d := drive(t, e, Options{}, 120, 40)
	d.keys("2", "space")
	d.shows("NOT VALID: RS256 cold: other processes used 83 % of the CPUs, at most 5 % is allowed")
	if n := strings.Count(d.screen(), "NOT VALID"); n != 1 {
		t.Errorf("NOT VALID is there %d times, want once:\n%s", n, d.screen())
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	sample := func(at float64) *reports.Sample {
		return &reports.Sample{ElapsedSeconds: at, RatePerSecond: at, Service: &reports.Quantiles{Count: 9, P50NS: int64(at * 10), MaxNS: 7}}
	}
	t.Run("a missing sample is a gap", func(t *testing.T) {
		t.Parallel()
		var h history
		for _, at := range []float64{1, 2, 3, 9, 10} {
			h.add(sample(at))
		}
		if n := len(h.moments); n != 6 || !math.IsNaN(h.moments[3].rate) {
			t.Errorf("the history is %v, want a gap after the third of six", h.moments)
		}
		if m := h.moments[0]; !math.IsNaN(m.p99) || m.p50 != 10 {
			t.Errorf("the first moment is %+v, want p50 10 and no p99", m)
		}
	})
	t.Run("an earlier sample begins a new history", func(t *testing.T) {
		t.Parallel()
		var h history
		for _, at := range []float64{1, 2, 1} {
			h.add(sample(at))
		}
		if len(h.moments) != 1 {
			t.Errorf("the history is %v, want the last sample alone", h.moments)
		}
	})
	t.Run("a long one is bounded and keeps its ends and its peak", func(t *testing.T) {
		t.Parallel()
		var h history
		for i := range 50_000 {
			s := sample(float64(i + 1))
			if i == 17_001 {
				s.Service.MaxNS = 900
			}
			h.add(s)
		}
		peak := 0.0
		for _, m := range h.moments {
			peak = max(peak, m.longest)
		}
		if n := len(h.moments); n > historyLength || h.end() != 50_000 || peak != 900 {
			t.Errorf("%d moments up to %v with a peak of %v, want at most %d, 50000 and 900", n, h.end(), peak, historyLength)
		}
	})
}

// One slow operation leaves the rows to the others, and nothing is lost.
func TestHistogramRows(t *testing.T) {
	t.Parallel()
	var all []reports.Bucket
	for i := range 60 {
		all = append(all, reports.Bucket{UpToNS: int64(100 * math.Pow(10, float64(i)/10))})
	}
	all[0].Count, all[20].Count, all[21].Count, all[22].Count, all[59].Count = 1, 4000, 5000, 900, 1
	got := rows(all, 6)
	want := []reports.Bucket{{UpToNS: all[19].UpToNS, Count: 1}, all[20], all[21], all[22], {UpToNS: all[59].UpToNS, Count: 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows differs (-want +got):\n%s", diff)
	}
	if got := rows(nil, 6); got != nil {
		t.Errorf("rows of nothing is %v", got)
	}
}

// A slow load has too few requests for p99.
func TestTheTailIsSupported(t *testing.T) {
	t.Parallel()
	for want, q := range map[string]reports.Quantiles{
		"p99": {P50NS: 1, P90NS: 2, P95NS: 3, P99NS: 4}, "p95": {P50NS: 1, P90NS: 2, P95NS: 3}, "p90": {P50NS: 1, P90NS: 2},
	} {
		var h history
		for i := range 4 {
			h.add(&reports.Sample{ElapsedSeconds: float64(i), Service: &q})
		}
		if got, _ := h.tail(); got != want {
			t.Errorf("the tail of %+v is %s, want %s", q, got, want)
		}
	}
}

// The share of the UI is that of the last period, and unknown after a pause.
func TestCost(t *testing.T) {
	t.Parallel()
	used := time.Duration(0)
	c := cost{cpu: func() (time.Duration, error) { return used, nil }}
	now := testStart()
	for i, want := range []float64{-1, 0.01, 0.01, -1} {
		if i == 3 {
			now = now.Add(time.Hour)
		}
		c.look(now)
		if got := c.share(); math.Abs(got-want) > 1e-9 {
			t.Errorf("the share is %v after reading %d, want %v", got, i, want)
		}
		now, used = now.Add(costPeriod), used+costPeriod/100
	}
}
