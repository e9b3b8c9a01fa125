package tui

import (
	"sync"
	"time"
)

// keepRuns is how many runs of a session [Result] keeps: the latest, and the one
// before it, in case that has just begun. A run of the whole catalogue takes
// about ten megabytes.
const keepRuns = 2

// ledger holds the streams of a session. Commands add them, and [Run] waits
// for them at the end, because a command can outlive the screen.
type ledger struct {
	starts sync.WaitGroup // commands that ask for a stream

	mu      sync.Mutex
	streams []*Stream
}

func (l *ledger) add(s *Stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.streams = append(l.streams, s)
	if n := len(l.streams); n > keepRuns {
		l.streams = l.streams[n-keepRuns:]
	}
}

// wait waits until every stream has ended, but no longer than deadline.
func (l *ledger) wait(deadline time.Duration) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.starts.Wait()
		l.mu.Lock()
		streams := l.streams
		l.mu.Unlock()
		for _, s := range streams {
			s.Wait()
		}
	}()
	timer := time.NewTimer(deadline)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	}
}

func (l *ledger) recordings() []Recording {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []Recording
	for _, s := range l.streams {
		all = append(all, s.Recording())
	}
	return all
}
