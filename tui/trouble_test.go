package tui

import (
	"context"
	"errors"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// From an error code to its cause, live, and back.
func TestACauseIsReproduced(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys(":")
	d.typed("invalid_audience")
	d.shows("code", "why: 2 causes, 2 cases")
	d.keys("enter")
	d.shows("why INVALID_AUDIENCE?", "an access token was sent instead of the ID Token", "show the 2 cases about it")
	d.keys("enter")
	d.shows("INVALID_AUDIENCE/access-token", "Send the id_token of the answer.", "set up", "401 INVALID_AUDIENCE",
		"✓ happens, and the fix helps", "r again")
	d.keys("y")
	if got := d.left("setClipboardMsg"); len(got) != 1 || got[0] != "assay reproduce INVALID_AUDIENCE/access-token" {
		t.Errorf("copied %q, want the command", got)
	}
	d.keys("r", "esc")
	d.shows("why INVALID_AUDIENCE?")
	d.keys("down", "enter")
	d.shows("the application was reinstalled", "Configure its new client ID.", "cannot be reproduced here")
	d.keys("enter", ":")
	d.typed("reproduce")
	d.keys("enter")
	d.shows("which error is it?", "INVALID_ISSUER", "REFRESH")
	d.keys("esc", ":")
	d.typed("reproduce refresh/")
	d.keys("enter")
	d.shows("✗ not as documented", "want 401")
}

func TestTheCasesOfACodeAreShownAndRun(t *testing.T) {
	t.Parallel()
	engine := newFakeEngine(t)
	for key, runs := range map[string]int{"show": 0, "run": 1} {
		d := drive(t, engine, Options{}, 120, 40)
		d.keys(":")
		d.typed("reproduce INVALID_AUDIENCE")
		d.keys("enter")
		d.typed(key + " the")
		d.keys("enter")
		if got := d.a.scenarios.filter.text; got != "code:INVALID_AUDIENCE" || len(engine.runs) != runs {
			t.Errorf("%s makes the filter %q and %d runs, want %d", key, got, len(engine.runs), runs)
		}
		engine.runs = nil
	}
}

func TestWhyACauseIsNotReproduced(t *testing.T) {
	t.Parallel()
	engine := newFakeEngine(t)
	engine.fail = errors.New("no port is free")
	d := drive(t, engine, Options{}, 80, 24)
	d.keys(":")
	d.typed("reproduce INVALID_ISSUER/exact")
	d.keys("enter")
	d.shows("✗ not reproduced", "no port is free")
}

// However many steps there are, one reads from the top.
func TestAReproductionOpensAtItsTop(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 40, 12)
	d.keys(":")
	d.typed("invalid_aud")
	d.keys("enter", "enter")
	d.shows("an access token was sent")
	d.hides("200   want 401")
	d.keys("G")
	d.shows("200   want 401")
}

// blockedEngine takes one step and waits for its context.
type blockedEngine struct{ *fakeEngine }

func (blockedEngine) Reproduce(ctx context.Context, _ string, step func(reports.ReproductionStep)) (*reports.Reproduction, error) {
	step(reports.ReproductionStep{Phase: reports.PhaseSetUp, Text: "first", OK: true})
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestAReproductionIsStopped(t *testing.T) {
	t.Parallel()
	d := drive(t, blockedEngine{newFakeEngine(t)}, Options{}, 80, 24)
	cause := d.a.engine.Causes()[0]
	begin := func() (wait tea.Cmd) {
		batch := d.a.reproduce(cause)().(tea.BatchMsg)
		go batch[0]()
		return batch[1]
	}
	wait := begin()
	first := wait().(stepMsg)
	_, next := d.a.Update(first)
	d.shows("step 2", "first", "x stops")
	d.keys("x")
	d.shows("stopping")
	d.send(next())
	d.shows("stopped", "r again")

	// esc leaves, and what still comes is dropped.
	wait = begin()
	late := wait()
	d.keys("esc")
	d.shows("why INVALID_ISSUER?")
	d.send(late)
	d.hides("first")
}

func TestNothingIsReproducedDuringARun(t *testing.T) {
	t.Parallel()
	d := drive(t, endlessEngine{newFakeEngine(t)}, Options{}, 80, 24)
	d.hold = true
	d.keys("R", ":")
	d.typed("reproduce INVALID_ISSUER/exact")
	d.keys("enter")
	d.shows("a run is in progress: stop it first")
}
