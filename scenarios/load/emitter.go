package load

import (
	"cmp"
	"context"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/panics"
)

// emitter emits live samples on its own goroutine, so that a slow reader delays
// nothing else.
type emitter struct {
	moments chan moment
	done    chan error
}

// moment is a snapshot of a load, from which live samples are made.
type moment struct {
	sample   reports.Sample
	progress reports.Progress
}

// newEmitter starts an emitter. Nothing else may use out before it is closed.
// stop is called with the first error.
func newEmitter(out *reports.Frame, stop context.CancelCauseFunc) *emitter {
	e := &emitter{moments: make(chan moment, 1), done: make(chan error, 1)}
	go func() {
		var first error
		for m := range e.moments {
			if first != nil {
				continue
			}
			if first = m.emit(out); first != nil {
				stop(first)
			}
		}
		e.done <- first
	}()
	return e
}

// emit emits m. A panic of the reader is an error, too.
func (m moment) emit(out *reports.Frame) (err error) {
	panicked := panics.Catch(func() {
		if err = out.Sample(m.sample); err == nil {
			err = out.Progress(m.progress)
		}
	})
	return cmp.Or(panicked, err)
}

// offer emits m, unless the previous moment is still being emitted.
func (e *emitter) offer(m moment) {
	select {
	case e.moments <- m:
	default:
	}
}

// close waits for the last moment and returns the first error.
func (e *emitter) close() error {
	close(e.moments)
	return <-e.done
}
