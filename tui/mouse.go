package tui

import (
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// zone is a part of the screen that the mouse acts on. What it does not handle
// is nil.
type zone struct {
	x, y, w, h int

	// click is told the cell inside the zone, wheel how many lines to scroll
	// down, and drag, while the button is held, the cell of the screen.
	click func(a *app, x, y int) tea.Cmd
	wheel func(a *app, lines int)
	drag  func(a *app, x, y int)
}

func (z *zone) holds(x, y int) bool {
	return x >= z.x && x < z.x+z.w && y >= z.y && y < z.y+z.h
}

// zones are those of one frame. A part of the screen is drawn before it is known
// where it will be. So each zone has an invisible mark in the text where it
// begins, which place looks for when the frame is complete.
type zones struct{ all []zone }

// The ends of a mark: a command for applications, which terminals ignore.
const markStart, markEnd = "\x1b_", "\x1b\\"

// mark adds a zone and returns its mark. x and y are relative to it.
func (z *zones) mark(x zone) string {
	z.all = append(z.all, x)
	return markStart + strconv.Itoa(len(z.all)-1) + markEnd
}

// place removes the marks from the lines of a frame and remembers where they
// were.
func (z *zones) place(lines []string) {
	for y, line := range lines {
		for {
			before, rest, ok := strings.Cut(line, markStart)
			if !ok {
				break
			}
			number, after, _ := strings.Cut(rest, markEnd)
			if i, err := strconv.Atoi(number); err == nil && i < len(z.all) {
				z.all[i].x += ansi.StringWidth(before)
				z.all[i].y += y
			}
			line = before + after
		}
		lines[y] = line
	}
}

// at returns the topmost zone at a cell, or nil.
func (z *zones) at(x, y int) *zone {
	for i := len(z.all) - 1; i >= 0; i-- {
		if z.all[i].holds(x, y) {
			return &z.all[i]
		}
	}
	return nil
}

// box draws a pane that the mouse acts on.
func (f *frame) box(p pane, w, h int, z zone) []string {
	lines := f.theme.box(p, w, h)
	z.w, z.h = w, h
	lines[0] = f.zones.mark(z) + lines[0]
	return lines
}

// button makes text perform an action when it is clicked.
func (f *frame) button(text string, act action) string {
	return f.zones.mark(zone{
		w: ansi.StringWidth(text), h: 1,
		click: func(a *app, _, _ int) tea.Cmd { return a.do(act) },
	}) + text
}

// pointer is the state of the mouse. A terminal reports each cell that it moves
// over and each notch of the wheel; they are collected for a moment, so that a
// burst costs one frame.
type pointer struct {
	on      bool
	x, y    int
	lines   int                    // that the wheel has turned
	moved   bool                   // while a button was held
	waiting bool                   // for a pointerMsg
	drag    func(a *app, x, y int) // what the held button moves, nil if none
}

// pointerPeriod is how long movements are collected: one frame of a screen.
const pointerPeriod = 16 * time.Millisecond

// wheelLines is how far one notch of the wheel scrolls.
const wheelLines = 3

// mouse handles what the mouse does.
func (a *app) mouse(msg tea.MouseMsg) tea.Cmd {
	p, m := &a.pointer, msg.Mouse()
	if !p.on {
		return nil // sent before the terminal was told
	}
	p.x, p.y = m.X, m.Y
	switch msg.(type) {
	case tea.MouseClickMsg:
		if m.Button == tea.MouseLeft {
			a.dirty = true
			return a.click(m.X, m.Y)
		}
	case tea.MouseWheelMsg:
		switch m.Button {
		case tea.MouseWheelUp:
			p.lines -= wheelLines
		case tea.MouseWheelDown:
			p.lines += wheelLines
		}
		return a.collect()
	case tea.MouseMotionMsg:
		if p.drag != nil {
			p.moved = true
			return a.collect()
		}
	case tea.MouseReleaseMsg:
		a.moved()
		dragged := p.drag != nil
		p.drag = nil
		if dragged {
			return a.rememberSplit()
		}
	}
	return nil
}

// collect waits a moment before movements are acted on.
func (a *app) collect() tea.Cmd {
	if a.pointer.waiting {
		return nil
	}
	a.pointer.waiting = true
	return a.after(pointerPeriod, pointerMsg{})
}

// moved acts on the movements that were collected.
func (a *app) moved() {
	p := &a.pointer
	if p.moved && p.drag != nil {
		p.drag(a, p.x, p.y)
		a.dirty = true
	}
	if p.lines != 0 {
		a.wheel(p.x, p.y, p.lines)
		a.dirty = true
	}
	p.moved, p.lines = false, 0
}

// click acts on the zone at a cell. Outside of an overlay it closes that.
func (a *app) click(x, y int) tea.Cmd {
	z := a.zones.at(x, y)
	switch {
	case a.overlay != nil && (z == nil || z.click == nil):
		return a.overlay.update(a, tea.KeyPressMsg{Code: tea.KeyEscape})
	case z == nil:
		return nil
	case a.prompt != nil:
		a.prompt.update(a, tea.KeyPressMsg{Code: tea.KeyEnter})
	}
	a.pointer.drag = z.drag
	if z.click == nil {
		return nil
	}
	return z.click(a, x-z.x, y-z.y)
}

// wheel scrolls what is at a cell. What has no idea of scrolling of its own is
// moved by the keys up and down.
func (a *app) wheel(x, y, lines int) {
	z := a.zones.at(x, y)
	switch {
	case z != nil && z.wheel != nil:
		z.wheel(a, lines)
	case a.overlay == nil:
		act := actDown
		if lines < 0 {
			act, lines = actUp, -lines
		}
		for range lines {
			a.screen.do(a, act)
		}
	}
}

// toggleMouse gives the mouse to the terminal, which selects text with it, or
// takes it back.
func (a *app) toggleMouse() tea.Cmd {
	a.pointer = pointer{on: !a.pointer.on, waiting: a.pointer.waiting}
	text := "the mouse selects text again; M takes it back"
	if a.pointer.on {
		text = "the mouse scrolls and clicks"
	}
	return tea.Batch(a.toast(text, false), a.remember(func(m *Memory) { m.NoMouse = !a.pointer.on }))
}

// dividerZone moves the border between two panes. The body of the screen begins
// in the given row and has size cells in the direction of the move.
func dividerZone(sideBySide bool, top, size int) zone {
	return zone{drag: func(a *app, x, y int) {
		at := y - top
		if sideBySide {
			at = x
		}
		a.split = limitSplit(at * splitWhole / max(size, 1))
	}}
}

// The first of two panes has between an eighth and seven eighths of the room,
// counted in thousandths, so that neither disappears.
const (
	splitWhole = 1000
	splitStep  = 50
)

func limitSplit(n int) int { return max(min(n, splitWhole*7/8), splitWhole/8) }

// moveDivider makes the first pane larger or smaller by a step.
func (a *app) moveDivider(steps int) tea.Cmd {
	if a.split == 0 {
		a.split = splitWhole / 2
	}
	a.split = limitSplit(a.split + steps*splitStep)
	return a.rememberSplit()
}

func (a *app) rememberSplit() tea.Cmd {
	return a.remember(func(m *Memory) { m.Split = a.split })
}

// divide returns the part of size that the first of two panes has, or usual if
// the user has not moved the divider.
func (f *frame) divide(size, usual int) int {
	if f.split == 0 {
		return usual
	}
	return max(size*f.split/splitWhole, 3)
}

// overlayZone is that of an overlay. One with lines to pick from, or with more
// than it has room for, reacts to the mouse; others ignore it.
func overlayZone(o overlay, z zone) zone {
	z.click = func(*app, int, int) tea.Cmd { return nil }
	z.wheel = func(*app, int) {}
	if p, ok := o.(interface {
		pick(a *app, line int) tea.Cmd
	}); ok {
		z.click = func(a *app, _, y int) tea.Cmd { return p.pick(a, y-1) }
	}
	if p, ok := o.(interface{ wheel(lines int) }); ok {
		z.wheel = func(_ *app, lines int) { p.wheel(lines) }
	}
	return z
}

func (x *help) wheel(lines int) { x.offset = max(x.offset+lines, 0) }

func (c *chooser) wheel(lines int) {
	c.cursor = max(min(c.cursor+lines, len(c.shown())-1), 0)
}

// pick carries out the choice in a line of the pane, the first two of which are
// the text field.
func (c *chooser) pick(a *app, line int) tea.Cmd {
	at := c.offset + line - 2
	if line < 2 || at >= len(c.shown()) {
		return nil
	}
	c.cursor = at
	return c.update(a, tea.KeyPressMsg{Code: tea.KeyEnter})
}
