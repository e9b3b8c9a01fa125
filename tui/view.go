package tui

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/tui/chart"
)

// frame holds what drawing needs to know in addition to the content.
type frame struct {
	theme          *theme
	lay            layout
	w, h           int
	zoom           bool
	live           bool
	hasIdP         bool
	implementation string
	symbols        chart.Symbols
	now            time.Time
	course         *reports.RunState // of the live run, nil if there is none
}

// spinner returns the glyph of what is running now.
func (f *frame) spinner() string {
	glyphs := []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
	if f.symbols == chart.ASCII {
		glyphs = []rune(`|/-\`)
	}
	return string(glyphs[f.now.UnixMilli()/framePeriod.Milliseconds()%int64(len(glyphs))])
}

// View returns the cached frame unless something changed. Bubble Tea calls it
// after every message.
func (a *app) View() tea.View {
	if a.dirty {
		a.cache, a.dirty = a.render(), false
	}
	v := tea.NewView(a.cache)
	v.AltScreen = true
	v.WindowTitle = "assay"
	return v
}

// render draws the whole screen: exactly h lines of w cells.
func (a *app) render() string {
	if a.w <= 0 || a.h <= 0 {
		return ""
	}
	f := &frame{
		theme: a.theme, lay: layoutFor(a.w, a.h), w: a.w, h: a.h, zoom: a.zoom,
		live: a.live != nil, hasIdP: a.idp != nil, implementation: a.implementation, now: a.now(),
	}
	if a.ascii {
		f.symbols = chart.ASCII
	}
	if a.live != nil {
		f.course = &a.live.course
	}
	var lines []string
	if f.lay == layoutTooSmall {
		lines = []string{
			fmt.Sprintf("need %dx%d, have %dx%d; q quits", minWidth, minHeight, a.w, a.h),
		}
	} else {
		head := a.header(f)
		body := a.screen.view(f, a.w, a.h-len(head)-1)
		lines = append(append(head, body...), a.footer(f))
		if a.overlay != nil {
			lines = drawOverlay(a.theme, lines, a.overlay, a.w, a.h)
		}
	}
	out := strings.Join(fit(lines, a.w, a.h), "\n")
	if a.ascii {
		out = toASCII(out)
	}
	return out
}

// header draws where the user is and the status of the run: two lines, or one
// if lines are scarce.
func (a *app) header(f *frame) []string {
	if f.lay == layoutNarrow {
		left := " " + f.theme.title.s(strconv.Itoa(slices.Index(a.screens, a.screen)+1)+" "+a.screen.name())
		return []string{ends(left, a.status(f, f.w-ansi.StringWidth(left)-3)+" ", f.w)}
	}
	var tabs strings.Builder
	tabs.WriteString(" " + f.theme.title.s("assay") + " ")
	for i, s := range a.screens {
		name := strconv.Itoa(i+1) + " " + s.name()
		if s == a.screen {
			tabs.WriteString(" " + f.theme.tab.s("["+name+"]"))
		} else {
			tabs.WriteString("  " + name + " ")
		}
	}
	if a.zoom {
		tabs.WriteString(" " + f.theme.muted.s("zoomed"))
	}
	room := f.w - ansi.StringWidth(tabs.String()) - 3
	return []string{
		ends(tabs.String(), cut(a.conditions(f), room)+" ", f.w),
		a.statusLine(f),
	}
}

// conditions returns the implementation under test, the policy and the seed.
func (a *app) conditions(f *frame) string {
	h := a.screen.conditions()
	parts := []string{reports.Escape(a.implementation)}
	if h != nil {
		parts[0] = reports.Escape(strings.TrimSpace(h.Implementation.Name + " " +
			h.Implementation.Version))
		if h.Policy != "" {
			parts = append(parts, "policy "+reports.Escape(h.Policy))
		}
		if h.Seed != "" {
			parts = append(parts, "seed "+reports.Escape(h.Seed))
		}
	}
	return f.theme.muted.s("testing ") + strings.Join(parts, f.theme.muted.s(" · "))
}

// statusLine says what came out of the run of this screen, and how far it is.
func (a *app) statusLine(f *frame) string {
	progress := a.progress(f)
	room := f.w - ansi.StringWidth(progress) - 4
	status := cut(a.screen.status(f, room), room)
	if a.live != nil && a.live.course.Planned > 0 {
		// The bar has the room between the two.
		if n := f.w - ansi.StringWidth(status) - ansi.StringWidth(progress) - 6; n >= 8 {
			share := float64(a.live.course.Judged) / float64(a.live.course.Planned)
			bar := strings.TrimRight(chart.Bar(share, min(n, 60), f.symbols), " ")
			track := strings.Repeat("─", min(n, 60)-ansi.StringWidth(bar))
			progress = f.theme.chart.s(bar) + f.theme.border.s(track) + "  " + progress
		}
	}
	return ends(" "+status, progress+" ", f.w)
}

// status returns the status of the run of this screen in at most room cells,
// with its progress.
func (a *app) status(f *frame, room int) string {
	progress := a.progress(f)
	if progress != "" {
		progress = "  " + progress
	}
	room -= ansi.StringWidth(progress)
	return cut(a.screen.status(f, room), room) + progress
}

// progress returns how far the live run is, or the empty string if there is
// none.
func (a *app) progress(f *frame) string {
	if a.live == nil {
		return ""
	}
	text := reports.FormatElapsed(a.elapsed)
	if c := &a.live.course; c.Planned > 0 {
		text = fmt.Sprintf("%d/%d  %s", c.Judged, c.Planned, text)
		if pace := c.Pace(a.now()); pace != "" && f.lay != layoutNarrow {
			text += "  " + pace
		}
	}
	switch {
	case a.live.stopping:
		text = f.theme.warn.s("stopping") + "  " + text
	case screen(a.live.on) != a.screen:
		text = f.theme.accent.s("running") + "  " + text
	}
	return text
}

// footer draws the last line: the text field, or the hints and the toast.
func (a *app) footer(f *frame) string {
	if a.prompt != nil {
		return a.prompt.view(f.theme, f.w)
	}
	toast := ""
	if a.toastText != "" {
		st := f.theme.toast
		if a.toastBad {
			st = f.theme.toastBad
		}
		toast = st.s(cut(a.toastText, f.w-4)) + " "
	}
	hints := a.screen.hints(a.live != nil && screen(a.live.on) == a.screen)
	room := f.w - ansi.StringWidth(toast) - 3
	return ends(" "+a.hintLine(f, hints, room), toast, f.w)
}

// hintLine draws as many hints as there is room for. Help and quit are always
// shown.
func (a *app) hintLine(f *frame, hints []hint, room int) string {
	bindings := a.bindings()
	draw := func(h hint) string {
		for _, b := range bindings {
			if b.act == h.act {
				return f.theme.accent.s(b.key.Help().Key) + " " + h.does
			}
		}
		return ""
	}
	last := draw(hint{actHelp, "help"}) + "  " + draw(hint{actQuit, "quit"})
	var b strings.Builder
	used := ansi.StringWidth(last)
	for _, h := range hints {
		text := draw(h) + "  "
		n := ansi.StringWidth(text)
		if used+n > room {
			continue
		}
		used += n
		b.WriteString(text)
	}
	return b.String() + last
}
