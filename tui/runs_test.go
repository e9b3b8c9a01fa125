package tui

import (
	"testing"

	"github.com/assay-id/assay/reports"
)

func TestShowAndCompareRecordedRuns(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys("b")
	d.shows("show a recorded run", "2026-11-22 15:05 sloppy")
	d.typed("11-23")
	d.keys("enter")
	d.shows("✗ 6 fail", "✓ 31 pass", "in 5.4 s", "latest run")
	d.keys("=", "down", "enter")
	d.shows("1 worse, 1 better", "✗→✓ pass  base.rs256")
	d.keys("n")
	d.shows("✓→✗ FAIL  aud.suffix-char")
	d.keys("/")
	d.typed("@worse")
	d.keys("enter", "j")
	d.shows("1 of 41", "before", "pass in before.jsonl")
	d.keys("esc", "=", "enter")
	d.send(toastExpiredMsg{d.a.toastID})
	d.hides("1 worse", "✓→✗")
}

func TestARunIsComparedWhenItEnds(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys("=", "down", "enter")
	d.keys("R")
	d.shows("1 worse, 1 better")
}

func TestARecordingThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	d.keys("b")
	d.typed("missing.jsonl")
	d.shows("open the file")
	d.keys("enter")
	d.shows("not opened", "missing.jsonl: no such file")
}

func TestRecordingsAreShownAtTheStart(t *testing.T) {
	t.Parallel()
	e := newFakeEngine(t)
	var both []*reports.Recording
	for _, name := range []string{"before.jsonl", "run.jsonl"} {
		run, err := e.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		both = append(both, run)
	}
	d := drive(t, e, Options{Recordings: both}, 120, 40)
	d.shows("✗ 6 fail", "1 worse, 1 better")
	if len(e.runs) != 0 {
		t.Errorf("showing a recording has run %v", e.runs)
	}
}
