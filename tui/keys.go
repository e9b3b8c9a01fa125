package tui

import (
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
	actBench
	actRotate
	actFollow
	actScenarios
	actBenchScreen
	actIdP
	actTheme
	actPalette
	actHelp
	actSuspend
	actQuit
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

// global returns the keys that work on every screen.
func global() []binding {
	return []binding{
		bind(actScenarios, "1", "scenarios", "1"),
		bind(actBenchScreen, "2", "bench", "2"),
		bind(actIdP, "3", "mock environment", "3"),
		bind(actZoom, "z", "zoom the pane", "z"),
		bind(actTheme, "T", "light or dark", "T"),
		move(actPalette, ":", "all commands", ":"),
		move(actHelp, "?", "help", "?"),
		move(actSuspend, "ctrl+z", "suspend", "ctrl+z"),
		bind(actQuit, "q", "quit, keeping the results", "q"),
	}
}

// keysOf returns the keys of one screen, the most important ones first.
func keysOf(s screen) []binding {
	switch s {
	case screenBench:
		return append([]binding{
			bind(actBench, "space", "start or stop measuring", "space"),
			bind(actImplementation, "i", "choose the implementation", "i"),
			move(actBack, "esc", "back", "esc"),
		}, movement()...)
	case screenIdP:
		return append([]binding{
			bind(actRotate, "R", "rotate the signing key", "R"),
			bind(actFilter, "/", "filter the requests", "/"),
			bind(actFollow, "F", "follow the requests", "F"),
			bind(actCopy, "y", "copy the issuer URL", "y"),
			move(actBack, "esc", "clear the filter", "esc"),
		}, movement()...)
	default:
		return append([]binding{
			bind(actRunShown, "R", "run all that are shown", "R"),
			bind(actRunSelected, "r", "run what is selected", "r"),
			bind(actRunFailed, "f", "rerun what failed", "f"),
			bind(actStop, "x", "stop the run", "x"),
			bind(actFilter, "/", "filter: word !not @fail", "/"),
			bind(actNextBad, "n", "next failure", "n"),
			bind(actPrevBad, "N", "previous failure", "N"),
			move(actOpen, "enter", "open", "enter", "right", "l"),
			move(actBack, "esc", "back", "esc", "left", "h"),
			move(actOther, "tab", "other pane", "tab", "shift+tab"),
			move(actFold, "space", "fold the group", "space"),
			move(actDetailUp, "K", "scroll the detail up", "K", "shift+up"),
			move(actDetailDown, "J", "scroll the detail down", "J", "shift+down"),
			bind(actToken, "d", "whole token or changes", "d"),
			bind(actWire, "w", "token as it was sent", "w"),
			bind(actCopy, "y", "copy the repeat command", "y"),
			bind(actImplementation, "i", "choose the implementation", "i"),
		}, movement()...)
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
