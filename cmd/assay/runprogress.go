package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

// progressLine says on standard error how far something is: in one line that is
// written again and again on a terminal, and otherwise in a line now and then,
// for a log. What is done quickly says nothing.
type progressLine struct {
	w        io.Writer
	terminal bool
	width    func() int // of the terminal, in cells
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
	return &progressLine{
		w: a.stderr, terminal: isTerminal(a.stderr), width: func() int { return terminalWidth(a.stderr) },
		now: time.Now, began: now, said: now,
	}
}

// show writes the line if it is time to. Progress that cannot be shown is no
// reason to stop.
func (p *progressLine) show(text string) {
	p.erase()
	now := p.now()
	switch {
	case p.terminal && now.Sub(p.began) >= progressDelay:
		// A line that wraps could not be erased.
		_, _ = io.WriteString(p.w, ansi.Truncate(text, p.width()-1, "…"))
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
// line on the terminal has to go before something else is printed. On a terminal
// the line also moves while nothing arrives, so that a case that hangs is seen.
type runProgress struct {
	reports.Handler

	mu    sync.Mutex // guards what follows, and Handler
	line  *progressLine
	state reports.RunState
	stop  func()
}

// withProgress returns handler with progress on standard error.
func (a *app) withProgress(handler reports.Handler) reports.Handler {
	p := &runProgress{Handler: handler, line: a.newProgress(), stop: func() {}}
	if p.line.terminal {
		done := make(chan struct{})
		p.stop = sync.OnceFunc(func() { close(done) })
		go p.follow(done)
	}
	return p
}

// follow shows the line twice a second until done is closed.
func (p *runProgress) follow(done <-chan struct{}) {
	ticks := time.NewTicker(time.Second / 2)
	defer ticks.Stop()
	for {
		select {
		case <-done:
			return
		case <-ticks.C:
			p.mu.Lock()
			p.show()
			p.mu.Unlock()
		}
	}
}

// Handle passes r on and says how far the run is.
func (p *runProgress) Handle(r reports.Record) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line.erase()
	if err := p.Handler.Handle(r); err != nil {
		return err
	}
	p.state.Handle(r, p.line.now())
	if r.Case != nil || r.Start != nil {
		p.show()
	}
	return nil
}

// show writes how far the run is, how fast, and what runs for the longest time.
func (p *runProgress) show() {
	s, now := &p.state, p.line.now()
	if s.Planned == 0 || s.Judged == s.Planned {
		return
	}
	text := fmt.Sprintf("%d of %d cases, %d skipped, %d did not pass", s.Judged, s.Planned, s.Skipped, s.Bad)
	if pace := s.Pace(now); pace != "" {
		text += ", " + pace
	}
	if running := s.Running(); len(running) > 0 {
		oldest := running[0]
		if took := now.Sub(oldest.Since); took >= time.Second {
			text += fmt.Sprintf(", %s runs for %d s", oldest.ID, int(took.Seconds()))
		}
	}
	p.line.show(text)
}

// Close removes the line and closes the handler.
func (p *runProgress) Close() error {
	p.stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line.erase()
	p.state = reports.RunState{} // a tick that is late shows nothing
	return p.Handler.Close()
}
