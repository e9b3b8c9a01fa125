package tui

import (
	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

func (s *scenarios) name() string { return "Scenarios" }

func (s *scenarios) conditions() *reports.Header { return s.header }

func (s *scenarios) settle() { s.rebuild() }

func (s *scenarios) bindings() []binding {
	return append([]binding{
		bind(actRunShown, "R", "run all that are shown", "R"),
		bind(actRunSelected, "r", "run what is selected", "r"),
		bind(actRunFailed, "f", "rerun the failures shown", "f"),
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
		bind(actRuns, "b", "show an earlier run", "b"),
		bind(actCompare, "=", "compare with an earlier run", "="),
		bind(actImplementation, "i", "choose the implementation", "i"),
	}, movement()...)
}

func (s *scenarios) search() *prompt {
	return newPrompt("/", "text !not @fail @must   enter keeps, esc drops", s.filter.text, s.setFilter)
}

// clip returns the repeat command of the selected case.
func (s *scenarios) clip() (text, what string) {
	if e, ok := s.selected(); ok && e.row != nil && e.row.result != nil {
		return e.row.result.Repeat, "the repeat command"
	}
	return "", ""
}

func (s *scenarios) do(a *app, act action) tea.Cmd {
	switch act {
	case actRunShown:
		return a.run(s.shown(), a.seed)
	case actRunSelected:
		return a.run(s.chosen(), a.sameSeed())
	case actRunFailed:
		return a.run(s.failed(), a.sameSeed())
	case actStop:
		return a.stop()
	case actRuns, actCompare:
		return a.chooseRun(act == actCompare)
	case actUp, actDown, actPageUp, actPageDown, actTop, actBottom:
		if s.inDetail {
			s.detailOffset = scroll(act, s.detailOffset, s.detailHeight)
		} else {
			s.moveTo(moved(act, s.cursor, len(s.entries), s.listHeight))
		}
	case actDetailUp:
		s.detailOffset = max(s.detailOffset-1, 0)
	case actDetailDown:
		s.detailOffset++
	case actOpen:
		s.open()
	case actBack:
		s.back()
	case actOther:
		s.inDetail = !s.inDetail
	case actFold:
		s.fold()
	case actNextBad, actPrevBad:
		step := 1
		if act == actPrevBad {
			step = -1
		}
		if !s.seekBad(step) {
			return a.toast("no failure is shown", false)
		}
	case actToken:
		s.wholeToken = !s.wholeToken
	case actWire:
		s.wire = !s.wire
	}
	return nil
}
