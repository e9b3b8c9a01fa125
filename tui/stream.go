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
// comes between two frames, so a run waits for the UI only if the UI stands
// still.
const streamBuffer = 1024

// Stream carries the records of one run from an [Engine] to the screen.
type Stream struct {
	records chan reports.Record
	done    chan struct{}

	mu   sync.Mutex
	kept []reports.Record
	err  error
}

// NewStream calls produce on a goroutine of its own and returns the stream of
// what it emits. It is how an [Engine] makes its streams.
//
// Emit hands over one record. It waits while the screen is behind, but not
// once ctx ended: what produce emits after that, such as the footer of an
// interrupted run, still comes into [Result]. It never returns an error, and
// must not be called after produce returned. Produce should return soon after
// ctx ends; its error is that of the stream. A panic of produce ends the UI
// with the terminal restored, and [Run] returns it as a [PanicError].
func NewStream(ctx context.Context, produce func(ctx context.Context, emit func(reports.Record) error) error) *Stream {
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

// Recording returns what the stream carried so far, without progress and
// without samples that are not final, and the error it ended with, if it did.
func (s *Stream) Recording() Recording {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Recording{Records: slices.Clone(s.kept), Err: s.err}
}

// Recording is what is left of one run: a stream as package reports reads it,
// without its footer if the run did not come to its end.
type Recording struct {
	Records []reports.Record

	// Err is why the run ended early. Nil if it did not, or has not ended.
	Err error
}

// PanicError is a panic of a goroutine that fed the UI.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("panic: %v", e.Value)
}
