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
	share          float64 // of a core that drawing takes, below 0 if unknown
	symbols        chart.Symbols
	now            time.Time
	split          int               // as in app
	top            int               // the row in which the body begins
	zones          *zones            // what the mouse acts on
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
	if a.pointer.on {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

// render draws the whole screen: exactly h lines of w cells.
func (a *app) render() string {
	if a.w <= 0 || a.h <= 0 {
		return ""
	}
	f := &frame{
		theme: a.theme, lay: layoutFor(a.w, a.h), w: a.w, h: a.h, zoom: a.zoom,
		live: a.live != nil, hasIdP: a.idp != nil, implementation: a.implementation, now: a.now(), share: a.cost.share(),
		split: a.split, zones: &a.zones,
	}
	a.zones.all = a.zones.all[:0]
	if a.look.ascii() {
		f.symbols = chart.ASCII
	}
	if a.live != nil && screen(a.live.on) == a.screen {
		f.course = &a.live.course
	}
	var lines []string
	if f.lay == layoutTooSmall {
		lines = reports.Wrap(fmt.Sprintf("need %dx%d, have %dx%d; q quits", minWidth, minHeight, a.w, a.h), a.w)
	} else {
		head := a.header(f)
		f.top = len(head)
		body := a.screen.view(f, a.w, a.h-len(head)-1)
		lines = append(append(head, body...), a.footer(f))
		if a.overlay != nil {
			lines = drawOverlay(f, lines, a.overlay)
		}
	}
	lines = fit(lines, a.w, a.h)
	a.zones.place(lines)
	out := strings.Join(lines, "\n")
	if a.look.ascii() {
		out = toASCII(out)
	}
	return out
}

// header draws where the user is and the status of the run: two lines, or one
// if lines are scarce.
func (a *app) header(f *frame) []string {
	if f.lay == layoutNarrow {
		left := " " + f.theme.tab.s(strconv.Itoa(slices.Index(a.screens, a.screen)+1)+" "+a.screen.name())
		line := ends(left, a.status(f, f.w-ansi.StringWidth(left)-3)+" ", f.w)
		return []string{f.theme.bar.under(line)}
	}
	var tabs strings.Builder
	tabs.WriteString(" " + f.theme.title.s("assay") + " ")
	for i, s := range a.screens {
		name := strconv.Itoa(i+1) + " " + s.name()
		name = " " + name + " "
		if s == a.screen {
			name = f.theme.tab.s("[" + name[1:len(name)-1] + "]")
		}
		tabs.WriteString(f.button(name, actTab+action(i)))
	}
	if a.zoom {
		tabs.WriteString(" " + f.theme.muted.s("zoomed"))
	}
	room := f.w - ansi.StringWidth(tabs.String()) - 3
	return []string{
		f.theme.bar.under(ends(tabs.String(), a.conditions(f, room)+" ", f.w)),
		a.statusLine(f),
	}
}

// conditions returns the implementation under test, the policy and the seed, in
// as many words as fit into room cells.
func (a *app) conditions(f *frame, room int) string {
	name, policy, seed := a.implementation, "", ""
	if h := a.screen.conditions(); h != nil {
		name = strings.TrimSpace(h.Implementation.Name + " " + h.Implementation.Version)
		policy, seed = h.Policy, h.Seed
	}
	written := func(labels, values [3]string) string {
		text := ""
		for i, value := range values {
			switch {
			case value == "":
			case i > 0:
				text += f.theme.muted.s(" · "+labels[i]) + reports.Escape(value)
			default:
				text += f.theme.muted.s(labels[i]) + reports.Escape(value)
			}
		}
		return text
	}
	all := [3]string{name, policy, seed}
	return longest(room,
		written([3]string{"testing ", "policy ", "seed "}, all), written([3]string{"", "", "seed "}, all), written([3]string{}, all),
		written([3]string{}, [3]string{name, policy}), cut(reports.Escape(name), room))
}

// shortBar is the length of the shortest bar that is drawn.
const shortBar = 8

// statusLine says what came out of the run of this screen, and how far it is.
func (a *app) statusLine(f *frame) string {
	progress := a.progress(f)
	room := f.w - ansi.StringWidth(progress) - 4
	if a.live != nil {
		room -= shortBar + 2
	}
	status := cut(a.screen.status(f, room), room)
	// The bar has the room between the two.
	if n := f.w - ansi.StringWidth(status) - ansi.StringWidth(progress) - 6; n >= shortBar {
		if bar := a.bar(f, min(n, 80)); bar != "" {
			progress = strings.TrimRight(bar+"  "+progress, " ")
		}
	}
	return ends(" "+status, progress+" ", f.w)
}

// bar draws how far the live run is as a bar of n cells, or how its results are
// divided if there is none. It is empty without results.
func (a *app) bar(f *frame, n int) string {
	if a.live != nil {
		if a.live.course.Planned == 0 {
			return ""
		}
		part := float64(a.live.course.Judged) / float64(a.live.course.Planned)
		bar := strings.TrimRight(chart.Bar(part, n, f.symbols), " ")
		return f.theme.chart.s(bar) + f.theme.border.s(strings.Repeat("─", n-ansi.StringWidth(bar)))
	}
	if a.screen != screen(a.scenarios) {
		return ""
	}
	return divided(a.scenarios.shares(f.theme), n)
}

// share is one part of a whole, with the character and the style that it is
// drawn with.
type share struct {
	n     int
	glyph rune
	st    style
}

// divided draws shares as a bar of w cells. A share above zero is visible,
// unless there is no room for all. Without any the bar is empty.
func divided(shares []share, w int) string {
	total := 0
	for _, s := range shares {
		total += s.n
	}
	var b strings.Builder
	sum, drawn := 0, 0
	for _, s := range shares {
		if s.n == 0 {
			continue
		}
		sum += s.n
		end := min(max(sum*w/total, drawn+1), w)
		b.WriteString(s.st.s(strings.Repeat(string(s.glyph), end-drawn)))
		drawn = end
	}
	return b.String()
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
		return f.theme.bar.under(a.prompt.view(f.theme, f.w))
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
	return f.theme.bar.under(ends(" "+a.hintLine(f, hints, room), toast, f.w))
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
	last := f.button(draw(hint{actHelp, "help"}), actHelp) + "  " + f.button(draw(hint{actQuit, "quit"}), actQuit)
	var b strings.Builder
	used := ansi.StringWidth(last)
	for _, h := range hints {
		text := draw(h) + "  "
		n := ansi.StringWidth(text)
		if used+n > room {
			continue
		}
		used += n
		b.WriteString(f.button(text, h.act))
	}
	return b.String() + last
}
