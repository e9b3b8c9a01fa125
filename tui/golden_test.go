package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/assay-id/assay/reports"
)

// scenes returns the states of the UI that have goldens, each produced from
// recorded streams and keys.
func scenes() []struct {
	name string
	play func(*driver)
} {
	run := func(d *driver) { d.keys("R") }
	bench := func(d *driver) { d.keys("2", "space") }
	load := func(d *driver) { d.keys("5", "space") }
	return []struct {
		name string
		play func(*driver)
	}{
		{"scenarios-idle", func(*driver) {}},
		{"scenarios-idle-one", func(d *driver) { d.keys("j", "j") }},
		{"scenarios-done", run},
		{"scenarios-fail", func(d *driver) { run(d); d.keys("n") }},
		{"scenarios-fail-detail", func(d *driver) { run(d); d.keys("n", "enter") }},
		{"scenarios-fail-token", func(d *driver) { run(d); d.keys("n", "enter", "d", "w", "J", "J") }},
		{"scenarios-fail-steps", func(d *driver) { run(d); d.keys("N", "enter") }},
		{"scenarios-filter", func(d *driver) { run(d); d.keys("/"); d.typed("@fail !time") }},
		{"scenarios-filter-wrong", func(d *driver) { run(d); d.keys("/"); d.typed("@red") }},
		{"scenarios-folded", func(d *driver) { run(d); d.keys("space", "j", "space", "G", "space") }},
		{"scenarios-sorted", func(d *driver) { run(d); d.keys("s", "S", "S", "S") }},
		{"scenarios-levels", func(d *driver) { run(d); d.keys("S", "S", "S", "S") }},
		{"scenarios-fuzzy", func(d *driver) { run(d); d.keys("/"); d.typed("~ausf"); d.keys("enter") }},
		{"scenarios-marked", func(d *driver) { run(d); d.keys("j", "j", "v", "j", "j", "j") }},
		{"scenarios-search", func(d *driver) { run(d); d.keys("n", "enter", "/"); d.typed("client id"); d.keys("enter", "n") }},
		{"scenarios-exchange", func(d *driver) { run(d); d.keys("n", "enter", "e") }},
		{"scenarios-exchange-steps", func(d *driver) { run(d); d.keys("N", "enter", "e") }},
		{"conditions", func(d *driver) { run(d); d.keys("c") }},
		{"export", func(d *driver) { run(d); d.keys("E", "down") }},
		{"export-file", func(d *driver) { run(d); d.keys("E", "down", "enter") }},
		{"scenarios-zoom", func(d *driver) { run(d); d.keys("n", "tab", "z") }},
		{"bench-idle", func(d *driver) { d.keys("2") }},
		{"bench-done", bench},
		{"bench-other", func(d *driver) { bench(d); d.keys("g", "j") }},
		{"bench-zoom", func(d *driver) { bench(d); d.keys("z") }},
		{"bench-options", func(d *driver) { d.keys("2", "enter"); d.typed("RS256*"); d.keys("tab"); d.typed("1s") }},
		{"load-idle", func(d *driver) { d.keys("5") }},
		{"load-options", func(d *driver) { d.keys("5", "enter", "down"); d.typed("2000/s") }},
		{"load-done", load},
		{"load-compared", func(d *driver) { load(d); d.keys("space", "=", "enter") }},
		{"load-zoom", func(d *driver) { load(d); d.keys("+", "+", "+", "z") }},
		{"idp", func(d *driver) { d.keys("3") }},
		{"idp-scrolled", func(d *driver) { d.keys("3", "ctrl+u", "k") }},
		{"idp-filter", func(d *driver) { d.keys("3", "/"); d.typed("503 !config"); d.keys("enter") }},
		{"idp-clients", func(d *driver) { d.keys("3", "tab") }},
		{"idp-rotations", func(d *driver) { d.keys("3", "tab", "tab") }},
		{"idp-keys", func(d *driver) { d.keys("3", "tab", "tab", "tab") }},
		{"idp-request", func(d *driver) { d.keys("3", "k", "enter") }},
		{"idp-use", func(d *driver) { d.keys("3", "s") }},
		{"idp-copy", func(d *driver) { d.keys("3", "Y") }},
		{"idp-checkup", func(d *driver) { d.keys("3", "s", "enter") }},
		{"idp-rotate", func(d *driver) { d.keys("3", "o", "down") }},
		{"idp-faults", func(d *driver) { d.keys("3", "space") }},
		{"token-idle", func(d *driver) { d.keys("4") }},
		{"token-accepted", func(d *driver) { d.keys("4", "n") }},
		{"token-refused", func(d *driver) { d.keys("4", "n", "m"); d.typed("another"); d.keys("enter") }},
		{"token-implementations", func(d *driver) {
			d.keys("4", "n", "m")
			d.typed("another")
			d.keys("enter", "tab", "tab")
		}},
		{"token-zoom", func(d *driver) { d.keys("4", "n", "tab", "z") }},
		{"token-change", func(d *driver) { d.keys("4", "n", "m") }},
		{"runs", func(d *driver) { d.keys("b") }},
		{"compare", func(d *driver) { run(d); d.keys("=", "down", "enter", "n") }},
		{"help", func(d *driver) { d.keys("?") }},
		{"palette", func(d *driver) { d.keys(":"); d.typed("run") }},
		{"palette-all", func(d *driver) { d.keys(":") }},
		{"palette-place", func(d *driver) { d.keys(":"); d.typed("aud") }},
		{"palette-arguments", func(d *driver) { d.keys(":"); d.typed("theme ") }},
		{"trouble-codes", func(d *driver) { d.keys(":"); d.typed("reproduce"); d.keys("enter") }},
		{"trouble-causes", func(d *driver) { d.keys(":"); d.typed("invalid_aud"); d.keys("enter", "down") }},
		{"trouble-reproduced", func(d *driver) { d.keys(":"); d.typed("invalid_aud"); d.keys("enter", "enter") }},
		{"implementations", func(d *driver) { d.keys("i") }},
	}
}

func TestGolden(t *testing.T) {
	t.Parallel()
	sizes := []struct {
		w, h   int
		scenes []string // all if empty
	}{
		{80, 24, nil},
		{120, 40, nil},
		{40, 12, nil},
		{20, 6, []string{"scenarios-idle"}},
		{200, 60, []string{"scenarios-done", "scenarios-fail", "bench-done", "load-done", "idp", "token-refused", "help"}},
	}
	for _, size := range sizes {
		for _, scene := range scenes() {
			if len(size.scenes) > 0 && !slices.Contains(size.scenes, scene.name) {
				continue
			}
			name := fmt.Sprintf("%s-%dx%d", scene.name, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d := drive(t, newFakeEngine(t), Options{}, size.w, size.h)
				scene.play(d)
				checkFrame(t, d.a, size.w, size.h)
				golden(t, name+".txt", d.screen())
			})
		}
	}
}

// During a run there are counts, a clock and other keys.
func TestGoldenLive(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ w, h int }{{80, 24}, {120, 40}, {40, 12}} {
		tests := []struct {
			name string
			play func(*driver)
		}{
			{"scenarios-live", func(d *driver) {
				d.keys("R")
				d.feed(false, recorded(t, "run.jsonl")[:26]...)
				d.feed(false, startOf("aud.10k"), startOf("time.exp-string"))
				for range 42 {
					d.tick()
				}
			}},
			{"scenarios-live-moved", func(d *driver) {
				d.keys("R")
				d.feed(false, recorded(t, "run.jsonl")[:26]...)
				d.tick()
				d.keys("n")
			}},
			{"scenarios-stopping", func(d *driver) {
				d.keys("R")
				d.feed(false, recorded(t, "run.jsonl")[:26]...)
				d.tick()
				d.keys("x")
			}},
			{"bench-live", func(d *driver) {
				d.keys("2", "space")
				d.feed(false, recorded(t, "bench.jsonl")[:24]...)
				d.tick()
			}},
			{"load-live", func(d *driver) {
				d.keys("5", "space")
				d.feed(false, liveLoad(recorded(t, "load.jsonl")[:14])...)
				d.tick()
			}},
			{"load-capacity", func(d *driver) {
				d.keys("5", "space")
				d.feed(false, append(recorded(t, "load.jsonl")[:8], search())...)
				d.tick()
			}},
			{"bench-warming-up", func(d *driver) { d.keys("2", "space"); d.tick() }},
			{"quit", func(d *driver) {
				d.keys("R")
				d.feed(false, recorded(t, "run.jsonl")[:26]...)
				d.keys("q")
			}},
		}
		for _, tt := range tests {
			name := fmt.Sprintf("%s-%dx%d", tt.name, size.w, size.h)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				d := drive(t, endlessEngine{newFakeEngine(t)}, Options{}, size.w, size.h)
				d.hold = true
				tt.play(d)
				checkFrame(t, d.a, size.w, size.h)
				golden(t, name+".txt", d.screen())
			})
		}
	}
}

// The same scene in every theme, escape sequences included.
func TestGoldenThemes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		profile colorprofile.Profile
		theme   string
		env     []string
	}{
		{"dark", colorprofile.TrueColor, ThemeDark, nil},
		{"light", colorprofile.TrueColor, ThemeLight, nil},
		{"basic", colorprofile.ANSI, ThemeDark, nil},
		{"mono", colorprofile.ASCII, ThemeDark, nil},
		{"ascii", colorprofile.ASCII, ThemeASCII, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, newFakeEngine(t), Options{Theme: tt.theme, Env: tt.env}, 80, 24)
			d.send(tea.ColorProfileMsg{Profile: tt.profile})
			d.keys("R", "n")
			frame := d.a.View().Content
			if colored := strings.Contains(frame, "\x1b[3"); colored != (tt.profile >= colorprofile.ANSI) {
				t.Errorf("the frame holds colours: %v", colored)
			}
			golden(t, "theme-"+tt.name+".ansi", frame)
		})
	}
}

// A light terminal says so after the first frame.
func TestBackgroundColorChangesTheTheme(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	dark := d.a.View().Content
	d.send(tea.BackgroundColorMsg{Color: newTestColor(0xff)})
	light := d.a.View().Content
	if dark == light {
		t.Error("a light background changes nothing")
	}
	d.keys("T")
	d.send(toastExpiredMsg{d.a.toastID})
	if d.a.View().Content != dark {
		t.Error("T does not bring back the dark theme")
	}
}

// startOf is the record that a case begins at the start of the test.
func startOf(id string) reports.Record {
	return reports.Record{Kind: reports.KindStart, Start: &reports.Start{ID: id, At: testStart()}}
}

// liveLoad adds to the samples of a load what the recording of package reports
// does not have.
func liveLoad(records []reports.Record) []reports.Record {
	for i, r := range records {
		if r.Kind != reports.KindSample {
			continue
		}
		s := *r.Sample
		s.InFlight = 3 + i%5
		s.Histogram = []reports.Bucket{{UpToNS: 251_189, Count: 90}, {UpToNS: 316_228, Count: 1800}, {UpToNS: 398_107, Count: 3100}, {UpToNS: 501_187, Count: 900}, {UpToNS: 630_957, Count: 95}}
		s.Verdicts = map[string]uint64{"accept": s.Operations * 6 / 10, "TOKEN_EXPIRED": s.Operations * 4 / 10}
		s.Thresholds = []reports.Threshold{{Expression: "p99 < 5ms", Got: "942 µs", Verdict: reports.VerdictMet}, {Expression: "wrong == 0", Got: "5", Verdict: reports.VerdictMissed}}
		s.Events = []reports.Event{{Event: "rotate", PlannedSeconds: 2, AtSeconds: 2.01, Result: "snk_2 signs"}}
		records[i].Sample = &s
	}
	progress := &reports.Progress{Done: 14_000, Total: 22_000, LeftSeconds: 4.2}
	return append(records, reports.Record{Kind: reports.KindProgress, Progress: progress})
}

// search is the progress of a search for the capacity.
func search() reports.Record {
	return reports.Record{Kind: reports.KindProgress, Progress: &reports.Progress{
		Done: 2000, Total: 4000, Message: "bisect: 566/s exceeded: p99 < 50ms: got 81 ms",
		Capacity: &reports.Capacity{LowPerSecond: 400, HighPerSecond: 566, Steps: []reports.CapacityStep{
			{Phase: reports.PhaseClimb, RatePerSecond: 200, Outcome: reports.StepHeld},
			{Phase: reports.PhaseClimb, RatePerSecond: 400, Outcome: reports.StepHeld},
			{Phase: reports.PhaseClimb, RatePerSecond: 800, Outcome: reports.StepExceeded, Why: "the target fell behind"},
			{Phase: reports.PhaseBisect, RatePerSecond: 566, Outcome: reports.StepExceeded, Why: "p99 < 50ms: got 81 ms"},
		}},
	}}
}
