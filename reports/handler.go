package reports

import (
	"errors"
	"iter"
	"sync"
)

// Handler takes the records of one stream, in order: the [Writer] and every
// rendering are Handlers.
//
// Handle takes the next record. An error means that the rendering is broken,
// not the run; whoever drives the Handler decides whether to go on. Close ends
// the rendering, says so if the stream had no footer, and returns the first
// error of the whole rendering. It does not close the underlying writer.
// Unless its documentation says otherwise, a Handler is not safe for
// concurrent use.
type Handler interface {
	Handle(Record) error
	Close() error
}

// Tee returns a Handler that hands every record to each of handlers, in the
// order given. A handler that fails does not keep the records from the others:
// a closed terminal must not cost the recording. Handle and Close join the
// errors of all. The result is safe for concurrent use.
func Tee(handlers ...Handler) Handler {
	return &tee{handlers: handlers}
}

type tee struct {
	mu       sync.Mutex
	handlers []Handler
}

func (t *tee) Handle(r Record) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var errs []error
	for _, h := range t.handlers {
		errs = append(errs, h.Handle(r))
	}
	return errors.Join(errs...)
}

func (t *tee) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var errs []error
	for _, h := range t.handlers {
		errs = append(errs, h.Close())
	}
	return errors.Join(errs...)
}

// Copy hands every record of a stream to h and then closes it, also when the
// stream ends early: what was readable is rendered. The error joins that of
// the stream, such as [ErrIncomplete], and that of h.
func Copy(h Handler, records iter.Seq2[Record, error]) error {
	var err error
	for r, readErr := range records {
		if err = readErr; err != nil {
			break
		}
		if err = h.Handle(r); err != nil {
			break
		}
	}
	closeErr := h.Close()
	if errors.Is(closeErr, err) {
		return closeErr // Close repeats the first error; print it once.
	}
	return errors.Join(err, closeErr)
}
