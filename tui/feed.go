package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/assay-id/assay/reports"
)

const (
	// framePeriod is how often the screen is updated during a run: often
	// enough to look live, and rarely enough to leave the machine to the
	// measurement.
	framePeriod = 100 * time.Millisecond

	// measurePeriod is the same while something is measured. Drawing twice a
	// second takes less than a hundredth of a core.
	measurePeriod = 500 * time.Millisecond

	// idlePeriod is how often the mock environment is queried while its
	// screen is shown and nothing runs.
	idlePeriod = 500 * time.Millisecond

	// batchLimit bounds the number of records in a message, and so the time
	// that Update takes.
	batchLimit = 4096

	// quitPatience is how long a run may take to stop when the user quits.
	quitPatience = 2 * time.Second

	// leastPatience is how long an abandoned run may still take to deliver
	// the records that it has.
	leastPatience = 50 * time.Millisecond

	// toastPeriod is how long a toast is shown.
	toastPeriod = 4 * time.Second
)

// waitRecords waits for the next record and then collects those that arrive
// within one period, so that a run of any speed costs few messages.
func waitRecords(id int, stream *Stream, period time.Duration) tea.Cmd {
	return func() tea.Msg {
		first, ok := <-stream.records
		if !ok {
			return recordsMsg{id: id, done: true}
		}
		batch := []reports.Record{first}
		frame := time.NewTimer(period)
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

// start asks the engine for a stream and adds it to the ledger, so that the
// program waits for it even if the screen is gone by then.
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

// openCatalogue asks the engine for the catalogue.
func openCatalogue(e Engine) tea.Cmd {
	return func() tea.Msg {
		list, err := e.Scenarios()
		return catalogueMsg{list, err}
	}
}

// openIdP asks the engine for the mock environment.
func openIdP(e Engine) tea.Cmd {
	return func() tea.Msg {
		idp, err := e.IdP()
		return idpMsg{idp, err}
	}
}

// takeSnapshot queries the state of the mock environment.
func takeSnapshot(idp IdP) tea.Cmd {
	return func() tea.Msg { return snapshotMsg{idp.Snapshot()} }
}

// change changes the mock environment. Done says what was done, if it was.
func change(do func() error, done string) tea.Cmd {
	return func() tea.Msg { return changedMsg{done, do()} }
}

// after returns msg once d has passed.
func after(d time.Duration, msg tea.Msg) tea.Cmd {
	return tea.Tick(d, func(time.Time) tea.Msg { return msg })
}
