package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// find returns the cell at which a text begins on the screen.
func (d *driver) find(text string) (x, y int) {
	d.t.Helper()
	for y, line := range strings.Split(d.screen(), "\n") {
		if before, _, ok := strings.Cut(line, text); ok {
			return ansi.StringWidth(before), y
		}
	}
	d.t.Fatalf("%q is not on the screen:\n%s", text, d.screen())
	return 0, 0
}

// click presses and releases the left button on a text.
func (d *driver) click(text string) {
	d.t.Helper()
	x, y := d.find(text)
	d.send(tea.MouseClickMsg{X: x, Y: y, Button: tea.MouseLeft})
	d.send(tea.MouseReleaseMsg{X: x, Y: y, Button: tea.MouseLeft})
}

// wheel turns the wheel over a text, down if notches is above zero.
func (d *driver) wheel(text string, notches int) {
	d.t.Helper()
	x, y := d.find(text)
	button := tea.MouseWheelDown
	if notches < 0 {
		button, notches = tea.MouseWheelUp, -notches
	}
	for range notches {
		d.send(tea.MouseWheelMsg{X: x, Y: y, Button: button})
	}
	d.settle()
}

// settle lets the moment pass in which movements are collected.
func (d *driver) settle() {
	for i, msg := range d.timers {
		if _, ok := msg.(pointerMsg); ok {
			d.timers = append(d.timers[:i], d.timers[i+1:]...)
			d.send(msg)
			return
		}
	}
}

func TestClicks(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ w, h int }{{80, 24}, {120, 40}, {160, 50}} {
		d := drive(t, newFakeEngine(t), Options{}, size.w, size.h)
		d.click("runs all 41 scenarios")
		if !d.a.scenarios.inDetail {
			t.Error("a click into the detail does not move the focus there")
		}
		d.keys("esc") // at 80x24 the pane with the focus has most of the room
		d.click("jws.bad-json")
		d.shows("> ·")
		if e, _ := d.a.scenarios.selected(); e.row == nil || e.row.scenario.ID != "jws.bad-json" {
			t.Errorf("a click on jws.bad-json selects %+v", e)
		}
		d.click("jws.bad-json")
		if !d.a.scenarios.inDetail {
			t.Error("a second click does not open")
		}
		d.click("run this")
		d.shows("1 pass")
		d.click("3 IdP")
		d.shows("in the JWK Set")
		d.click("2 Bench")
		d.shows("not measured yet")
		d.click("? help")
		d.shows("keys of Bench")
		d.click("2 Bench") // under the help: only closes it
		d.hides("keys of Bench")
		checkFrame(t, d.a, size.w, size.h)
	}
}

func TestClicksInAnOverlay(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 120, 40)
	d.keys("i")
	d.click("the verifier of assay")
	d.shows("now under test: builtin")
	if d.a.overlay != nil {
		t.Error("the list stays after a choice")
	}
	d.keys("?")
	d.click("zoom the pane")
	d.shows("keys of Scenarios")
	d.keys("esc", "i")
	d.wheel("sloppy", 1)
	d.keys("enter")
	if d.a.implementation != "builtin" {
		t.Errorf("under test is %s, want the last one", d.a.implementation)
	}
}

func TestWheelScrollsWhatIsUnderThePointer(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	d.keys("R", "n")
	cursor := d.a.scenarios.cursor
	d.wheel("want", 1)
	if d.a.scenarios.detail.offset != wheelLines || d.a.scenarios.cursor != cursor {
		t.Errorf("over the detail: offset %d, cursor %d", d.a.scenarios.detail.offset, d.a.scenarios.cursor)
	}
	before := d.a.scenarios.offset
	d.wheel("aud.suffix-char  ", 2)
	if got := d.a.scenarios.offset; got != before+2*wheelLines {
		t.Errorf("over the list: offset %d, want %d", got, before+2*wheelLines)
	}
	d.wheel("41 scenarios", -40)
	if got := d.a.scenarios.offset; got != 0 {
		t.Errorf("offset %d at the top", got)
	}
	d.keys("3")
	d.wheel("/keys", -1)
	d.shows("paused, F follows")
}

// A terminal may send hundreds of movements a second: one frame shows them.
func TestDraggingTheDivider(t *testing.T) {
	t.Parallel()
	for _, size := range []struct{ w, h int }{{80, 24}, {160, 40}} {
		var kept []Memory
		d := drive(t, newFakeEngine(t), Options{Remember: func(m Memory) error { kept = append(kept, m); return nil }}, size.w, size.h)
		before := d.screen()
		x, y := d.find("group base")
		d.send(tea.MouseClickMsg{X: x - 1, Y: y, Button: tea.MouseLeft})
		d.a.View()
		drawn := 0
		for range 50 {
			x, y = max(x-1, 0), y-1
			d.send(tea.MouseMotionMsg{X: x, Y: y, Button: tea.MouseLeft})
			if d.a.dirty {
				drawn++
			}
			d.a.View()
		}
		if drawn > 0 {
			t.Errorf("%d of 50 movements draw a frame of their own", drawn)
		}
		d.settle()
		if d.screen() == before {
			t.Errorf("the divider has not moved:\n%s", before)
		}
		checkFrame(t, d.a, size.w, size.h)
		d.send(tea.MouseReleaseMsg{X: x, Y: y, Button: tea.MouseLeft})
		after := d.screen()
		d.send(tea.MouseMotionMsg{X: 1, Y: size.h - 2})
		d.settle()
		if d.screen() != after {
			t.Error("the divider moves without a button")
		}
		if len(kept) != 1 || kept[0].Split == 0 {
			t.Errorf("kept %+v, want the divider once", kept)
		}
		d.keys(">", ">")
		if got := d.a.split; got != kept[0].Split+2*splitStep {
			t.Errorf("> makes the split %d, from %d", got, kept[0].Split)
		}
	}
}

func TestMouseCanBeSwitchedOff(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 80, 24)
	if d.a.View().MouseMode != tea.MouseModeCellMotion {
		t.Error("the mouse is off at the start")
	}
	d.keys("M")
	if d.a.View().MouseMode != tea.MouseModeNone {
		t.Error("M leaves the mouse on")
	}
	d.click("3 IdP")
	d.hides("in the JWK Set")
	off := drive(t, newFakeEngine(t), Options{NoMouse: true}, 80, 24)
	if off.a.View().MouseMode != tea.MouseModeNone {
		t.Error("NoMouse leaves the mouse on")
	}
}

// A terminal that claims to be enormous is not drawn in full.
func TestEnormousTerminal(t *testing.T) {
	t.Parallel()
	d := drive(t, newFakeEngine(t), Options{}, 60_000, 60_000)
	checkFrame(t, d.a, maxWidth, maxHeight)
}
