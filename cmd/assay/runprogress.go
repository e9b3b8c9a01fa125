package main

import (
	"fmt"
	"io"
	"time"

	"github.com/assay-id/assay/reports"
)

// progressLine says on standard error how far something is: in one line that is
// written again and again on a terminal, and otherwise in a line now and then,
// for a log. What is done quickly says nothing.
type progressLine struct {
	w        io.Writer
	terminal bool
	now      func() time.Time

	began time.Time
	said  time.Time // in a log: the last line, or the start
	drawn bool      // whether the line is on the terminal
}

// How long nothing is said on a terminal, and how long nothing is said, then and
// in between, to a log, which should not fill with progress.
const (
	progressDelay = time.Second
	progressPause = 10 * time.Second
)

// newProgress returns a progress line on standard error.
func (a *app) newProgress() *progressLine {
	now := time.Now()
	return &progressLine{w: a.stderr, terminal: isTerminal(a.stderr), now: time.Now, began: now, said: now}
}

// show writes the line if it is time to. Progress that cannot be shown is no
// reason to stop.
func (p *progressLine) show(text string) {
	p.erase()
	now := p.now()
	switch {
	case p.terminal && now.Sub(p.began) >= progressDelay:
		_, _ = io.WriteString(p.w, text)
		p.drawn = true
	case !p.terminal && now.Sub(p.said) >= progressPause:
		_, _ = io.WriteString(p.w, "assay: "+text+"\n")
		p.said = now
	}
}

// erase removes the line from the terminal, before something else is printed.
func (p *progressLine) erase() {
	if p.drawn {
		_, _ = io.WriteString(p.w, "\r\x1b[K")
		p.drawn = false
	}
}

// runProgress says how far a run is. It wraps what prints the run, because a
// line on the terminal has to go before something else is printed.
type runProgress struct {
	reports.Handler
	line                        *progressLine
	planned, done, skipped, bad int
}

// withProgress returns handler with progress on standard error.
func (a *app) withProgress(handler reports.Handler) reports.Handler {
	return &runProgress{Handler: handler, line: a.newProgress()}
}

// Handle passes r on and says how far the run is.
func (p *runProgress) Handle(r reports.Record) error {
	p.line.erase()
	if err := p.Handler.Handle(r); err != nil {
		return err
	}
	switch {
	case r.Plan != nil:
		p.planned = len(r.Plan.Cases)
	case r.Case != nil:
		p.done++
		switch {
		case r.Case.Outcome.Bad():
			p.bad++
		case r.Case.Outcome == reports.OutcomeSkip:
			p.skipped++
		}
		p.line.show(fmt.Sprintf("%d of %d cases done so far, %d skipped, %d did not pass", p.done, p.planned, p.skipped, p.bad))
	}
	return nil
}

// Close removes the line and closes the handler.
func (p *runProgress) Close() error {
	p.line.erase()
	return p.Handler.Close()
}
