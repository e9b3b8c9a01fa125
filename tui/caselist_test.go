package tui

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
)

// listed returns the list as text: headings end in a colon.
func listed(l *caseList) []string {
	var out []string
	for _, e := range l.entries {
		if e.row == nil {
			out = append(out, e.group+":")
		} else {
			out = append(out, e.row.scenario.ID)
		}
	}
	return out
}

func TestSortAndGroup(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		keys []string
		want []string // the first lines
	}{
		{"as in the catalogue", nil, []string{"base:", "base.rs256"}},
		{"failures first, with their group", []string{"s"}, []string{"aud:", "aud.suffix-char", "aud.hidden-char", "aud.10k"}},
		{"the slowest first", []string{"s", "s"}, []string{"aud:", "aud.10k"}},
		{"must first", []string{"s", "s", "s"}, []string{"base:", "base.rs256"}},
		{"by ID", []string{"s", "s", "s", "s"}, []string{"alg:", "alg.hs256-public-key"}},
		{"around to the catalogue", []string{"s", "s", "s", "s", "s"}, []string{"base:", "base.rs256"}},
		{"by code", []string{"S"}, []string{"no documented code:", "base.rs256"}},
		{"by clause", []string{"S", "S"}, []string{"OIDC Core 1.0 §3.1.3.7:", "base.rs256"}},
		{"by outcome, the bad ones first", []string{"S", "S", "S"}, []string{"fail:", "aud.suffix-char"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, newFakeEngine(t), Options{}, 120, 40)
			d.keys("R")
			d.keys(tt.keys...)
			got := listed(&d.a.scenarios.caseList)
			if diff := cmp.Diff(tt.want, got[:len(tt.want)]); diff != "" {
				t.Errorf("the list begins otherwise (-want +got):\n%s", diff)
			}
			n := len(slices.DeleteFunc(got, func(x string) bool { return strings.HasSuffix(x, ":") }))
			if n != 41 {
				t.Errorf("the list has %d scenarios, want 41", n)
			}
		})
	}
}

// Sorting must not lose the case that the user looks at.
func TestSortKeepsTheCursorOnItsCase(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys("R", "n", "n", "s", "S", "S", "S")
	if e, _ := d.a.scenarios.selected(); e.row == nil || e.row.scenario.ID != "aud.hidden-char" {
		t.Errorf("the cursor is on %+v, want aud.hidden-char", e)
	}
	d.shows("failures first, by outcome", "aud.hidden-char")
}

func TestMarks(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		keys []string
		want []string
	}{
		{"one", []string{"j", "m"}, []string{"base.rs256"}},
		{"two, not in a row", []string{"j", "m", "j", "j", "m"}, []string{"base.rs256", "base.extra-claims"}},
		{"taken away", []string{"j", "m", "m"}, nil},
		{"a group", []string{"m"}, []string{"base.rs256", "base.es256", "base.extra-claims"}},
		{"a group without one", []string{"m", "j", "m"}, []string{"base.es256", "base.extra-claims"}},
		{"by moving", []string{"j", "v", "j"}, []string{"base.rs256", "base.es256"}},
		{"by moving up, kept", []string{"j", "j", "v", "k", "v", "G"}, []string{"base.rs256", "base.es256"}},
		{"by moving, ended with m", []string{"j", "v", "j", "m", "G"}, []string{"base.rs256", "base.es256"}},
		{"dropped", []string{"j", "v", "j", "esc"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, newFakeEngine(t), Options{}, 120, 40)
			d.keys(tt.keys...)
			if diff := cmp.Diff(tt.want, d.a.scenarios.marked()); diff != "" {
				t.Errorf("marked otherwise (-want +got):\n%s", diff)
			}
		})
	}
}

// A filter may hide every line that moving marks.
func TestMarkingAnEmptyList(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	d.keys("j", "v", "/")
	d.typed("nothing like it")
	d.keys("enter")
	d.shows("No scenario matches")
	d.keys("v")
	if got := d.a.scenarios.marked(); len(got) != 0 {
		t.Errorf("%q are marked, want none", got)
	}
}

func TestMarkedScenariosAreRunCopiedAndListed(t *testing.T) {
	t.Parallel()
	e := newFakeEngine(t)
	d := drive(t, e, Options{}, 120, 40)
	d.keys("j", "m", "j", "m")
	d.shows("• ", "2 marked", "run 2 marked")
	d.keys("y")
	if got := d.left("setClipboardMsg"); !slices.Contains(got, "base.rs256 base.es256") {
		t.Errorf("copied %q, want the marked IDs", got)
	}
	d.keys("G", "r")
	if diff := cmp.Diff([]string{"base.rs256", "base.es256"}, e.runs[0].IDs); diff != "" {
		t.Errorf("ran others (-want +got):\n%s", diff)
	}
	d.keys("/")
	d.typed("@marked")
	d.keys("enter")
	d.shows("2 of 41")
	d.keys("esc")
	d.shows("0 of 41")
	d.keys("esc")
	d.hides("marked")
}

// While nobody moves, the list shows what runs; then it returns to where the
// user was.
func TestTheListFollowsTheRun(t *testing.T) {
	t.Parallel()
	d := drive(t, endlessEngine{newFakeEngine(t)}, Options{}, 80, 24)
	d.hold = true
	records := recorded(t, "run.jsonl")
	at := func(want string) {
		t.Helper()
		if e, _ := d.a.scenarios.selected(); e.row == nil || e.row.scenario.ID != want {
			t.Errorf("the cursor is on %+v, want %s", e, want)
		}
	}
	d.keys("j", "R")
	d.feed(false, records[:26]...)
	d.feed(false, startOf("rot.new-kid"))
	d.tick()
	at("rot.new-kid")
	d.shows("run   rot.new-kid", "run in progress")
	d.keys("k")
	d.feed(false, startOf("fetch.slow"))
	if e, _ := d.a.scenarios.selected(); e.row != nil && e.row.scenario.ID == "fetch.slow" {
		t.Error("the cursor still follows the run after it was moved")
	}

	d = drive(t, endlessEngine{newFakeEngine(t)}, Options{}, 80, 24)
	d.hold = true
	d.keys("j", "R")
	d.feed(false, records[:26]...)
	d.feed(false, startOf("rot.new-kid"))
	d.feed(true, records[26:]...)
	at("base.rs256")
}

func TestSearchInTheDetail(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	d.keys("R", "n", "enter", "/")
	d.typed("AUD")
	d.shows("search the detail", "match 1 of")
	if frame := d.a.View().Content; !strings.Contains(frame, string(d.a.theme.cursor)+"aud") {
		t.Error("the match is not set apart")
	}
	d.keys("enter", "n")
	d.shows("match 2 of")
	d.keys("N", "N")
	d.shows("match 9 of 9")
	d.keys("n")
	d.shows("match 1 of 9")
	d.keys("esc")
	d.hides("match")
	d.keys("/")
	d.typed("nowhere")
	d.keys("enter", "n")
	d.shows("no match")
	d.keys("esc", "esc", "n")
	d.shows("aud.hidden-char")
}

func TestDifferingPart(t *testing.T) {
	t.Parallel()
	pair := func(a, b string) []reports.Detail {
		return []reports.Detail{{Label: "sig", Mark: reports.MarkRemoved, Text: a}, {Label: "sig", Mark: reports.MarkAdded, Text: b}}
	}
	tests := []struct{ name, a, b, from, to string }{
		{"one character", "RPQ1Kcx", "RPQlKcx", "1", "l"},
		{"one more at the end", `"skc_812"`, `"skc_8121"`, "", "1"},
		{"one less in the middle", "abcdef", "abdef", "c", ""},
		{"repeated letters", "aaa", "aaaa", "", "a"},
		{"characters of several bytes", "日本語x", "日本誤x", "語", "誤"},
		{"little in common", "abc", "xyc", "", ""},
		{"the same", "abc", "abc", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			list := pair(tt.a, tt.b)
			from, to := differing(list, 0), differing(list, 1)
			if got := tt.a[from.from:from.to]; got != tt.from {
				t.Errorf("the first side differs in %q, want %q", got, tt.from)
			}
			if got := tt.b[to.from:to.to]; got != tt.to {
				t.Errorf("the second side differs in %q, want %q", got, tt.to)
			}
		})
	}
	if got := differing([]reports.Detail{{Label: "aud", Mark: reports.MarkRemoved}, {Label: "sub", Mark: reports.MarkAdded}}, 0); got != (stretch{}) {
		t.Errorf("two labels are compared: %v", got)
	}
}

// The part is set apart on the line that it is on.
func TestDifferingPartIsMarkedOnItsLine(t *testing.T) {
	t.Parallel()
	d := &detailWriter{t: newTheme(0, true, nil), w: 24}
	d.t.cursor = "<"
	d.hangMarked(2, "", "", "aaaa bbbb cccc dddd eeee ffff", stretch{22, 23})
	if got := strings.Join(d.lines, "\n"); strings.Count(got, "<") != 1 || !strings.Contains(got, "ee<e") {
		t.Errorf("lines are\n%s", got)
	}
}

func TestKeyLanes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		steps []string
		want  []string
	}{
		{"nothing rotates", []string{"mint a"}, []string{"k1 █"}},
		{"published, then signing, then alone", []string{"rotate: publish-then-sign k2", "promote k2", "retire k1"}, []string{"k1 █░ ", "k2 ░██"}},
		{"at once", []string{"verify a", "rotate: sign-at-once k2", "verify b"}, []string{"k1 █░░", "k2  ██"}},
		{"the old one dropped", []string{"rotate: drop-old k2"}, []string{"k1  ", "k2 █"}},
		{"never published", []string{"rotate: unpublished k2"}, []string{"k1 ░", "k2 ▒"}},
		{"rolled back", []string{"rotate: sign-at-once k2", "rotate: rollback "}, []string{"k1 ░░", "k2 █▒"}},
		{"another wording", []string{"rotate, mode sign-at-once"}, []string{"k1 ░", "next key █"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var steps []reports.Step
			for _, do := range tt.steps {
				steps = append(steps, reports.Step{Do: do, OK: true})
			}
			var got []string
			for _, l := range keyLanes(steps) {
				got = append(got, l.name+" "+strings.Join(l.states, ""))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("the lanes differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheExchangeOfOneToken(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys("R", "n", "enter", "e")
	d.shows("to the implementation", `> {"op":"verify","input":{"token":"eyJ`, "< accept", "to the mock environment")
	d.hides("cause")
	d.keys("e")
	d.shows("cause", "• ")
	// w and d show the token, which is not in the exchange.
	d.keys("e", "w")
	d.shows("cause", "eyJ")
	d.hides("to the implementation")
	d.keys("w", "e", "d")
	d.hides("to the implementation", "the rest is unchanged")
}

func TestADocumentedCauseIsShownForAPass(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys("R", "/")
	d.typed("aud.other-client")
	d.keys("enter", "j")
	d.a.scenarios.byID["aud.other-client"].result.Documented = &reports.Documented{Name: "audience.other", Text: "the front end uses another client", Do: "use one client"}
	d.a.scenarios.settle()
	d.keys("k", "j")
	d.shows("INVALID_AUDIENCE", "• the front end uses another client", "• use one client")
}
