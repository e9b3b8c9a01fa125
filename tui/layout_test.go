package tui

import (
	"fmt"
	"image/color"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

func newTestColor(v uint8) color.Color { return color.RGBA{v, v, v, 0xff} }

// checkFrame checks that the frame has exactly h lines of w cells, and that
// colours are its only escape sequences.
func checkFrame(t *testing.T, a *app, w, h int) {
	t.Helper()
	frame := a.render()
	lines := strings.Split(frame, "\n")
	if len(lines) != h {
		t.Fatalf("%d lines at %dx%d, want %d:\n%s", len(lines), w, h, h, ansi.Strip(frame))
	}
	sgr := regexp.MustCompile(`\x1b\[[0-9;:]*m`)
	for i, line := range lines {
		if got := ansi.StringWidth(line); got != w {
			t.Fatalf("line %d is %d cells wide at %dx%d, want %d: %q",
				i, got, w, h, w, ansi.Strip(line))
		}
		plain := sgr.ReplaceAllString(line, "")
		if at := strings.IndexFunc(plain, unicode.IsControl); at >= 0 {
			t.Fatalf("line %d holds a control character: %q", i, plain[at:])
		}
		if a.look.ascii() && strings.IndexFunc(line, func(r rune) bool { return r >= 0x80 }) >= 0 {
			t.Fatalf("line %d is not ASCII: %q", i, line)
		}
	}
}

// hostile is an engine all of whose texts try to break the screen.
func hostileEngine(t *testing.T) *fakeEngine {
	evil := []string{"\x1b[2J\x1b]0;x\a", "日本語のとても長い題名日本語のとても長い題名", "\r\n\t\u202e", "👩\u200d🚀e\u0301🇩🇪", strings.Repeat("x", 300), "", "\xff\xfe"}
	e := newFakeEngine(t)
	pick := func(i int) string { return evil[i%len(evil)] }
	plan := &reports.Plan{}
	for i := range 40 {
		id := pick(i) + "." + string(rune('a'+i%26)) + pick(i+3)
		c := &reports.Case{
			ID: id, Title: pick(i + 1), Group: pick(i / 5), Level: reports.LevelMust, Outcome: reports.Outcomes()[i%6],
			Want: pick(i), Got: pick(i + 2), Why: pick(i + 1), Spec: []string{pick(i), pick(i + 1)}, Policy: pick(i), DurationMillis: float64(i),
			Causes: []string{pick(i)}, Advice: []string{pick(i + 1)}, Repeat: pick(i + 4),
			Evidence: &reports.Evidence{
				Changes: []string{pick(i)}, Notes: []string{pick(i + 1)},
				Before:   &reports.Token{Header: `{"` + pick(i) + `":1}`, Payload: pick(i), Bytes: 1},
				After:    &reports.Token{Header: `{"` + pick(i) + `":2}`, Payload: pick(i + 1), Signature: pick(i), Compact: pick(i + 4), Bytes: 1 << 20},
				Steps:    []reports.Step{{Do: pick(i), Want: pick(i), Got: pick(i + 1)}},
				Requests: []reports.Request{{Method: pick(i), Path: pick(i + 1), UserAgent: pick(i + 2), Fault: pick(i)}},
			},
		}
		if e.cases[id] == nil {
			plan.Cases = append(plan.Cases, reports.PlannedCase{ID: id, Title: c.Title, Group: c.Group, Level: c.Level})
		}
		e.cases[id] = c
	}
	e.Replay.plan = plan
	e.Replay.header.Implementation.Name = pick(0)
	for i := range e.bench.samples {
		if s := e.bench.samples[i].Sample; s != nil {
			s.Series = pick(i/9) + s.Series
			s.Verdicts = map[string]uint64{pick(i): 3}
			s.Invalid = []string{pick(i + 1)}
		}
	}
	for i, r := range e.load.samples {
		if r.Sample == nil {
			continue
		}
		s := *r.Sample
		s.Series = pick(i/30) + s.Series
		s.Verdicts = map[string]uint64{pick(i): 3, pick(i + 2): 1 << 60}
		s.Failures = map[string]uint64{pick(i + 1): 1}
		s.WrongAnswers = []reports.WrongAnswer{{Case: pick(i), Want: pick(i + 1), Got: pick(i + 2)}}
		s.Notes, s.Invalid = []string{pick(i), pick(i + 4)}, []string{pick(i + 1)}
		event := reports.Event{Event: pick(i), AtSeconds: float64(i), Result: pick(i + 1)}
		s.Events = []reports.Event{event, {Event: pick(i + 1), Failure: pick(i)}}
		if s.Course != nil {
			course := *s.Course
			course.Events = s.Events
			s.Course = &course
		}
		e.load.samples[i].Sample = &s
	}
	footer := *e.load.footer
	footer.Invalid = evil
	footer.Thresholds = []reports.Threshold{{Expression: pick(0), Got: pick(1), Verdict: pick(2)}}
	footer.Capacity = &reports.Capacity{Reason: pick(4), Steps: []reports.CapacityStep{{Phase: pick(1), Outcome: pick(2), Why: pick(0)}}}
	e.load.footer = &footer
	e.load.samples = append(e.load.samples, reports.Record{Kind: reports.KindProgress, Progress: &reports.Progress{Done: -5, Total: 3, Message: pick(0), LeftSeconds: 1e9}})
	snap := testSnapshot(40)
	snap.URL, snap.Clients = pick(1), []IdPClient{{ID: pick(2), Name: pick(3)}, {ID: pick(4)}}
	snap.Decoys[0].ID, snap.Decoys[0].Kind = pick(0), pick(3)
	snap.Faults = evil
	for i := range snap.Keys {
		snap.Keys[i].ID, snap.Keys[i].Alg, snap.Keys[i].State = pick(i), pick(i+1), pick(i+2)
	}
	for i := range snap.Requests {
		r := &snap.Requests[i]
		r.Method, r.Path, r.UserAgent, r.Fault = pick(i), pick(i+1), pick(i+2), pick(i+3)
	}
	snap.Modes = append(snap.Modes, RotationMode{Name: pick(0), Title: pick(2)})
	e.env = &fakeIdP{snapshot: snap, fail: errorText(pick(0) + "\n" + pick(1))}
	return e
}

type errorText string

func (e errorText) Error() string { return string(e) }

// Whatever the size, the keys and the texts, the frame is complete.
func TestFrameIsWholeAtRandom(t *testing.T) {
	t.Parallel()
	engines := map[string]func(*testing.T) *fakeEngine{
		"usual texts":   func(t *testing.T) *fakeEngine { return newFakeEngine(t) },
		"hostile texts": hostileEngine,
		"an empty catalogue": func(t *testing.T) *fakeEngine {
			e := newFakeEngine(t)
			e.plan = &reports.Plan{}
			return e
		},
	}
	var names []string
	a := drive(t, newFakeEngine(t), Options{}, 80, 24).a
	for _, a.screen = range a.screens {
		for _, b := range a.bindings() {
			names = append(names, b.key.Keys()...)
		}
	}
	names = append(names, "a", "@", "!", "y", "backspace", "enter", "esc", "j", "j", "R", "space")
	// Text fields and the palette have keys of their own.
	names = append(names, ":", ":", "~", "|", "-", ":", "_", "alt+b", "alt+d", "ctrl+a", "ctrl+k", "ctrl+v", "delete", "tab", "up", "down")
	pastes := []string{"run aud.*", "reproduce ", "filter /(a|", "~日本\u202e", "use\n\x1b[31m", strings.Repeat("eyJ.", 300)}
	for name, engine := range engines {
		for seed := range uint64(3) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				rng := rand.New(rand.NewPCG(seed, 7))
				env := []string{"LANG=C.UTF-8"}
				if seed%3 == 2 {
					env = []string{"LANG=C"}
				}
				w, h := 80, 24
				d := drive(t, engine(t), Options{Env: env}, w, h)
				var pressed []string
				defer func() {
					if t.Failed() {
						t.Logf("seed %d, keys %q", seed, pressed)
					}
				}()
				for range 300 {
					if rng.IntN(4) == 0 {
						w, h = rng.IntN(160), rng.IntN(60)
						d.send(tea.WindowSizeMsg{Width: w, Height: h})
					}
					d.send(anyMouse(rng, w, h))
					d.settle()
					key := names[rng.IntN(len(names))]
					pressed = append(pressed, key)
					if len(pressed) > 40 {
						pressed = pressed[1:]
					}
					d.keys(key)
					if rng.IntN(20) == 0 {
						d.send(tea.PasteMsg{Content: pastes[rng.IntN(len(pastes))]})
					}
					d.tick()
					if w > 0 && h > 0 {
						checkFrame(t, d.a, w, h)
					}
				}
			})
		}
	}
}

// anyMouse returns what a mouse may do, also outside of the screen.
func anyMouse(rng *rand.Rand, w, h int) tea.Msg {
	m := tea.Mouse{X: rng.IntN(w+10) - 5, Y: rng.IntN(h+10) - 5, Button: tea.MouseLeft}
	switch rng.IntN(6) {
	case 0:
		return tea.MouseClickMsg(m)
	case 1:
		return tea.MouseReleaseMsg(m)
	case 2:
		m.Button = tea.MouseWheelUp
		return tea.MouseWheelMsg(m)
	case 3:
		m.Button = tea.MouseWheelDown
		return tea.MouseWheelMsg(m)
	case 4:
		m.Button = tea.MouseRight
		return tea.MouseClickMsg(m)
	default:
		return tea.MouseMotionMsg(m)
	}
}

// Every scene is complete in every theme at every kind of size.
func TestFrameIsWholeEverywhere(t *testing.T) {
	t.Parallel()
	sizes := []struct{ w, h int }{{1, 1}, {20, 6}, {40, 10}, {59, 30}, {80, 24}, {110, 15}, {120, 40}, {140, 29}, {200, 60}, {500, 200}}
	for i, scene := range scenes() {
		t.Run(scene.name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, newFakeEngine(t), Options{}, 80, 24)
			scene.play(d)
			themes := Themes()
			for n, size := range sizes {
				// Each size has one theme, and another one in the next scene.
				d.a.look.chosen = themes[(i+n)%len(themes)]
				d.a.restyle()
				d.send(tea.WindowSizeMsg{Width: size.w, Height: size.h})
				checkFrame(t, d.a, size.w, size.h)
			}
		})
	}
}

func TestFitLine(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		w        int
		want     string
	}{
		{"padded", "ab", 4, "ab  "},
		{"cut", "abcdef", 4, "abc…"},
		{"half a wide character", "日本語", 4, "日… "},
		{"colours do not count", "\x1b[31mab\x1b[m", 3, "\x1b[31mab\x1b[m "},
		{"no room", "ab", 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := fitLine(tt.in, tt.w); got != tt.want {
				t.Errorf("fitLine(%q, %d) = %q, want %q", tt.in, tt.w, got, tt.want)
			}
		})
	}
}

func TestEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		left, right string
		w           int
		want        string
	}{
		{"left", "right", 12, "left   right"},
		{"left", "right", 9, "leftright"},
		{"left", "right", 7, "leftri…"},
		{"left", "right", 3, "le…"},
	}
	for _, tt := range tests {
		if got := ends(tt.left, tt.right, tt.w); got != tt.want {
			t.Errorf("ends(%q, %q, %d) = %q, want %q", tt.left, tt.right, tt.w, got, tt.want)
		}
	}
}

func TestFollowKeepsTheCursorInSight(t *testing.T) {
	t.Parallel()
	for n := range 12 {
		for h := 1; h < 9; h++ {
			offset := 0
			for _, cursor := range []int{0, n - 1, n / 2, 0, n - 1} {
				cursor = max(cursor, 0)
				offset = follow(offset, cursor, n, h)
				if n > 0 && (cursor < offset || cursor >= offset+h) || offset < 0 || offset > max(n-h, 0) {
					t.Errorf("follow = %d for cursor %d of %d in %d lines", offset, cursor, n, h)
				}
			}
		}
	}
}

func TestUTF8Locale(t *testing.T) {
	t.Parallel()
	tests := []struct {
		env  []string
		want bool
	}{
		{nil, true},
		{[]string{"LANG=de_DE.UTF-8"}, true},
		{[]string{"LANG=en_US.utf8"}, true},
		{[]string{"LANG=C"}, false},
		{[]string{"LANG=de_DE.UTF-8", "LC_ALL=C"}, false},
		{[]string{"LC_CTYPE=C.UTF-8", "LANG=C"}, true},
		{[]string{"LANG=de_DE.ISO-8859-1"}, false},
		{[]string{"LANG=C.UTF-8", "TERM=linux"}, false},
	}
	for _, tt := range tests {
		if got := utf8Locale(tt.env); got != tt.want {
			t.Errorf("utf8Locale(%q) = %v, want %v", tt.env, got, tt.want)
		}
	}
}

func TestToASCIIKeepsTheWidth(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"plain", "┌─ ✓ 48 µs – § › …", "日本語", "\x1b[31m✗\x1b[m", "ü"} {
		got := toASCII(s)
		if ansi.StringWidth(got) != ansi.StringWidth(s) {
			t.Errorf("toASCII(%q) = %q, %d cells instead of %d",
				s, got, ansi.StringWidth(got), ansi.StringWidth(s))
		}
		if strings.IndexFunc(got, func(r rune) bool { return r >= 0x80 }) >= 0 {
			t.Errorf("toASCII(%q) = %q is not ASCII", s, got)
		}
	}
}

// Text has the contrast that WCAG 2 requires (4.5 to 1) against the usual
// backgrounds of its theme and the tones that are made of them. Faint text is
// never drawn on the selected row.
func TestPalettesAreLegible(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		palette     palette
		backgrounds []string
	}{
		{"dark", darkPalette(), []string{"#000000", "#1e1e1e", "#282c34"}},
		{"light", lightPalette(), []string{"#ffffff", "#fafafa", "#f0f0f0"}},
	}
	for _, tt := range tests {
		roles := map[string]color.Color{"muted": tt.palette.muted, "accent": tt.palette.accent, "pass": tt.palette.pass, "fail": tt.palette.fail, "warn": tt.palette.warn}
		for role, c := range roles {
			for _, bg := range tt.backgrounds {
				tone := newTones(lipgloss.Color(bg), tt.name == "dark")
				on := map[string]color.Color{"": lipgloss.Color(bg), "bar": tone.bar, "head": tone.head, "raised": tone.raised}
				if role != "muted" {
					on["selected"] = tone.selected
				}
				for what, back := range on {
					if got := contrast(c, back); got < 4.5 {
						t.Errorf("%s %s on %s %s has a contrast of %.1f, want 4.5 or more", tt.name, role, bg, what, got)
					}
				}
			}
		}
	}
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	linear := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.03928 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(r) + 0.7152*linear(g) + 0.0722*linear(b)
}

// Profiles without colour must not emit any.
func TestThemeWithoutColour(t *testing.T) {
	t.Parallel()
	for _, profile := range []colorprofile.Profile{colorprofile.NoTTY, colorprofile.ASCII} {
		th := newTheme(profile, true, nil)
		for _, st := range []style{th.muted, th.accent, th.border, th.pass, th.warn} {
			if st != "" {
				t.Errorf("profile %s has the style %q, want none", profile, st)
			}
		}
		if th.cursor == "" || th.title == "" {
			t.Errorf("profile %s lost bold or reverse video", profile)
		}
	}
}

// A few long IDs do not take the room of every title.
func TestIDColumn(t *testing.T) {
	t.Parallel()
	s := newScenarios()
	var list []Scenario
	for i := range 100 {
		list = append(list, Scenario{ID: fmt.Sprintf("group.case-%03d", i), Group: "group"})
	}
	list[7].ID = "group." + strings.Repeat("long", 10)
	s.fill(list)
	if got, want := s.idWidth(200), len("group.case-000"); got != want {
		t.Errorf("the column has %d cells, want %d", got, want)
	}
	if got := s.idWidth(20); got != 8 {
		t.Errorf("in a line of 20 cells the column has %d, want 8", got)
	}
	s.setFilter("long")
	if got, want := s.idWidth(200), len(list[7].ID); got != want {
		t.Errorf("for one long ID the column has %d cells, want %d", got, want)
	}
}
