package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

func (s *scenarios) name() string { return "Scenarios" }

func (s *scenarios) conditions() *reports.Header { return s.header }

func (s *scenarios) bindings() []binding {
	return append([]binding{
		bind(actRunShown, "R", "run all that are shown", "R"),
		bind(actRunSelected, "r", "run what is selected", "r"),
		bind(actRunFailed, "f", "rerun the failures shown", "f"),
		bind(actStop, "x", "stop the run", "x"),
		bind(actFilter, "/", "filter: word !not @fail, or search the detail", "/"),
		bind(actNextBad, "n", "next failure, or match of a search", "n"),
		bind(actPrevBad, "N", "previous failure, or match", "N"),
		bind(actSort, "s", "sort: failures, time, level, ID", "s"),
		bind(actGroup, "S", "group by code, clause, outcome, level", "S"),
		bind(actMark, "m", "mark, to run or copy together", "m"),
		bind(actExtend, "v", "mark by moving", "v"),
		move(actOpen, "enter", "open", "enter", "right", "l"),
		move(actBack, "esc", "back", "esc", "left", "h"),
		move(actOther, "tab", "other pane", "tab", "shift+tab"),
		move(actFold, "space", "fold the group", "space"),
		move(actDetailUp, "K", "scroll the detail up", "K", "shift+up"),
		move(actDetailDown, "J", "scroll the detail down", "J", "shift+down"),
		bind(actToken, "d", "whole token or changes", "d"),
		bind(actWire, "w", "token as it was sent", "w"),
		bind(actExchange, "e", "what was exchanged, step by step", "e"),
		bind(actCopy, "y", "copy the repeat command", "y"),
		bind(actConditions, "c", "conditions: policy, seed, patterns", "c"),
		bind(actExport, "E", "write the results to a file", "E"),
		bind(actRuns, "b", "show an earlier run", "b"),
		bind(actCompare, "=", "compare with an earlier run", "="),
		bind(actImplementation, "i", "choose the implementation", "i"),
	}, movement()...)
}

// search returns the text field of the pane that has the focus.
func (s *scenarios) search() *prompt {
	if s.inDetail {
		return newPrompt("/", "search the detail   n N next, esc drops", s.detail.find, s.detail.search)
	}
	p := newPrompt("/", "all words: !not a|b ~fuzzy /regexp/ @fail title:x", s.filter.text, s.setFilter)
	p.note = s.filterNote
	return p
}

// clip returns the marked IDs, or the repeat command of the selected case.
func (s *scenarios) clip() (text, what string) {
	if marked := s.marked(); len(marked) > 0 {
		return strings.Join(marked, " "), reports.FormatNoun(len(marked), "ID")
	}
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
	case actConditions:
		return a.chooseConditions()
	case actExport:
		return a.chooseExport()
	case actRuns, actCompare:
		return a.chooseRun(act == actCompare)
	case actUp, actDown, actPageUp, actPageDown, actTop, actBottom:
		if s.inDetail {
			s.detail.offset = scroll(act, s.detail.offset, s.detail.height)
		} else {
			s.moveTo(moved(act, s.cursor, len(s.entries), s.height))
		}
	case actDetailUp:
		s.detail.offset = max(s.detail.offset-1, 0)
	case actDetailDown:
		s.detail.offset++
	case actSort:
		s.nextOrder()
		return tea.Batch(a.toast("sorted: "+s.order.name, false), a.remember(func(m *Memory) { m.Sort = s.order.name }))
	case actGroup:
		s.nextGrouping()
		return tea.Batch(a.toast("grouped by "+s.grouping.name, false), a.remember(func(m *Memory) { m.Group = s.grouping.name }))
	case actMark:
		s.mark()
		s.rebuild()
	case actExtend:
		s.extend()
		s.rebuild()
	case actOpen:
		s.open()
	case actBack:
		s.back()
	case actOther:
		s.inDetail = !s.inDetail
	case actFold:
		s.fold()
	case actNextBad:
		return s.seek(a, 1)
	case actPrevBad:
		return s.seek(a, -1)
	case actToken:
		s.detail.wholeToken = !s.detail.wholeToken || s.detail.exchange
		s.detail.exchange = false // which shows no token
	case actWire:
		s.detail.wire = !s.detail.wire || s.detail.exchange
		s.detail.exchange = false
	case actExchange:
		s.detail.exchange = !s.detail.exchange
	}
	return nil
}

// seek goes to the next match of the search in the detail, or else to the next
// red case.
func (s *scenarios) seek(a *app, step int) tea.Cmd {
	if s.inDetail && s.detail.find != "" {
		if !s.detail.seek(step) {
			return a.toast("no match", true)
		}
		return nil
	}
	if !s.seekBad(step) {
		return a.toast("no failure is shown", false)
	}
	return nil
}
