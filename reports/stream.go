package reports

import (
	"bufio"
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxLineBytes is the longest line that [Read] accepts. A case with its
// evidence has some ten thousand bytes; a longer line is not a record.
const maxLineBytes = 16 << 20

// ErrIncomplete is returned by [Read] when the stream has no footer, because
// the run was cut short. Every record before it was good.
var ErrIncomplete = errors.New("the stream has no footer: the run is incomplete")

// Writer writes a stream as JSON lines, each record in one Write, so that a
// run that is killed leaves whole lines. It refuses records that are out of
// order. The first error is sticky: every later Handle returns it and writes
// nothing. It is a [Handler] that is safe for concurrent use.
type Writer struct {
	mu       sync.Mutex
	w        io.Writer
	buf      bytes.Buffer
	sequence sequence
	err      error
}

// NewWriter returns a Writer to w. It does not buffer.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: w}
}

// Handle writes r as one line.
func (w *Writer) Handle(r Record) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = w.write(r)
	}
	return w.err
}

func (w *Writer) write(r Record) error {
	if err := w.sequence.next(r); err != nil {
		return err
	}
	if r.Plan != nil && r.Plan.Cases == nil {
		r.Plan = &Plan{Cases: []PlannedCase{}} // [] and not null on the wire
	}
	w.buf.Reset()
	// The standard encoder rather than the library used for reading: its
	// omitempty omits zero numbers, and it replaces bytes that are not UTF-8
	// instead of losing the record.
	enc := stdjson.NewEncoder(&w.buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("encoding a %s: %w", r.Kind, err)
	}
	_, err := w.w.Write(w.buf.Bytes())
	return err
}

// Close returns the first error. It writes nothing: an unfinished stream
// stays unfinished, and its readers notice.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Read returns the records of the stream in r. Members that this version does
// not know are skipped. Any other deviation from the package comment ends the
// sequence with an error that names the line: JSON that is not strict, an
// unknown kind, level or outcome, a record out of order, a footer that
// contradicts the records, a newer schema version.
//
// A stream that stops before its footer ends with an error that wraps
// [ErrIncomplete], after the last whole record; so does one whose last line is
// cut off. The sequence can be read once.
func Read(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		br := bufio.NewReaderSize(r, 64<<10)
		var seq sequence
		for line := 1; ; line++ {
			text, err := readLine(br)
			var rec Record
			switch {
			case err == io.EOF && len(text) == 0:
				if !seq.footer {
					yield(Record{}, fmt.Errorf("after %d lines: %w", line-1, ErrIncomplete))
				}
				return
			case err == nil || err == io.EOF:
				torn := err == io.EOF
				if rec, err = decode(text, line); err == nil {
					err = seq.next(rec)
				} else if torn && seq.header && !seq.footer {
					err = fmt.Errorf("it is cut off: %w", ErrIncomplete)
				}
			}
			if err != nil {
				yield(Record{}, fmt.Errorf("line %d: %w", line, err))
				return
			}
			if !yield(rec, nil) {
				return
			}
		}
	}
}

// readLine returns the next line without its newline. At the end of r it
// returns io.EOF with whatever the last line holds.
func readLine(br *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := br.ReadSlice('\n')
		if len(line)+len(part) > maxLineBytes {
			return nil, fmt.Errorf("longer than %d bytes, no record is", maxLineBytes)
		}
		line = append(line, part...)
		switch err {
		case bufio.ErrBufferFull:
			continue
		case nil:
			return line[:len(line)-1], nil
		default:
			return line, err
		}
	}
}

func decode(text []byte, line int) (Record, error) {
	if line == 1 {
		// A newer schema may have changed anything but this.
		var probe struct {
			Header struct {
				SchemaVersion int `json:"schema_version"`
			} `json:"header"`
		}
		if err := json.Unmarshal(text, &probe); err == nil &&
			probe.Header.SchemaVersion > SchemaVersion {
			return Record{}, checkVersion(probe.Header.SchemaVersion)
		}
	}
	if jsontext.Value(text).Kind() != jsontext.KindBeginObject {
		return Record{}, errors.New("not a record: want a JSON object, as in the output of assay run -o run.jsonl")
	}
	var rec Record
	if err := json.Unmarshal(text, &rec); err != nil {
		return Record{}, fmt.Errorf("not a record: %w", err)
	}
	return rec, nil
}
