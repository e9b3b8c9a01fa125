package main

import (
	"fmt"
	"io"
	"time"

	"github.com/assay-id/assay/reports"
)

// runProgress says on standard error how far a run is: in one line that is
// written again and again on a terminal, and otherwise in a line now and then,
// for a log. A short run says nothing. It wraps what prints the run, because a
// line on the terminal has to go before something else is printed.
type runProgress struct {
	reports.Handler
	w        io.Writer
	terminal bool
	now      func() time.Time

	began                time.Time
	said                 time.Time // of a log: the last line, or the start
	drawn                bool      // whether the line is on the terminal
	planned, judged, bad int
}

// How long a run says nothing on a terminal, and how long it says nothing, then
// and in between, to a log, which should not fill with progress.
const (
	progressDelay = 2 * time.Second
	progressPause = 10 * time.Second
)

// withProgress returns handler with progress on standard error.
func (a *app) withProgress(handler reports.Handler) reports.Handler {
	now := time.Now()
	return &runProgress{
		Handler: handler, w: a.stderr, terminal: isTerminal(a.stderr), now: time.Now, began: now,
		said: now,
	}
}

// Handle passes r on and says how far the run is.
func (p *runProgress) Handle(r reports.Record) error {
	p.erase()
	if err := p.Handler.Handle(r); err != nil {
		return err
	}
	switch {
	case r.Plan != nil:
		p.planned = len(r.Plan.Cases)
	case r.Case != nil:
		p.judged++
		if r.Case.Outcome.Bad() {
			p.bad++
		}
		p.show()
	}
	return nil
}

// Close removes the line and closes the handler.
func (p *runProgress) Close() error {
	p.erase()
	return p.Handler.Close()
}

// show writes the line if it is time to. Progress that cannot be shown is no
// reason to stop the run.
func (p *runProgress) show() {
	now := p.now()
	text := fmt.Sprintf("%d of %d cases run, %d did not pass", p.judged, p.planned, p.bad)
	switch {
	case p.terminal && now.Sub(p.began) >= progressDelay:
		_, _ = io.WriteString(p.w, text)
		p.drawn = true
	case !p.terminal && now.Sub(p.said) >= progressPause:
		_, _ = io.WriteString(p.w, "assay: "+text+"\n")
		p.said = now
	}
}

// erase removes the line from the terminal.
func (p *runProgress) erase() {
	if p.drawn {
		_, _ = io.WriteString(p.w, "\r\x1b[K")
		p.drawn = false
	}
}
