package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

const (
	// framePeriod is how often the screen follows a run: often enough to look
	// live, and cheap enough to leave the machine to what is measured.
	framePeriod = 100 * time.Millisecond

	// idlePeriod is how often the mock environment is looked at while its
	// screen is shown and nothing runs.
	idlePeriod = 500 * time.Millisecond

	// batchLimit bounds what one message holds, and with it the time that
	// Update takes.
	batchLimit = 4096

	// quitPatience is how long a run may take to stop when the user quits.
	quitPatience = 2 * time.Second

	// leastPatience is how long a run that was given up may still take to hand
	// over what it has.
	leastPatience = 50 * time.Millisecond

	// toastPeriod is how long a toast stays.
	toastPeriod = 4 * time.Second
)

// waitRecords waits for the next record and then gathers what comes within one
// frame, so that a run of any speed costs ten messages a second.
func waitRecords(id int, stream *Stream) tea.Cmd {
	return func() tea.Msg {
		first, ok := <-stream.records
		if !ok {
			return recordsMsg{id: id, done: true}
		}
		batch := []reports.Record{first}
		frame := time.NewTimer(framePeriod)
		defer frame.Stop()
		for len(batch) < batchLimit {
			select {
			case r, ok := <-stream.records:
				if !ok {
					return recordsMsg{id: id, records: batch, done: true}
				}
				batch = append(batch, r)
			case <-frame.C:
				return recordsMsg{id: id, records: batch}
			}
		}
		return recordsMsg{id: id, records: batch}
	}
}

// start asks the engine for a stream and enters it into the ledger, so that
// it is waited for even if the screen is gone by then.
func start(l *ledger, id int, ask func() (*Stream, error)) tea.Cmd {
	l.starts.Add(1)
	return func() tea.Msg {
		defer l.starts.Done()
		stream, err := ask()
		if err == nil {
			l.add(stream)
		}
		return startedMsg{id: id, stream: stream, err: err}
	}
}

// takeSnapshot asks the mock environment for its state.
func takeSnapshot(idp IdP) tea.Cmd {
	return func() tea.Msg { return snapshotMsg{idp.Snapshot()} }
}

// rotate asks the mock environment for another signing key.
func rotate(idp IdP, mode string) tea.Cmd {
	return func() tea.Msg { return rotatedMsg{mode, idp.Rotate(mode)} }
}

// after returns msg once d has passed.
func after(d time.Duration, msg tea.Msg) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return msg })
}
