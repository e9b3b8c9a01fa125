package reports

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// Recording is a recorded run as a whole. The zero value is empty. It is a
// [Handler] that collects a stream; Close does nothing.
type Recording struct {
	Name   string // what messages call it, such as the name of its file
	Header *Header
	Plan   []PlannedCase
	Cases  []*Case // in the order of the stream
	Footer *Footer // nil if the run is incomplete

	// Samples are those of a measurement, live ones included, and Progress is
	// the last record of its kind.
	Samples  []*Sample
	Progress *Progress
}

// ReadRecording reads a recording of one of the given commands. One that is
// incomplete has no Footer, which is no error; a stream of another command is.
func ReadRecording(name string, records iter.Seq2[Record, error], command string, others ...string) (*Recording, error) {
	r := &Recording{Name: name}
	return r, r.collect(r, records, append(others, command)...)
}

// collect passes records of one of the given commands to h, which keeps them in
// r.
func (r *Recording) collect(h Handler, records iter.Seq2[Record, error], commands ...string) error {
	if err := Copy(h, records); err != nil && (r.Header == nil || !errors.Is(err, ErrIncomplete)) {
		return fmt.Errorf("%s: %w", r.Name, err)
	}
	if command := r.Header.Command; !slices.Contains(commands, command) {
		return fmt.Errorf("%s records assay %s, want a recording of assay %s", r.Name, command, strings.Join(commands, ", "))
	}
	return nil
}

// Handle adds r. It never returns an error.
func (r *Recording) Handle(record Record) error {
	switch record.Kind {
	case KindHeader:
		r.Header = record.Header
	case KindPlan:
		r.Plan = record.Plan.Cases
	case KindCase:
		r.Cases = append(r.Cases, record.Case)
	case KindSample:
		r.Samples = append(r.Samples, record.Sample)
	case KindProgress:
		r.Progress = record.Progress
	case KindFooter:
		r.Footer = record.Footer
	}
	return nil
}

// Close does nothing and returns nil.
func (r *Recording) Close() error { return nil }

// Records returns the stream of the recording, which has no footer if the
// recording has none.
func (r *Recording) Records() []Record {
	stream := []Record{{Kind: KindHeader, Header: r.Header}, {Kind: KindPlan, Plan: &Plan{Cases: r.Plan}}}
	for _, c := range r.Cases {
		stream = append(stream, Record{Kind: KindCase, Case: c})
	}
	if r.Footer != nil {
		stream = append(stream, Record{Kind: KindFooter, Footer: r.Footer})
	}
	return stream
}

// judged returns the cases by ID.
func (r *Recording) judged() map[string]*Case {
	cases := make(map[string]*Case, len(r.Cases))
	for _, c := range r.Cases {
		cases[c.ID] = c
	}
	return cases
}
