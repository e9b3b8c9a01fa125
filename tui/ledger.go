package tui

import (
	"sync"
	"time"
)

// keepRuns is how many runs of a session [Result] holds. A run of the whole
// catalogue keeps about four megabytes: records have no larger texts.
const keepRuns = 8

// ledger knows the streams of a session. Commands enter them, and whoever
// ends the session waits for them, because a command can outlive the screen.
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

// wait waits until every stream has ended, but not beyond the deadline.
func (l *ledger) wait(deadline time.Duration) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.starts.Wait()
		l.mu.Lock()
		streams := l.streams
		l.mu.Unlock()
		for _, s := range streams {
			<-s.done
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
