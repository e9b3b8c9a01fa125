package tui

import (
	"slices"
	"strconv"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// action identifies what a key does. Help, the palette and the last row of
// the screen are derived from the same bindings, so that they cannot drift
// apart.
type action int

const (
	actNone action = iota
	actUp
	actDown
	actPageUp
	actPageDown
	actTop
	actBottom
	actOpen
	actBack
	actOther
	actFold
	actDetailUp
	actDetailDown
	actRunSelected
	actRunShown
	actRunFailed
	actStop
	actNextBad
	actPrevBad
	actFilter
	actToken
	actWire
	actCopy
	actZoom
	actImplementation
	actFresh
	actForge
	actUndo
	actItself
	actCommand
	actCurl
	actSort
	actGroup
	actMark
	actExtend
	actExchange
	actConditions
	actUse
	actExport
	actRuns
	actCompare
	actMeasure
	actPause
	actLonger
	actShorter
	actRotate
	actFault
	actFollow
	actTheme
	actMouse
	actSmaller
	actLarger
	actPalette
	actHelp
	actSuspend
	actQuit

	// actTab shows the first screen, actTab+1 the second, and so on.
	actTab
)

// binding connects keys with an action. Hidden bindings are not in the
// palette, because they only make sense as keys.
type binding struct {
	act    action
	key    key.Binding
	hidden bool
}

func bind(act action, help, does string, keys ...string) binding {
	return binding{act: act, key: key.NewBinding(key.WithKeys(keys...), key.WithHelp(help, does))}
}

func move(act action, help, does string, keys ...string) binding {
	b := bind(act, help, does, keys...)
	b.hidden = true
	return b
}

// hint is one entry in the last row of the screen: an action and, in one or
// two words, what it would do now.
type hint struct {
	act  action
	does string
}

// movement returns the keys of every list and text.
func movement() []binding {
	return []binding{
		move(actUp, "k ↑", "up", "k", "up"),
		move(actDown, "j ↓", "down", "j", "down"),
		move(actPageUp, "ctrl+u", "page up", "ctrl+u", "pgup", "ctrl+b"),
		move(actPageDown, "ctrl+d", "page down", "ctrl+d", "pgdown", "ctrl+f"),
		move(actTop, "g", "first", "g", "home"),
		move(actBottom, "G", "last", "G", "end"),
	}
}

// bindings returns the keys that work now. Those of the screen come first.
func (a *app) bindings() []binding {
	tabs := make([]binding, len(a.screens))
	for i, s := range a.screens {
		key := strconv.Itoa(i + 1)
		tabs[i] = bind(actTab+action(i), key, s.name(), key)
	}
	return slices.Concat(a.screen.bindings(), tabs, global())
}

// global returns the keys that work on every screen.
func global() []binding {
	return []binding{
		bind(actZoom, "z", "zoom the pane", "z"),
		bind(actTheme, "T", "next theme", "T"),
		bind(actMouse, "M", "mouse on or off", "M"),
		move(actSmaller, "<", "less room for the list", "<"),
		move(actLarger, ">", "more room for the list", ">"),
		move(actPalette, ":", "all commands", ":"),
		move(actHelp, "?", "help", "?"),
		move(actSuspend, "ctrl+z", "suspend", "ctrl+z"),
		bind(actQuit, "q", "quit, keeping the results", "q"),
	}
}

// find returns the action of a key press.
func find(bindings []binding, msg tea.KeyPressMsg) action {
	for _, b := range bindings {
		if key.Matches(msg, b.key) {
			return b.act
		}
	}
	return actNone
}
