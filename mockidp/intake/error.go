package intake

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error is a mistake in a text, with its place.
type Error struct {
	Name         string // of the file
	Line, Column int    // counted from 1; the column in characters
	Problem      string // one line

	excerpt string // the lines around the place, or empty
}

// Error returns [Error.Brief] and, on lines of their own, an excerpt of the
// text that shows the place.
func (e *Error) Error() string {
	if e.excerpt == "" {
		return e.Brief()
	}
	return e.Brief() + "\n" + e.excerpt
}

// Brief returns the mistake in one line.
func (e *Error) Brief() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.Name, e.Line, e.Column, e.Problem)
}

// maxProblem bounds Problem in bytes, because parsers quote what they do not
// understand.
const maxProblem = 400

// NewError returns the error of a problem at a place of text, with an excerpt.
func NewError(name string, text []byte, line, column int, problem string) *Error {
	if len(problem) > maxProblem {
		problem = problem[:maxProblem] + "…"
	}
	return &Error{
		Name: name, Line: line, Column: column, Problem: printable(problem),
		excerpt: excerpt(text, line, column),
	}
}

// errorAfter is like NewError for the place after so many bytes.
func errorAfter(name string, text []byte, offset int, format string, args ...any) *Error {
	line, column := place(text[:offset])
	return NewError(name, text, line, column, fmt.Sprintf(format, args...))
}

// place returns the place after before, which is the beginning of a text.
func place(before []byte) (line, column int) {
	before = lineBreaks(before)
	last := bytes.LastIndexByte(before, '\n')
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[last+1:]) + 1
}

// lineBreaks returns text with \n for each of the line breaks of YAML 1.2.2,
// 5.4.
func lineBreaks(text []byte) []byte {
	if bytes.IndexByte(text, '\r') < 0 {
		return text
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
}

const (
	excerptLines = 3   // before and after the one with the mistake
	excerptWidth = 100 // of a line, in characters
)

// excerpt shows the lines around a place, and marks the column.
func excerpt(text []byte, line, column int) string {
	first := 0
	if column > excerptWidth*3/4 {
		first = column - excerptWidth/2
	}
	var b strings.Builder
	n := 0
	for full := range bytes.Lines(lineBreaks(text)) {
		if n++; n < line-excerptLines {
			continue
		} else if n > line+excerptLines {
			break
		}
		sign := " "
		if n == line {
			sign = ">"
		}
		shown, before := window(bytes.TrimSuffix(full, []byte("\n")), first, column-1)
		row := fmt.Sprintf("%s %2d | ", sign, n)
		fmt.Fprintf(&b, "%s%s\n", row, shown)
		if n == line {
			fmt.Fprintf(&b, "%*s^\n", len(row)+before, "")
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// window returns the part of a line from the character first on, ready to
// print, and how many cells of it are before the character column.
func window(line []byte, first, column int) (shown string, before int) {
	var b strings.Builder
	if first > 0 {
		b.WriteString("…")
	}
	n := 0
	for len(line) > 0 {
		_, size := utf8.DecodeRune(line)
		if n == column {
			before = utf8.RuneCountInString(b.String())
		}
		if n == first+excerptWidth {
			b.WriteString("…")
			return b.String(), before
		}
		if n >= first {
			b.WriteString(printable(string(line[:size])))
		}
		n++
		line = line[size:]
	}
	if n <= column { // the mistake is at the end of the line
		before = utf8.RuneCountInString(b.String())
	}
	return b.String(), before
}

// printable escapes what a terminal would not show as it is: control
// characters, marks that change the writing direction, bytes that are not
// UTF-8.
func printable(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}
