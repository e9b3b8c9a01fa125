package tui

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/assay-id/assay/reports"
)

// streamBuffer is how many records may wait for the screen. It is more than
// arrive between two frames, so that a run waits for the UI only if the UI is
// blocked.
const streamBuffer = 1024

// Stream carries the records of one run from an [Engine] to the screen.
type Stream struct {
	records chan reports.Record
	done    chan struct{}

	mu   sync.Mutex
	kept []reports.Record
	err  error
}

// NewStream calls produce on a new goroutine and returns the stream of the
// records that it emits. An [Engine] creates its streams with it.
//
// Emit passes one record to the screen. It blocks while the screen lags, but
// no longer once ctx has ended: what produce emits after that, such as the
// footer of an interrupted run, still becomes part of [Result]. Emit never
// returns an error, and must not be called after produce has returned.
// Produce should return soon after ctx ends; its error becomes the
// error of the stream. A panic in produce ends the UI with the terminal restored, and
// [Run] returns it as a [PanicError].
func NewStream(
	ctx context.Context, produce func(ctx context.Context, emit func(reports.Record) error) error,
) *Stream {
	s := &Stream{
		records: make(chan reports.Record, streamBuffer),
		done:    make(chan struct{}),
	}
	go func() {
		defer close(s.done)
		defer close(s.records)
		defer func() {
			if r := recover(); r != nil {
				s.fail(&PanicError{Value: r, Stack: debug.Stack()})
			}
		}()
		s.fail(produce(ctx, func(r reports.Record) error {
			s.emit(ctx, r)
			return nil
		}))
	}()
	return s
}

func (s *Stream) emit(ctx context.Context, r reports.Record) {
	if r.Kind != reports.KindProgress && (r.Kind != reports.KindSample || r.Sample.Final) {
		s.mu.Lock()
		s.kept = append(s.kept, r)
		s.mu.Unlock()
	}
	select {
	case s.records <- r:
	default:
		select {
		case s.records <- r:
		case <-ctx.Done():
		}
	}
}

func (s *Stream) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// Wait waits until the stream has ended. Somebody must read its records
// meanwhile if they are more than a screen takes at once.
func (s *Stream) Wait() { <-s.done }

// Recording returns the records so far, without progress and without samples
// that are not final, and the error that the stream ended with, if any.
func (s *Stream) Recording() Recording {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Recording{Records: slices.Clone(s.kept), Err: s.err}
}

// Recording holds the records of one run, in the order in which package
// reports reads them. The footer is missing if the run did not complete.
type Recording struct {
	Records []reports.Record

	// Err says why the run ended early. It is nil if the run completed or has
	// not ended.
	Err error
}

// PanicError is a panic in a goroutine that produced a [Stream].
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("panic: %v", e.Value)
}
