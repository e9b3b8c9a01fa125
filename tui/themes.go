package tui

import (
	"cmp"
	"image/color"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
)

// The values of [Options.Theme].
const (
	ThemeAuto  = "auto"  // dark or light like the terminal, with the colours that it has
	ThemeDark  = "dark"  // for a dark terminal
	ThemeLight = "light" // for a light one
	ThemeBasic = "16"    // the 16 colours of the terminal's own scheme
	ThemeMono  = "mono"  // bold and reverse video instead of colours
	ThemeASCII = "ascii" // like auto, with ASCII characters only
)

// Themes returns the values of [Options.Theme] in the order in which a key goes
// through them.
func Themes() []string {
	return []string{ThemeDark, ThemeLight, ThemeBasic, ThemeMono, ThemeASCII, ThemeAuto}
}

// appearance decides how the screen looks: by what the user chose, and by what
// is known about the terminal.
type appearance struct {
	chosen     string // one of Themes; empty is auto
	profile    colorprofile.Profile
	background color.Color // nil while the terminal has not told it
	dark       bool        // assumed until then
	utf8       bool        // the terminal shows more than ASCII
}

func newAppearance(chosen string, env []string) appearance {
	return appearance{
		chosen: chosen, profile: colorprofile.ANSI, dark: assumeDark(env), utf8: utf8Locale(env),
	}
}

// theme returns the styles. A theme has no more colours than the terminal.
func (x appearance) theme() *theme {
	profile, dark, background := x.profile, x.dark, x.background
	if background != nil {
		dark = tea.BackgroundColorMsg{Color: background}.IsDark()
	}
	switch x.chosen {
	case ThemeDark, ThemeLight:
		if wish := x.chosen == ThemeDark; wish != dark {
			dark, background = wish, nil
		}
	case ThemeBasic:
		profile = min(profile, colorprofile.ANSI)
	case ThemeMono:
		profile = min(profile, colorprofile.ASCII)
	}
	return newTheme(profile, dark, background)
}

// ascii reports whether only ASCII characters are drawn.
func (x appearance) ascii() bool { return !x.utf8 || x.chosen == ThemeASCII }

// next returns the next theme that looks different on this terminal, or x if
// there is none.
func (x appearance) next() appearance {
	all := Themes()
	at := slices.Index(all, cmp.Or(x.chosen, ThemeAuto))
	for i := range all {
		y := x
		y.chosen = all[(at+1+i)%len(all)]
		if *y.theme() != *x.theme() || y.ascii() != x.ascii() {
			return y
		}
	}
	return x
}

// assumeDark guesses the background of a terminal that does not tell it. Some
// terminals set COLORFGBG to the numbers of their text and background colours,
// such as "0;15".
func assumeDark(env []string) bool {
	value := lookup(env, "COLORFGBG")
	n, err := strconv.Atoi(value[strings.LastIndexByte(value, ';')+1:])
	return err != nil || n < 7 || n == 8 // the dark half of 16 colours, and dark grey
}
