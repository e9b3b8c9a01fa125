package tui

import (
	"maps"
	"reflect"
	"slices"
	"sync"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// Memory is what a session leaves to the next one. The zero value is that of a
// first session. It never holds a token: histories leave out what looks like one.
type Memory struct {
	// Theme is one of [Themes], or empty.
	Theme string `json:"theme,omitempty"`

	// Split is the share of the list of scenarios in the screen, in
	// thousandths. Zero is the usual one.
	Split int `json:"split,omitempty"`

	// NoMouse leaves the mouse to the terminal.
	NoMouse bool `json:"no_mouse,omitempty"`

	// Sort and Group are how the list of scenarios is arranged, by name.
	Sort  string `json:"sort,omitempty"`
	Group string `json:"group,omitempty"`

	// History holds the latest entries of each text field, oldest first.
	History map[string][]string `json:"history,omitempty"`
}

// recall sets up the screen as the last session left it. What it does not know
// is left as it is.
func (a *app) recall(m Memory) {
	a.keeper.memory = m
	if a.look.chosen == "" && slices.Contains(Themes(), m.Theme) {
		a.look.chosen = m.Theme
	}
	if m.Split != 0 {
		a.split = limitSplit(m.Split)
	}
	a.pointer.on = a.pointer.on && !m.NoMouse
	for _, o := range orders() {
		if o.name == m.Sort {
			a.scenarios.order = o
		}
	}
	for _, g := range groupings() {
		if g.name == m.Group {
			a.scenarios.grouping = g
		}
	}
	for name, lines := range m.History {
		for _, line := range lines {
			a.entered.add(name, line)
		}
	}
}

// keeper writes what is to be remembered, the latest last.
type keeper struct {
	write  func(Memory) error // nil if nothing is kept
	memory Memory             // as of the latest change
	asked  int
	failed bool // and the user has been told

	mu      sync.Mutex
	written int
}

// remember keeps a change and what was typed for the next session.
func (a *app) remember(change func(*Memory)) tea.Cmd {
	k := a.keeper
	m := k.memory
	change(&m)
	m.History = maps.Clone(a.entered)
	if k.write == nil || reflect.DeepEqual(m, k.memory) {
		return nil
	}
	k.memory = m
	k.asked++
	n := k.asked
	return func() tea.Msg { return rememberedMsg{k.keep(n, m)} }
}

// remembered says why something was not kept, once in a session.
func (a *app) remembered(msg rememberedMsg) tea.Cmd {
	if msg.err == nil || a.keeper.failed {
		return nil
	}
	a.keeper.failed, a.dirty = true, true
	return a.toast("not remembered: "+reports.Escape(msg.err.Error()), true)
}

// keep writes m, which was asked for as the nth, unless a later one has been
// written.
func (k *keeper) keep(n int, m Memory) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n < k.written {
		return nil
	}
	k.written = n
	return k.write(m)
}
