package tui

import (
	"image/color"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

// style is an escape sequence. It is not a lipgloss style, because a frame
// applies hundreds of styles, and lipgloss measures and lays out the text
// each time.
type style string

// s returns text in this style.
func (st style) s(text string) string {
	if st == "" || text == "" {
		return text
	}
	return string(st) + text + ansi.ResetStyle
}

// under returns line with st as its background, which the resets in the line
// would otherwise end.
func (st style) under(line string) string {
	if st == "" {
		return line
	}
	return string(st) + strings.ReplaceAll(line, ansi.ResetStyle, ansi.ResetStyle+string(st)) + ansi.ResetStyle
}

// theme holds every style by its role. Nothing else names a colour, and no
// two roles differ only in their colour.
type theme struct {
	title, muted, accent style
	tab, border          style
	pass, fail, warn     style
	removed, added       style
	cursor, prompt       style
	chart, chartSide     style
	toast, toastBad      style

	// The verdict of a run, which is the loudest thing on the screen.
	badgePass, badgeFail, badgeWarn, badgeLive style

	// Backgrounds: of the first and the last row, of the heads of panes, of
	// the selected row and of overlays. They are empty without fine shades;
	// lines and reverse video do the same then.
	bar, head, selected, raised style
}

// palette holds the colours of a theme for one kind of background.
type palette struct {
	muted, accent, border, pass, fail, warn color.Color
}

// darkPalette and lightPalette have a contrast of at least 4.5 to 1 against
// all backgrounds from black to dark grey, and from white to light grey, and
// against the tones made of these. The border is decoration and has less.
func darkPalette() palette {
	return palette{
		muted: lipgloss.Color("#aaaaaa"), accent: lipgloss.Color("#7cbeff"), border: lipgloss.Color("#5f5f5f"),
		pass: lipgloss.Color("#6fcf7a"), fail: lipgloss.Color("#ff8f87"), warn: lipgloss.Color("#e3b341"),
	}
}

func lightPalette() palette {
	return palette{
		muted: lipgloss.Color("#555555"), accent: lipgloss.Color("#0550ae"), border: lipgloss.Color("#a8a8a8"),
		pass: lipgloss.Color("#0d5320"), fail: lipgloss.Color("#a40e17"), warn: lipgloss.Color("#6f4400"),
	}
}

// basicPalette is for terminals with 16 colours. It leaves muted text and
// borders in the terminal's own colour: bright black, the usual grey, is
// invisible in some schemes.
func basicPalette() palette {
	return palette{
		accent: lipgloss.Blue, pass: lipgloss.Green, fail: lipgloss.Red, warn: lipgloss.Magenta,
	}
}

// tones are the backgrounds of a theme, mixed from that of the terminal, so
// that they are as faint on black as on grey.
type tones struct {
	bar, head, selected, raised color.Color
}

func newTones(background color.Color, dark bool) tones {
	towards, p := color.Color(color.White), darkPalette()
	if !dark {
		towards, p = color.Black, lightPalette()
	}
	return tones{
		bar: mix(background, towards, 0.09), head: mix(background, towards, 0.05),
		selected: mix(background, p.accent, 0.15), raised: mix(background, towards, 0.03),
	}
}

// mix returns a with a share of b, 0 to 1.
func mix(a, b color.Color, share float64) color.Color {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	channel := func(x, y uint32) uint8 {
		return uint8((float64(x)*(1-share) + float64(y)*share) / 0x101)
	}
	return color.RGBA{channel(ar, br), channel(ag, bg), channel(ab, bb), 0xff}
}

// usualBackground is assumed of a terminal that does not tell its own.
func usualBackground(dark bool) color.Color {
	if dark {
		return lipgloss.Color("#1a1c20")
	}
	return lipgloss.Color("#ffffff")
}

// newTheme returns the styles for a terminal with the given background, nil if
// it is unknown. Profiles without colour keep bold and reverse video.
func newTheme(profile colorprofile.Profile, dark bool, background color.Color) *theme {
	var p palette
	var tone tones
	switch {
	case profile <= colorprofile.ASCII:
	case profile == colorprofile.ANSI:
		p = basicPalette()
	default:
		if background == nil {
			background = usualBackground(dark)
		}
		p, tone = lightPalette(), newTones(background, dark)
		if dark {
			p = darkPalette()
		}
	}
	fg := func(c color.Color) ansi.Style {
		if c == nil {
			return nil
		}
		return ansi.Style{}.ForegroundColor(c)
	}
	bg := func(c color.Color) style {
		if c == nil {
			return ""
		}
		return style(ansi.Style{}.BackgroundColor(c).String())
	}
	st := func(s ansi.Style) style {
		if len(s) == 0 {
			return ""
		}
		return style(s.String())
	}
	bold := ansi.Style{}.Bold()
	badge := func(c color.Color) style { return st(fg(c).Bold().Reverse(true)) }
	return &theme{
		title: st(bold), muted: st(fg(p.muted)), accent: st(fg(p.accent)),
		tab: st(fg(p.accent).Bold()), border: st(fg(p.border)),
		pass: st(fg(p.pass)), fail: st(fg(p.fail).Bold()), warn: st(fg(p.warn)),
		removed: st(fg(p.fail)), added: st(fg(p.pass)),
		cursor: st(ansi.Style{}.Reverse(true)), prompt: st(fg(p.accent).Bold()),
		chart: st(fg(p.accent)), chartSide: st(fg(p.warn)),
		toast: st(fg(p.accent)), toastBad: st(fg(p.fail).Bold()),
		badgePass: badge(p.pass), badgeFail: badge(p.fail), badgeWarn: badge(p.warn), badgeLive: badge(p.accent),
		bar: bg(tone.bar), head: bg(tone.head), selected: bg(tone.selected), raised: bg(tone.raised),
	}
}

// outcome returns the glyph, the word and the style of an outcome.
func (t *theme) outcome(o reports.Outcome) (glyph, word string, st style) {
	switch o {
	case reports.OutcomePass:
		return "✓", "pass", t.pass
	case reports.OutcomeFail:
		return "✗", "FAIL", t.fail
	case reports.OutcomeCrash:
		return "✗", "CRASH", t.fail
	case reports.OutcomeHang:
		return "✗", "HANG", t.fail
	case reports.OutcomeSkip:
		return "–", "skip", t.muted
	case reports.OutcomeKnown:
		return "≈", "known", t.muted
	case reports.OutcomeFixed:
		return "✗", "FIXED", t.fail
	case reports.OutcomeAdapter:
		return "!", "ADAPT", t.warn
	case reports.OutcomeInvalid:
		return "?", "BUSY", t.warn
	default:
		return "!", "ERROR", t.warn
	}
}

// span is a part of a line in one style.
type span struct {
	text string
	st   style
}

// selectable draws spans as one line of w cells. The selected line has a mark
// in front of it; if its list has the focus, it also has another background, or
// is in reverse video where there are no shades.
func (t *theme) selectable(parts []span, selected, focused bool, w int) string {
	var b strings.Builder
	switch {
	case !selected:
		b.WriteString("  ")
	case focused && t.selected == "":
		b.WriteString("> ")
	default:
		b.WriteString(t.prompt.s(">") + " ")
	}
	lit := selected && focused
	for _, p := range parts {
		if lit && (t.selected == "" || p.st == t.muted) {
			p.st = "" // faint text is not legible on it
		}
		b.WriteString(p.st.s(p.text))
	}
	line := fitLine(b.String(), w)
	switch {
	case !lit:
		return line
	case t.selected == "":
		return t.cursor.s(line)
	default:
		return t.selected.under(line)
	}
}
