package tui

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

// The palette carries out what is typed.
func TestPaletteCarriesOutCommands(t *testing.T) {
	t.Parallel()
	tests := []struct {
		typed string
		check func(*app) bool
	}{
		{"filter @failed", func(a *app) bool { return a.scenarios.filter.text == "@failed" }},
		{"search sig|aud", func(a *app) bool { return a.scenarios.filter.text == "sig|aud" }},
		{"policy char", func(a *app) bool { return a.scenarios.filter.text == "@char" }},
		{"policy any", func(a *app) bool { return a.scenarios.filter.text == "" }},
		{"implementation builtin", func(a *app) bool { return a.implementation == "builtin" }},
		{"impl bui", func(a *app) bool { return a.implementation == "builtin" }},
		{"use exec:./mine --fast", func(a *app) bool { return a.implementation == "exec:./mine --fast" }},
		{"seed 1234", func(a *app) bool { return a.seed == "1234" && a.sameSeed() == "1234" }},
		{"theme light", func(a *app) bool { return a.look.chosen == ThemeLight }},
		{"colour li", func(a *app) bool { return a.look.chosen == ThemeLight }},
		{"open before.jsonl", func(a *app) bool { return a.scenarios.header != nil }},
		{"bench", func(a *app) bool { return a.screen == screen(a.bench) }},
		{"idp", func(a *app) bool { return a.screen == screen(a.idpScreen) }},
		{"token", func(a *app) bool { return a.screen == screen(a.tokenLab) }},
		{"h", func(a *app) bool { _, ok := a.overlay.(*help); return ok }},
		{"light dark", func(a *app) bool { _, ok := a.overlay.(*chooser); return ok }}, // which one is asked
		{"rot.just-before-signing", selects("rot.just-before-signing")},
		{"jstbfr", selects("rot.just-before-signing")},
		{"before sign", selects("rot.just-before-signing")},
		{"no exp", selects("time.no-exp")},
	}
	for _, tt := range tests {
		t.Run(tt.typed, func(t *testing.T) {
			t.Parallel()
			d := drive(t, newFakeEngine(t), Options{}, 80, 24)
			d.keys(":")
			d.typed(tt.typed)
			d.keys("enter")
			if !tt.check(d.a) {
				t.Errorf("%q did something else:\n%s", tt.typed, d.screen())
			}
		})
	}
}

func selects(id string) func(*app) bool {
	return func(a *app) bool {
		e, ok := a.scenarios.selected()
		return ok && e.row != nil && e.row.scenario.ID == id
	}
}

func TestPaletteRunsWhatPatternsSelect(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]int{
		"run aud": 6, "run aud.*": 6, "run aud sig": 9, "run time.expired": 1, "run INVALID_AUDIENCE": 2, "run su": 2,
	} {
		engine := newFakeEngine(t)
		d := drive(t, engine, Options{Seed: "7f3a"}, 80, 24)
		d.keys(":")
		d.typed(typed)
		d.keys("enter")
		if len(engine.runs) != 1 || len(engine.runs[0].IDs) != want || engine.runs[0].Seed != "7f3a" {
			t.Errorf("%q runs %v, want %d cases", typed, engine.runs, want)
		}
	}
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	d.keys(":")
	d.typed("run zzz.*")
	d.shows("nothing matches")
}

// What the palette offers as filters is none that is wrong.
func TestFilterExamples(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	d.keys(":")
	d.typed("filter ")
	for _, x := range filterExamples() {
		d.shows(x.name, x.help)
		if f := parseFilter(x.name, d.a.scenarios.rows); f.err != "" {
			t.Errorf("the filter %q: %s", x.name, f.err)
		}
	}
}

// A case that is filtered away or folded is shown.
func TestPaletteGoesToWhatIsHidden(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	d.keys("space", "/")
	d.typed("@jwe")
	d.keys("enter", "2", ":")
	d.typed("base.es256")
	d.shows("case", "A good token signed with ES256")
	d.keys("enter")
	d.shows("> ·       base.es256", "41 scenarios")
	d.keys(":")
	d.typed("tls")
	d.shows("group", "1 case")
	d.keys("enter")
	if e, _ := d.a.scenarios.selected(); e.row != nil || e.group != "tls" {
		t.Errorf("the cursor is on %+v, want the group tls", e)
	}
}

func TestPaletteListsRunsAndKeys(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys(":")
	d.shows("key", "next failure", "command", "theme", "light, dark, 16, mono, ascii   T")
	d.typed("2026-11-22")
	d.shows("run", "2026-11-22 15:05 sloppy, 7 of 41 failed", "before.jsonl")
	d.keys("tab")
	d.shows("› open before.jsonl")
	d.keys("enter")
	d.shows("latest run")
}

// Tab types, a command that needs an argument asks for it, and up fetches what
// was done before.
func TestPaletteIsTyped(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	d.keys(":")
	d.typed("the")
	d.keys("enter")
	d.shows("› theme", "for a light terminal")
	d.typed("li")
	d.keys("tab")
	d.shows("› theme light")
	d.keys("enter", ":")
	d.typed("token")
	d.keys("enter", ":", "up", "up")
	d.shows("› theme light")
	d.keys("down")
	d.shows("› token")
	d.keys("esc", ":", "down", "up", "esc") // within the list, up only moves
	if got := d.a.entered[paletteHistory]; !slices.Equal(got, []string{"theme light", "token"}) {
		t.Errorf("the history is %q", got)
	}
}

// Nothing that may be secret is remembered, and not everything for ever.
func TestHistories(t *testing.T) {
	t.Parallel()
	h := make(histories)
	for _, text := range []string{"a", " b ", "a", "", "  ", "eyJhbGciOiJub25lIn0.e30.", "implementation bearer:https://me:pass@host/x"} {
		h.add("x", text)
	}
	if got := h["x"]; !slices.Equal(got, []string{"b", "a"}) {
		t.Errorf("the history is %q", got)
	}
	for range 3 * keepEntries {
		h.add("x", strings.Repeat("y", len(h["x"])))
		h.add("x", h["x"][0]+"z")
	}
	if got := len(h["x"]); got > keepEntries {
		t.Errorf("the history has %d entries, want at most %d", got, keepEntries)
	}
}

// An open field costs nothing while nothing is typed.
func TestFieldsDoNotBlink(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"/", ":", "i"} {
		d := drive(t, newFakeEngine(t), Options{}, 80, 24)
		d.keys(key)
		d.typed("a")
		if len(d.timers) > 0 || len(d.messages) > 1 { // the query for the background
			t.Errorf("%s leaves timers %v and messages %v, want none", key, d.timers, d.messages)
		}
	}
}

// Pasting into the palette types one line.
func TestPaletteTakesAPaste(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	d.keys(":")
	d.send(tea.PasteMsg{Content: "filter\n@failed"})
	d.keys("enter")
	if got := d.a.scenarios.filter.text; got != "@failed" {
		t.Errorf("the filter is %q, want @failed", got)
	}
}
