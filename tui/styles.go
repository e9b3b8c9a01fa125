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

// theme holds every style by its role. Nothing else names a colour, and no
// two roles differ only in their colour.
type theme struct {
	title, muted, accent       style
	tab                        style
	border, borderFocus        style
	pass, fail, warn           style
	removed, added             style
	cursor, cursorIdle, prompt style
	chart, chartSide           style
	toast, toastBad            style
}

// palette holds the colours of a theme for one kind of background.
type palette struct {
	muted, accent, border, pass, fail, warn color.Color
}

// darkPalette and lightPalette have a contrast of at least 4.5 to 1 against
// all backgrounds from black to dark grey, and from white to light grey. The
// border is decoration and has less.
func darkPalette() palette {
	return palette{
		muted: lipgloss.Color("#9a9a9a"), accent: lipgloss.Color("#6cb6ff"), border: lipgloss.Color("#5f5f5f"),
		pass: lipgloss.Color("#5fc26a"), fail: lipgloss.Color("#ff7b72"), warn: lipgloss.Color("#e3b341"),
	}
}

func lightPalette() palette {
	return palette{
		muted: lipgloss.Color("#5c5c5c"), accent: lipgloss.Color("#0550ae"), border: lipgloss.Color("#a8a8a8"),
		pass: lipgloss.Color("#116329"), fail: lipgloss.Color("#b3141c"), warn: lipgloss.Color("#7d4e00"),
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

// newTheme returns the styles for a terminal. Profiles without colour keep
// bold and reverse video.
func newTheme(profile colorprofile.Profile, dark bool) *theme {
	var p palette
	switch {
	case profile <= colorprofile.ASCII:
	case profile == colorprofile.ANSI:
		p = basicPalette()
	case dark:
		p = darkPalette()
	default:
		p = lightPalette()
	}
	fg := func(c color.Color) ansi.Style {
		if c == nil {
			return nil
		}
		return ansi.Style{}.ForegroundColor(c)
	}
	st := func(s ansi.Style) style {
		if len(s) == 0 {
			return ""
		}
		return style(s.String())
	}
	bold := ansi.Style{}.Bold()
	return &theme{
		title: st(bold), muted: st(fg(p.muted)), accent: st(fg(p.accent)),
		tab:    st(bold.Reverse(true)),
		border: st(fg(p.border)), borderFocus: st(fg(p.accent).Bold()),
		pass: st(fg(p.pass)), fail: st(fg(p.fail).Bold()), warn: st(fg(p.warn)),
		removed: st(fg(p.fail)), added: st(fg(p.pass)),
		cursor: st(ansi.Style{}.Reverse(true)), cursorIdle: st(bold), prompt: st(fg(p.accent).Bold()),
		chart: st(fg(p.accent)), chartSide: st(fg(p.warn)),
		toast: st(fg(p.accent)), toastBad: st(fg(p.fail).Bold()),
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
// in front of it, and is in reverse video if its list has the focus.
func (t *theme) selectable(parts []span, selected, focused bool, w int) string {
	var b strings.Builder
	switch {
	case selected && focused:
		b.WriteString("> ")
		for _, p := range parts {
			b.WriteString(p.text)
		}
		return t.cursor.s(fitLine(b.String(), w))
	case selected:
		b.WriteString(t.prompt.s(">") + " ")
	default:
		b.WriteString("  ")
	}
	for _, p := range parts {
		b.WriteString(p.st.s(p.text))
	}
	return fitLine(b.String(), w)
}
