package tui

import (
	"time"

	"github.com/assay-id/assay/reports"
)

// The messages of the UI, in addition to those of Bubble Tea. None is sent
// from outside: each is the result of a command that Update returned.
// Messages of a run carry its number, so that those of an earlier run can be
// dropped.

// catalogueMsg is the catalogue, or why there is none.
type catalogueMsg struct {
	scenarios []Scenario
	err       error
}

// idpMsg is the mock environment, nil if there is none.
type idpMsg struct {
	idp IdP
	err error
}

// startedMsg says that the engine started a run, or why it did not.
type startedMsg struct {
	id     int
	stream *Stream
	err    error
}

// recordsMsg is a batch of records in their order. With done set the stream
// has ended after them.
type recordsMsg struct {
	id      int
	records []reports.Record
	done    bool
}

// frameMsg is the tick that updates what changes over time. It is scheduled
// only while there is something of that kind.
type frameMsg struct{}

// savedMsg is the list of recorded runs, to show one or to compare with it.
type savedMsg struct {
	saved   []SavedRun
	compare bool
	err     error
}

// paletteMsg has the recorded runs that the palette offers.
type paletteMsg struct{ saved []SavedRun }

// writtenMsg says where a file was written, or why it was not. write tries
// again.
type writtenMsg struct {
	write func(replace bool) (path string, err error)
	path  string
	err   error
}

// selectedMsg is what patterns select, or why that is nothing.
type selectedMsg struct {
	ids []string
	err error
}

// runMsg is a recorded run, to be shown or compared with.
type runMsg struct {
	run     *reports.Recording
	compare bool
	err     error
}

// estimateMsg is about how long the benchmark with the options of its screen takes,
// or what is wrong with them.
type estimateMsg struct {
	takes time.Duration
	err   error
}

// examinedMsg is what was found out about a token.
type examinedMsg struct {
	id      int
	token   string
	changes string
	pasted  bool
	report  *TokenReport
	err     error
}

// opinionsMsg is what implementations say about the token that was shown when
// they were asked.
type opinionsMsg struct {
	id       int
	opinions []Opinion
	err      error
}

// stepMsg is a step of a cause that is being reproduced, nil at its end.
type stepMsg struct {
	id   int
	step *reports.ReproductionStep
}

// snapshotMsg is the state of the mock environment.
type snapshotMsg struct{ snapshot IdPSnapshot }

// changedMsg says what was changed in the mock environment, or why nothing was.
type changedMsg struct {
	done string
	err  error
}

// pointerMsg ends the moment in which movements of the mouse are collected.
type pointerMsg struct{}

// rememberedMsg says that something was kept for the next session, or why not.
type rememberedMsg struct{ err error }

// checkupMsg is what the examination of the mock environment found, or why
// there was none.
type checkupMsg struct {
	checkup *reports.Checkup
	err     error
}

// commandMsg is a command to copy, or why it cannot be made.
type commandMsg struct {
	text string
	err  error
}

// loadMsg is a load of a service that trusts the mock environment, to be
// prepared, or why there is none.
type loadMsg struct {
	service string
	control string // URL of the control API
	err     error
}

// toastExpiredMsg removes a toast unless a newer one has replaced it.
type toastExpiredMsg struct{ id int }

// quitDeadlineMsg ends the wait for a run that does not stop.
type quitDeadlineMsg struct{}
