package load

import (
	"context"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/bench/stream"
)

// emitter emits live samples on a goroutine of its own, so that a slow reader
// holds nobody up.
type emitter struct {
	samples chan reports.Sample
	done    chan error
}

// newEmitter starts it. Nobody else may use out before it is closed. stop is
// called with the first error.
func newEmitter(out *stream.Stream, stop context.CancelCauseFunc) *emitter {
	e := &emitter{samples: make(chan reports.Sample, 1), done: make(chan error, 1)}
	go func() {
		var first error
		for sample := range e.samples {
			if first != nil {
				continue
			}
			if first = out.Sample(sample); first != nil {
				stop(first)
			}
		}
		e.done <- first
	}()
	return e
}

// offer emits sample unless the one before is still under way.
func (e *emitter) offer(sample reports.Sample) {
	select {
	case e.samples <- sample:
	default:
	}
}

// close waits for the last sample and returns the first error.
func (e *emitter) close() error {
	close(e.samples)
	return <-e.done
}
