package tui

import (
	"slices"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

func TestAssumeDark(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, value string
		want        bool
	}{
		{"unset", "", true},
		{"white on black", "15;0", true},
		{"black on white", "0;15", false},
		{"black on light grey", "0;7", false},
		{"on dark grey", "15;8", true},
		{"three fields, as rxvt writes", "0;default;15", false},
		{"the default", "default;default", true},
	}
	for _, tt := range tests {
		if got := assumeDark([]string{"COLORFGBG=" + tt.value}); got != tt.want {
			t.Errorf("%s: dark %v, want %v", tt.name, got, tt.want)
		}
	}
}

// T goes through the themes that look different on the terminal, and only
// those.
func TestThemeKey(t *testing.T) {
	t.Parallel()
	white := tea.BackgroundColorMsg{Color: newTestColor(0xff)}
	tests := []struct {
		name    string
		profile colorprofile.Profile
		msg     tea.Msg
		env     string
		want    []string
	}{
		{"a dark terminal", colorprofile.TrueColor, nil, "", []string{"light", "16", "mono", "ascii", "auto", "light"}},
		{"a light terminal", colorprofile.TrueColor, white, "", []string{"dark", "light", "16", "mono", "ascii", "auto"}},
		{"a light terminal that only sets a variable", colorprofile.TrueColor, nil, "COLORFGBG=0;15", []string{"dark", "light"}},
		{"16 colours", colorprofile.ANSI, nil, "", []string{"mono", "ascii", "auto", "mono"}},
		{"no colours", colorprofile.ASCII, nil, "", []string{"ascii", "auto", "ascii"}},
		{"no colours and no UTF-8", colorprofile.ASCII, nil, "LANG=C", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := drive(t, newFakeEngine(t), Options{Env: []string{"LANG=C.UTF-8", tt.env}}, 80, 24)
			d.send(tea.ColorProfileMsg{Profile: tt.profile})
			if tt.msg != nil {
				d.send(tt.msg)
			}
			var got []string
			for range max(len(tt.want), 1) {
				before := d.a.look.chosen
				d.keys("T")
				if d.a.look.chosen != before {
					got = append(got, d.a.look.chosen)
					d.shows("theme " + d.a.look.chosen)
				}
				checkFrame(t, d.a, 80, 24)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("T goes through %q, want %q", got, tt.want)
			}
		})
	}
}

// A choice outlives what the terminal says later.
func TestChosenThemeStays(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{Theme: ThemeLight}, 80, 24)
	before := d.a.View().Content
	d.send(tea.BackgroundColorMsg{Color: newTestColor(0)})
	if d.a.View().Content != before {
		t.Error("a terminal that says that it is dark changed the theme light")
	}
}
