package reports

import (
	"errors"
	"iter"
	"sync"
)

// Handler consumes the records of one stream, in order: the [Writer] and every
// rendering are Handlers.
//
// Handle consumes the next record. An error means that the rendering is broken,
// not the run; the caller decides whether to continue. Close finishes the
// rendering, notes in it if the stream had no footer, and returns the first
// error of the whole rendering. It does not close the underlying writer.
// Unless its documentation says otherwise, a Handler is not safe for
// concurrent use.
type Handler interface {
	Handle(Record) error
	Close() error
}

// Tee returns a Handler that passes every record to each of handlers, in the
// given order. If one fails, the others still receive the record: a closed
// terminal must not cost the recording. Handle and Close join the errors of
// all. The result is safe for concurrent use.
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

// Copy passes every record of a stream to h and then closes h, even if the
// stream ends early: whatever was readable is rendered. The error joins the
// error of the stream, such as [ErrIncomplete], and the error of h.
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
