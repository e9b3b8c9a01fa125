package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

// screen is one of the tabs. All methods are called on the event loop.
type screen interface {
	// name is the title of its tab.
	name() string

	// bindings returns its keys, the most important ones first.
	bindings() []binding

	// do performs one of its actions.
	do(a *app, act action) tea.Cmd

	// view draws h lines of w cells.
	view(f *frame, w, h int) []string

	// status returns what the tab row says about it. It should have at most
	// room cells, or the caller cuts it.
	status(f *frame, room int) string

	// hints returns what the last row offers. Mine reports whether the live
	// run is one of this screen.
	hints(mine bool) []hint

	// conditions returns the header of its latest run, or nil.
	conditions() *reports.Header

	// search returns the text field of its filter, or nil if it has none.
	search() *prompt

	// clip returns the text that can be copied here and what that is. Empty
	// text means that there is nothing to copy.
	clip() (text, what string)
}

// runner is a screen that shows the records of a run.
type runner interface {
	screen

	// apply handles one record of the live run, settle the end of a batch.
	apply(r reports.Record)
	settle()

	// ended handles the end of the run: how long it took, and whether it was
	// stopped before everything was done.
	ended(took time.Duration, stopped bool)

	// refused handles the end of a run that did not begin.
	refused()
}

// quiet is what most screens do not have: a filter, and runs.
type quiet struct{}

func (quiet) search() *prompt             { return nil }
func (quiet) conditions() *reports.Header { return nil }
