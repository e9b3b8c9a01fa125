package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
)

func TestFilter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		filter string
		want   int
	}{
		{"", 41},
		{"aud", 6},
		{"@aud", 6},
		{"@fail", 7},
		{"@failed", 7},
		{"@crash", 1},
		{"@fail @must", 3},
		{"!@must", 10},
		{"-@must", 10},
		{"@skip", 3},
		{"@fail|skip", 10},
		{"@fail|@skipped", 10},
		{"!@fail|skip", 31},
		{"@slow", 1},
		{"@pass @unknown", 1},
		{"@char !aud !iss", 31}, // others have "missing" in their IDs and titles
		{"INVALID_ISSUER", 4},   // no ID has it, so expectations do
		{"rfc 8725", 5},
		{"! @", 41},
		{"@wait", 0},
		{"nothing like it", 0},
		{"sig", 3},
		{"id:sig", 4},
		{"signing", 1},
		{"title:sig", 11},
		{"sig|jwe", 5},
		{"aud|", 6},
		{"id:sig|jwe", 6},
		{"/^(sig|jwe)/", 5},
		{"/^(sig|jwe)", 5}, // still being typed
		{"id:/KEY$/", 2},
		{"!/./", 0},
		{"title:/id token/", 0},
		{"~audsfx", 1},
		{"~adsx", 1},
		{"group:time @fail", 1},
		{"group:ti", 5},
		{"code:issuer", 1},
		{"level:must", 31},
		{"clause:8725", 5},
		{`"good token signed"`, 2},
		{`title:"good token" -rs256`, 1},
		{"id:", 41},
		{"~", 41},
		{"/", 41},
	}
	for _, tt := range tests {
		t.Run(tt.filter, func(t *testing.T) {
			t.Parallel()
			d := drive(t, newFakeEngine(t), Options{}, 80, 24)
			d.keys("R", "/")
			d.typed(tt.filter)
			if got := len(d.a.scenarios.shown()); got != tt.want {
				t.Errorf("%q shows %d scenarios, want %d:\n%s",
					tt.filter, got, tt.want, strings.Join(d.a.scenarios.shown(), "\n"))
			}
		})
	}
}

func TestAWrongFilterSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for filter, want := range map[string]string{
		"@red":        "no @red: try @fail @wait @must @slow",
		"/(sig":       "missing closing ): `(sig`",
		"grp:aud":     "no grp: try id: title: group: code: level: clause:",
		"aud|!iss":    "! belongs to the front: !a|b",
		"aud @fail|x": "no @x: try @fail @wait @must @slow",
	} {
		d := drive(t, newFakeEngine(t), Options{}, 120, 40)
		d.keys("/")
		d.typed(filter)
		d.shows(want)
		if n := len(d.a.scenarios.shown()); n != 0 {
			t.Errorf("%q shows %d scenarios, want none", filter, n)
		}
	}
}

// A filter may be typed before the catalogue is there.
func TestAFilterWaitsForTheCatalogue(t *testing.T) {
	t.Parallel()
	s := newScenarios()
	for _, text := range []string{"aud.suffix-char", "@aud"} {
		s.setFilter(text)
		all, err := newFakeEngine(t).Scenarios()
		if err != nil {
			t.Fatal(err)
		}
		s.fill(all)
		if len(s.shown()) == 0 {
			t.Errorf("%q shows nothing: %s", text, s.filter.err)
		}
		s = newScenarios()
	}
}

// The last row says how a word was understood.
func TestAFilterExplainsItself(t *testing.T) {
	t.Parallel()
	for filter, want := range map[string]string{
		"sig":    "the group sig; id:sig finds 1 more",
		"si":     "in IDs; title:si finds 7 more",
		"~adsx":  "~ is fuzzy: these letters in this order",
		"@must":  "all words: !not a|b ~fuzzy /regexp/ @fail title:x",
		"decoys": "all words: !not a|b ~fuzzy /regexp/ @fail title:x",
	} {
		d := drive(t, newFakeEngine(t), Options{}, 80, 24)
		d.keys("/")
		d.typed(filter)
		d.shows(want)
	}
}

func TestFilterIsEdited(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	d.keys("/")
	d.typed("q?1") // keys that mean something elsewhere
	d.shows("/q?1")
	d.keys("backspace", "backspace", "backspace")
	d.send(tea.PasteMsg{Content: "aud\nsuffix\x1b"})
	d.shows("/aud suffix", "1 of 41")
	d.keys("ctrl+w")
	d.shows("/aud ")
	d.keys("enter", "/")
	d.typed("x")
	d.keys("esc")
	if got := d.a.scenarios.filter.text; got != "aud " {
		t.Errorf("esc left the filter %q, want the one before", got)
	}
	d.keys("/", "ctrl+u", "enter")
	d.shows("41 scenarios")
}

// Up and down fetch what was entered before, and at last what was being typed.
func TestFiltersAreRemembered(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	for _, text := range []string{"aud", "@must", "aud", "eyJhbGciOiJSUzI1NiJ9"} {
		d.keys("/", "ctrl+u")
		d.typed(text)
		d.keys("enter")
	}
	d.keys("/", "ctrl+u")
	d.typed("si")
	for _, step := range []struct{ key, want string }{
		{"up", "aud"}, {"up", "@must"}, {"up", "@must"}, {"down", "aud"}, {"down", "si"}, {"down", "si"},
	} {
		d.keys(step.key)
		if got := d.a.scenarios.filter.text; got != step.want {
			t.Errorf("after %s the filter is %q, want %q", step.key, got, step.want)
		}
	}
}
