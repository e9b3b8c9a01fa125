package tui

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExport(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		play func(*driver)
		want []string
	}{
		{"under the usual name", func(d *driver) {
			d.keys("E", "enter", "enter")
			d.shows("written", "/runs/run.jsonl")
		}, []string{"recording /runs/run.jsonl, 41 cases, 7f3a"}},
		{"under a name of one's own", func(d *driver) {
			d.keys("E")
			d.typed("markdown")
			d.keys("enter")
			d.typed("mine.md")
			d.keys("down", "enter")
			d.shows("/runs/mine.md")
		}, []string{"markdown /runs/mine.md, 41 cases, 7f3a"}},
		{"over a file, if the user says so", func(d *driver) {
			d.keys("E", "enter")
			d.typed("old.md")
			d.keys("enter")
			d.shows("/runs/old.md exists. Replace it?")
			d.keys("y")
			d.shows("written")
		}, []string{"recording /runs/old.md, 41 cases, 7f3a"}},
		{"not over a file otherwise", func(d *driver) {
			d.keys("E", "enter")
			d.typed("old.md")
			d.keys("enter", "n")
			d.hides("written")
		}, nil},
		{"an error is shown", func(d *driver) {
			d.keys("E", "enter")
			d.typed("no/")
			d.keys("enter")
			d.shows("not written", "no/ is a folder")
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := newFakeEngine(t)
			d := drive(t, e, Options{}, 80, 24)
			d.keys("R")
			tt.play(d)
			if diff := cmp.Diff(tt.want, e.written); diff != "" {
				t.Errorf("wrote something else (-want +got):\n%s", diff)
			}
		})
	}
	d := drive(t, endlessEngine{newFakeEngine(t)}, Options{}, 80, 24)
	d.hold = true
	d.keys("E")
	d.shows("nothing has been judged yet")
	d.keys("R")
	d.feed(false, recorded(t, "run.jsonl")[:26]...)
	d.keys("E")
	d.shows("a run is in progress")
}

func TestConditions(t *testing.T) {
	t.Parallel()
	pick := func(d *driver, entry, value string) {
		d.keys("c")
		d.typed(entry)
		d.keys("enter")
		d.typed(value)
		d.keys("enter")
	}
	e := newFakeEngine(t)
	d := drive(t, e, Options{}, 120, 40)
	pick(d, "policy file", "p.yaml")
	d.shows("policy file     p.yaml")
	d.keys("esc")
	pick(d, "expectations", "known.yaml")
	d.keys("esc")
	pick(d, "seed", "beef")
	d.shows("seed            beef")
	d.keys("esc")
	pick(d, "implementation", "exec:./mine")
	d.shows("now under test: exec:./mine")
	pick(d, "scenarios", "aud.suffix-* base.rs256")
	d.shows("2 scenarios marked", "2 marked")
	d.keys("r")
	want := RunRequest{
		IDs: []string{"base.rs256", "aud.suffix-char"}, Implementation: "exec:./mine", Seed: "beef",
		PolicyFile: "p.yaml", Expectations: "known.yaml",
	}
	if diff := cmp.Diff(want, e.runs[len(e.runs)-1]); diff != "" {
		t.Errorf("the request differs (-want +got):\n%s", diff)
	}
	pick(d, "scenarios", "zzz")
	d.shows("no scenario matches zzz")
	d.keys("esc")
	pick(d, "scenarios", "shown") // takes the marks away
	d.keys("esc")
	pick(d, "policy", "char")
	d.shows("policy          char", "the 41 that the filter shows")
	d.keys("esc")
	d.shows("/@char")
	pick(d, "policy ", "own")
	d.shows("policy          any")
}
