package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
)

func TestRunKeysAskForTheRightScenarios(t *testing.T) {
	t.Parallel()
	all := func(e *fakeEngine) []string {
		var ids []string
		all, _ := e.Scenarios() // a recording has no error
		for _, s := range all {
			ids = append(ids, s.ID)
		}
		return ids
	}
	bad := []string{"aud.suffix-char", "aud.hidden-char", "aud.10k", "time.exp-string", "jwks.duplicate-kid", "fetch.slow", "rot.just-before-signing"}
	tests := []struct {
		name string
		play func(*driver)
		want func(*fakeEngine) RunRequest
	}{
		{"all", func(d *driver) { d.keys("R") }, func(e *fakeEngine) RunRequest { return RunRequest{IDs: all(e), Implementation: "sloppy"} }},
		{"a group", func(d *driver) { d.keys("r") }, func(*fakeEngine) RunRequest {
			return RunRequest{IDs: []string{"base.rs256", "base.es256", "base.extra-claims"}, Implementation: "sloppy"}
		}},
		{"one", func(d *driver) { d.keys("j", "r") }, func(*fakeEngine) RunRequest {
			return RunRequest{IDs: []string{"base.rs256"}, Implementation: "sloppy"}
		}},
		{"what the filter shows", func(d *driver) { d.keys("/"); d.typed("KID"); d.keys("enter", "R") }, func(*fakeEngine) RunRequest {
			return RunRequest{IDs: []string{"jwks.duplicate-kid", "rot.new-kid"}, Implementation: "sloppy"}
		}},
		{"folded groups too", func(d *driver) { d.keys("space", "/"); d.typed("@base"); d.keys("enter", "R") }, func(*fakeEngine) RunRequest {
			return RunRequest{IDs: []string{"base.rs256", "base.es256", "base.extra-claims"}, Implementation: "sloppy"}
		}},
		{"what failed, with the seed of the run", func(d *driver) { d.keys("R", "f") }, func(*fakeEngine) RunRequest {
			return RunRequest{IDs: bad, Implementation: "sloppy", Seed: "7f3a"}
		}},
		{"one again, with the seed of the run", func(d *driver) { d.keys("R", "n", "r") }, func(*fakeEngine) RunRequest {
			return RunRequest{IDs: bad[:1], Implementation: "sloppy", Seed: "7f3a"}
		}},
		{"all again, with a fresh seed", func(d *driver) { d.keys("R", "R") }, func(e *fakeEngine) RunRequest { return RunRequest{IDs: all(e), Implementation: "sloppy"} }},
		{"another implementation", func(d *driver) { d.keys("i", "down", "enter", "j", "r") }, func(*fakeEngine) RunRequest {
			return RunRequest{IDs: []string{"base.rs256"}, Implementation: "builtin"}
		}},
		{"another implementation by a word of its title", func(d *driver) {
			d.keys("i")
			d.typed("verifier assay")
			d.keys("enter", "j", "r")
		}, func(*fakeEngine) RunRequest {
			return RunRequest{IDs: []string{"base.rs256"}, Implementation: "builtin"}
		}},
		{"a program that is typed", func(d *driver) {
			d.keys("i")
			d.typed("exec:./mine --fast")
			d.shows("use what is typed")
			d.keys("enter", "j", "r")
		}, func(*fakeEngine) RunRequest {
			return RunRequest{IDs: []string{"base.rs256"}, Implementation: "exec:./mine --fast"}
		}},
		{"the failures that the filter shows", func(d *driver) {
			d.keys("R", "/")
			d.typed("aud")
			d.keys("enter")
			d.send(toastExpiredMsg{d.a.toastID})
			d.shows("rerun 3 of 7 failed")
			d.keys("f")
		}, func(*fakeEngine) RunRequest {
			return RunRequest{IDs: bad[:3], Implementation: "sloppy", Seed: "7f3a"}
		}},
		{"through the palette", func(d *driver) { d.keys(":"); d.typed("run sel"); d.keys("enter") }, func(*fakeEngine) RunRequest {
			return RunRequest{IDs: []string{"base.rs256", "base.es256", "base.extra-claims"}, Implementation: "sloppy"}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := newFakeEngine(t)
			d := drive(t, e, Options{}, 80, 24)
			tt.play(d)
			if len(e.runs) == 0 {
				t.Fatal("nothing was run")
			}
			if diff := cmp.Diff(tt.want(e), e.runs[len(e.runs)-1]); diff != "" {
				t.Errorf("the request differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOptionsReachTheEngine(t *testing.T) {
	t.Parallel()
	e := newFakeEngine(t)
	d := drive(t, e, Options{Start: reports.CommandRun, Seed: "beef", Implementation: "builtin"}, 80, 24)
	if len(e.runs) != 1 || e.runs[0].Seed != "beef" || e.runs[0].Implementation != "builtin" || len(e.runs[0].IDs) != 41 {
		t.Errorf("asked for %+v, want all 41 scenarios with seed beef against builtin", e.runs)
	}
	d.shows("✓ 31 pass")
	d = drive(t, e, Options{Start: reports.CommandBench}, 80, 24)
	d.shows("[2 Bench]", "RS256 cold")
}

func TestEscapeGoesBackOneThingAtATime(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 40, 12)
	d.keys("R", "/")
	d.typed("@fail")
	d.keys("enter", "j", "enter")
	d.shows("aud.suffix-char", "want")
	d.keys("esc")
	d.shows("scenarios /@fail")
	d.keys("esc")
	d.shows("41 scenarios")
	d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	for _, screen := range []string{"1", "2", "3"} {
		d.keys(screen, "z")
		d.shows("zoomed")
		d.keys("esc")
		d.hides("zoomed")
	}
}

func TestCursorStaysOnItsCaseWhileTheListFills(t *testing.T) {
	t.Parallel()
	d := drive(t, endlessEngine{newFakeEngine(t)}, Options{}, 80, 24)
	d.hold = true
	records := recorded(t, "run.jsonl")
	d.keys("/")
	d.typed("@fail")
	d.keys("enter")
	d.keys("esc", "R")
	d.feed(false, records[:26]...)
	d.keys("n") // aud.suffix-char
	d.keys("/")
	d.typed("@fail")
	d.keys("enter")
	d.feed(false, records[26:40]...)
	e, ok := d.a.scenarios.selected()
	if !ok || e.row == nil || e.row.scenario.ID != "aud.suffix-char" {
		t.Errorf("the cursor is on %+v, want aud.suffix-char", e)
	}
	d.tick()
	d.shows("> ✗ FAIL  aud.suffix-char", "✗ CRASH time.exp-string")
}

func TestRunFillsTheListAndEnds(t *testing.T) {
	t.Parallel()
	d := drive(t, endlessEngine{newFakeEngine(t)}, Options{}, 80, 24)
	d.hold = true
	records := recorded(t, "run.jsonl")
	d.keys("R")
	if d.ticks() == 0 {
		t.Error("no tick is armed during a run")
	}
	d.feed(false, records[:2]...)
	before := d.screen()
	d.feed(false, records[2:22]...)
	if d.screen() != before {
		t.Error("records drew a frame of their own")
	}
	d.tick()
	d.shows("○ 22 wait", "19/41")
	d.keys("r")
	d.shows("a run is in progress")
	d.keys("2", "space")
	d.shows("a run is in progress", "running")
	d.keys("1")
	d.feed(true, records[22:]...)
	d.shows("✓ 31 pass", "✗ 6 fail", "! 1 error", "– 3 skip", "in 0.1 s")
	d.hides("wait")
	for d.ticks() > 0 {
		d.tick()
		if d.a.live != nil {
			t.Fatal("the run did not end")
		}
	}
}

func TestNothingTicksWhenIdle(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	if d.ticks() > 0 {
		t.Error("a tick is armed at the start")
	}
	d.keys("R", "n", "j")
	for range 3 {
		d.tick()
	}
	if d.ticks() > 0 {
		t.Error("a tick is armed after the run")
	}
	d.keys("3")
	if d.ticks() == 0 {
		t.Error("no tick is armed on the screen of the environment")
	}
	d.keys("1")
	d.tick()
	if d.ticks() > 0 {
		t.Error("a tick is armed after the screen of the environment was left")
	}
}

func TestViewIsCached(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	d.a.View()
	d.a.cache = "as it was"
	d.send(struct{}{}) // a message that is none of ours
	if got := d.a.View().Content; got != "as it was" {
		t.Error("a message that changes nothing draws a frame")
	}
	d.keys("j")
	if got := d.a.View().Content; got == "as it was" {
		t.Error("a key draws no frame")
	}
}

func TestStaleMessagesAreDropped(t *testing.T) {
	t.Parallel()
	d := drive(t, endlessEngine{newFakeEngine(t)}, Options{}, 80, 24)
	d.hold = true
	d.keys("R")
	records := recorded(t, "run.jsonl")
	d.send(recordsMsg{id: d.a.live.id - 1, records: records, done: true})
	if d.a.live == nil || d.a.scenarios.tally.judged != 0 {
		t.Error("records of an earlier run were taken")
	}
	d.send(startedMsg{id: d.a.live.id - 1, err: errors.New("late")})
	d.hides("late")
	d.send(toastExpiredMsg{id: -1})
}

func TestStopKeepsTheResults(t *testing.T) {
	t.Parallel()
	d := drive(t, endlessEngine{newFakeEngine(t)}, Options{}, 80, 24)
	d.hold = true
	d.keys("x")
	d.shows("nothing is running")
	d.keys("R")
	d.feed(false, recorded(t, "run.jsonl")[:22]...)
	stream := d.a.ledger.streams[0]
	d.keys("x")
	<-stream.done // the engine was told to stop
	d.a.live.stream = stream
	d.feed(true)
	d.shows("stopped", "✓ 19 pass")
	d.hides("wait")
}

func TestErrorsAreShownInFull(t *testing.T) {
	t.Parallel()
	e := newFakeEngine(t)
	e.fail = errors.New("starting the adapter: exec: \"node\": executable file not found in $PATH\nhint: install it, or choose another implementation\x1b[2J")
	d := drive(t, e, Options{}, 80, 24)
	d.keys("R")
	d.shows("not started", "executable file not found", "hint: install it", `\x1b[2J`)
	d.keys("enter")
	d.hides("not started")
	d.keys("2", "space")
	d.shows("not started")
}

func TestIncompleteRecordingSaysSo(t *testing.T) {
	t.Parallel()
	d := drive(t, replayOf(t, "incomplete.jsonl"), Options{Start: reports.CommandRun}, 80, 24)
	d.shows("the run ended early", "incomplete")
	d.keys("esc")
	d.shows("✓ 20 pass", "✗ 1 fail")
	d.keys("3")
	d.shows("no mock environment")
	d.keys("2", "space")
	d.shows("not started", "has no measurements")
}

func TestQuit(t *testing.T) {
	t.Parallel()
	live := func(t *testing.T) *driver {
		d := drive(t, endlessEngine{newFakeEngine(t)}, Options{}, 80, 24)
		d.hold = true
		d.keys("R")
		d.feed(false, recorded(t, "run.jsonl")[:22]...)
		return d
	}
	t.Run("q quits when nothing runs", func(t *testing.T) {
		t.Parallel()
		d := drive(t, newFakeEngine(t), Options{}, 80, 24)
		d.keys("q")
		if !d.quit || d.a.interrupted {
			t.Errorf("quit %v, interrupted %v, want true and false", d.quit, d.a.interrupted)
		}
	})
	t.Run("q asks during a run", func(t *testing.T) {
		t.Parallel()
		d := live(t)
		d.keys("q")
		d.shows("Stop it and quit?", "19 of 41 cases")
		d.keys("n")
		d.hides("Stop it and quit?")
		if d.quit || d.a.live.stopping {
			t.Error("n stopped the run")
		}
		d.keys("q", "y")
		if d.quit || !d.a.live.stopping {
			t.Errorf("quit %v, stopping %v before the run ended, want false and true",
				d.quit, d.a.live.stopping)
		}
		d.feed(true)
		if !d.quit || !d.a.interrupted {
			t.Errorf("quit %v, interrupted %v after the run ended, want both",
				d.quit, d.a.interrupted)
		}
	})
	t.Run("a run that does not stop is left behind", func(t *testing.T) {
		t.Parallel()
		d := live(t)
		d.keys("q", "q")
		if !slices.Contains(d.timers, tea.Msg(quitDeadlineMsg{})) {
			t.Fatal("there is no deadline")
		}
		d.send(quitDeadlineMsg{})
		if !d.quit {
			t.Error("the deadline does not quit")
		}
	})
	t.Run("ctrl+c once stops, twice quits at once", func(t *testing.T) {
		t.Parallel()
		d := live(t)
		d.keys("?", "ctrl+c") // even under an overlay
		if d.quit || !d.a.live.stopping {
			t.Errorf("quit %v, stopping %v after the first, want false and true",
				d.quit, d.a.live.stopping)
		}
		d.keys("ctrl+c")
		if !d.quit || !d.a.interrupted {
			t.Errorf("quit %v, interrupted %v after the second, want both", d.quit, d.a.interrupted)
		}
	})
	t.Run("ctrl+c quits when nothing runs", func(t *testing.T) {
		t.Parallel()
		d := drive(t, newFakeEngine(t), Options{}, 80, 24)
		d.keys("/", "ctrl+c")
		if !d.quit || d.a.interrupted {
			t.Errorf("quit %v, interrupted %v, want true and false", d.quit, d.a.interrupted)
		}
	})
}

func TestPanicOfARunIsFatal(t *testing.T) {
	t.Parallel()
	d := drive(t, panicEngine{newFakeEngine(t)}, Options{}, 80, 24)
	d.keys("R")
	var panicked *PanicError
	if !d.quit || !errors.As(d.a.verdict(t.Context(), nil), &panicked) {
		t.Fatalf("quit %v, verdict %v, want a PanicError", d.quit, d.a.fatal)
	}
	if panicked.Error() != "panic: boom" || !strings.Contains(string(panicked.Stack), "panicEngine") {
		t.Errorf("the error is %v with the stack\n%s", panicked, panicked.Stack)
	}
}

type panicEngine struct{ *fakeEngine }

func (e panicEngine) Run(ctx context.Context, _ RunRequest) (*Stream, error) {
	return NewStream(ctx, func(context.Context, func(reports.Record) error) error { panic("boom") }), nil
}

func TestCopy(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	d.keys("j", "y")
	d.shows("nothing to copy")
	d.keys("R", "n", "y")
	d.shows("copied the repeat command")
	d.keys("3", "y")
	want := []string{"assay run aud.suffix-char --implementation sloppy --seed 7f3a", "http://127.0.0.1:40961"}
	if diff := cmp.Diff(want, d.left("setClipboardMsg")); diff != "" {
		t.Errorf("copied (-want +got):\n%s", diff)
	}
	row := d.a.scenarios.byID["aud.suffix-char"]
	long := *row.result
	long.Repeat = strings.Repeat("x", maxCopy+1)
	row.result = &long
	d.keys("1", "y")
	d.shows("too long for the clipboard")
}

func TestAnotherImplementationDropsTheResults(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	d.keys("R", "i", "enter")
	d.shows("✓ 31 pass")
	d.keys("i", "down", "enter")
	d.shows("not run yet", "testing builtin", "now under test: builtin")
	if d.a.scenarios.tally.judged != 0 {
		t.Error("results of another implementation are still there")
	}
}

func TestToastsGoAway(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	d.keys("x")
	d.shows("nothing is running")
	first := toastExpiredMsg{d.a.toastID}
	d.keys("y")
	d.send(first)
	d.shows("nothing to copy")
	d.send(toastExpiredMsg{d.a.toastID})
	d.hides("nothing to copy")
	d.keys("n")
	d.shows("no failure is shown")
}

func TestRotate(t *testing.T) {
	t.Parallel()
	e := newFakeEngine(t)
	env := e.env.(*fakeIdP)
	d := drive(t, e, Options{}, 80, 24)
	d.keys("3", "o", "down", "enter")
	if diff := cmp.Diff([]string{"sign-at-once"}, env.rotated); diff != "" {
		t.Errorf("rotated (-want +got):\n%s", diff)
	}
	d.shows("rotated: sign-at-once")
	env.fail = errors.New("no key is left")
	d.keys("o", "enter")
	d.shows("not changed", "no key is left")
	d.keys("esc", "o", "esc", "o")
	d.typed("q")
	d.shows("nothing matches")
	if d.quit || len(env.rotated) != 2 {
		t.Errorf("esc and q rotated %v, quit %v", env.rotated, d.quit)
	}
}

func TestFaultSwitches(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys("3", "space")
	d.shows("[ ] the JWK Set answers 503", "[x] the JWK Set takes 3 s")
	d.typed("503")
	d.keys("enter")
	d.shows("on: the JWK Set answers 503", "! keys-503", "! 2 faults")
	d.keys("space", "enter")
	d.shows("off: the JWK Set answers 503")
}

// A key ID is whole, or has an ellipsis in the middle: its ends tell it from
// the others.
func TestLongKeyIDs(t *testing.T) {
	t.Parallel()
	e := newFakeEngine(t)
	e.env.(*fakeIdP).snapshot.Keys[0].ID = "snk_55579421528175341"
	e.env.(*fakeIdP).snapshot.Keys[1].ID = "snk_" + strings.Repeat("0", 60) + "_end"
	d := drive(t, e, Options{}, 120, 40)
	d.keys("3")
	d.shows("snk_55579421528175341", "snk_0000", "…", "00_end", "3 keys in the JWK Set", "1 of which never sign")
}

func TestRequestLogFollowsUntilScrolled(t *testing.T) {
	t.Parallel()
	e := newFakeEngine(t)
	env := e.env.(*fakeIdP)
	d := drive(t, e, Options{}, 80, 24)
	d.keys("3")
	last := func(n int) string { return testStart().Add(time.Duration(n-1) * time.Second).Format("15:04:05") }
	d.shows(last(40))
	more := func(n int) {
		env.mu.Lock()
		s := testSnapshot(n)
		s.Requests = s.Requests[max(n-40, 0):] // the ring holds forty
		s.Total = uint64(n)
		env.snapshot = s
		env.mu.Unlock()
		for range 6 { // long enough for another look
			d.tick()
		}
	}
	more(50)
	d.shows(last(50), "follows the newest")
	d.keys("k", "k")
	d.shows(last(48), "paused, F follows")
	d.hides(last(50))
	more(60)
	d.shows(last(48))
	d.hides(last(49))
	d.keys("G")
	d.shows(last(60), "follows the newest")
	d.keys("g")
	d.shows(last(21))
	more(200) // what was read has left the ring
	d.shows(last(161))
	d.keys("F")
	d.shows(last(200))
	d.keys("/")
	d.typed("503")
	d.keys("enter", "g", "G")
	d.hides(" 200 /")
	d.keys("esc")
	d.shows(" 200 /")
}

func TestUnchangedSnapshotDrawsNothing(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	d.keys("3")
	d.a.View()
	d.send(snapshotMsg{d.a.idpScreen.snapshot})
	if d.a.dirty {
		t.Error("a snapshot of the same revision asks for a frame")
	}
}

// Everything that a key does is in the help of its screen, and no key does
// two things.
func TestKeysAreUniqueAndExplained(t *testing.T) {
	t.Parallel()
	for i, s := range drive(t, newFakeEngine(t), Options{}, 80, 24).a.screens {
		seen := make(map[string]string)
		d := drive(t, newFakeEngine(t), Options{}, 120, 40)
		d.keys(fmt.Sprint(i + 1))
		for _, b := range d.a.bindings() {
			h := b.key.Help()
			if h.Key == "" || h.Desc == "" {
				t.Errorf("%s: %v has no help", s.name(), b.key.Keys())
			}
			for _, k := range b.key.Keys() {
				if other, ok := seen[k]; ok {
					t.Errorf("%s: %q is both %q and %q", s.name(), k, other, h.Desc)
				}
				seen[k] = h.Desc
			}
		}
		d.keys("?")
		for _, b := range s.bindings() {
			d.shows(b.key.Help().Desc)
		}
	}
}

func TestUnplannedGroupsAreListed(t *testing.T) {
	t.Parallel()
	d := drive(t, endlessEngine{newFakeEngine(t)}, Options{}, 80, 24)
	d.hold = true
	d.keys("R")
	plan := &reports.Plan{Cases: []reports.PlannedCase{{ID: "new.case", Title: "A case that the catalogue does not know", Group: "new", Level: reports.LevelMust}}}
	d.feed(false, reports.Record{Kind: reports.KindPlan, Plan: plan})
	d.keys("G")
	d.shows("new.case", "▾ new")
}

// brokenEngine has a catalogue that cannot be read.
type brokenEngine struct {
	*fakeEngine
	err error
}

func (e brokenEngine) Scenarios() ([]Scenario, error) { return nil, e.err }

func TestTheScreenDoesNotWaitForTheCatalogue(t *testing.T) {
	t.Parallel()
	e := newFakeEngine(t)
	d := &driver{t: t, clock: testStart()}
	d.a = newApp(t.Context(), e, Options{Now: func() time.Time { return d.clock }, Env: []string{"LANG=C.UTF-8"}})
	d.a.after = func(time.Duration, tea.Msg) tea.Cmd { return nil }
	d.send(tea.WindowSizeMsg{Width: 80, Height: 24})
	d.shows("Loading the catalogue")
	d.keys("R")
	d.shows("begins when the catalogue is loaded")
	d.carryOut(d.a.Init())
	d.shows("base.rs256", "41 scenarios", "✓ 31 pass")
	d.hides("Loading the catalogue")
}

func TestACatalogueThatCannotBeReadEndsTheUI(t *testing.T) {
	t.Parallel()
	d := drive(t, brokenEngine{newFakeEngine(t), errorText("line 3: no such level")}, Options{}, 80, 24)
	if err := d.a.verdict(t.Context(), nil); !d.quit || err == nil || err.Error() != "line 3: no such level" {
		t.Errorf("quit %v, %v, want the error of the catalogue", d.quit, err)
	}
}
