package implementations

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// The limits on the output of a program. A token of one MiB fits in a line as
// base64; a flood does not. The trace of an exception fits in what is kept of
// the standard error.
const (
	maxLineBytes   = 8 << 20
	maxStderrBytes = 1 << 10
)

// lines passes each line that is written to it to each, and returns its error.
// It is for one writer.
type lines struct {
	each func(line []byte) error

	mu   sync.Mutex
	rest []byte // of a line without its newline
}

func (l *lines) Write(b []byte) (int, error) {
	n := len(b)
	for {
		head, tail, ends := bytes.Cut(b, []byte{'\n'})
		l.mu.Lock()
		l.rest = append(l.rest, head...)
		line := l.rest
		if ends {
			l.rest = nil
		}
		l.mu.Unlock()
		switch {
		case len(line) > maxLineBytes:
			return 0, fault(line, "which has more than %d bytes", maxLineBytes)
		case !ends:
			return n, nil
		}
		if err := l.each(line); err != nil {
			return 0, err
		}
		b = tail
	}
}

// unfinished says what was written since the last newline, if anything: a
// program that forgets the newline, or to flush, waits forever.
func (l *lines) unfinished() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.rest) == 0 {
		return ""
	}
	return fmt.Sprintf("; it wrote %s without a newline", excerpt(l.rest))
}

// tail keeps the last bytes that were written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b...)
	if extra := len(t.kept) - maxStderrBytes; extra > 0 {
		t.kept = append(t.kept[:0], t.kept[extra:]...)
	}
	return len(b), nil
}

// with returns err with what the program wrote last to its standard error, if
// anything.
func (t *tail) with(err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	words := strings.TrimSpace(string(t.kept))
	if words == "" {
		return err
	}
	return &SaidError{Err: err, Said: words}
}

// SaidError is an error about a program that wrote something to its standard
// error. Its text is one line.
type SaidError struct {
	Err  error
	Said string // the end of what it wrote
}

func (e *SaidError) Error() string { return e.Err.Error() + e.quotation() }
func (e *SaidError) Unwrap() error { return e.Err }

func (e *SaidError) quotation() string {
	return "; the end of its standard error is " + quoted(e.Said)
}

// Spread returns text, which contains that of the error, with what the program
// wrote in lines of its own, if it wrote more than one.
func (e *SaidError) Spread(text string) string {
	if !strings.Contains(e.Said, "\n") {
		return text
	}
	safe := strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r == '\n' || strconv.IsPrint(r):
			return r
		}
		return utf8.RuneError
	}, strings.ReplaceAll(e.Said, "\r\n", "\n"))
	return strings.ReplaceAll(text, e.quotation(), "; its standard error ends with\n    "+strings.ReplaceAll(safe, "\n", "\n    "))
}

// excerpt quotes the beginning of what an adapter wrote.
func excerpt(b []byte) string {
	const limit = 200 // bytes, some three lines of a terminal
	switch {
	case len(b) == 0:
		return "nothing"
	case len(b) > limit:
		return fmt.Sprintf("%s… (%d bytes)", quoted(string(b[:limit])), len(b))
	}
	return quoted(string(b))
}

// quoted quotes foreign text so that it is safe to print. JSON, with its many
// quotation marks, stays readable in backquotes.
func quoted(s string) string {
	unsafe := func(r rune) bool { return r == '`' || !strconv.IsPrint(r) }
	if utf8.ValidString(s) && !strings.ContainsFunc(s, unsafe) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}
