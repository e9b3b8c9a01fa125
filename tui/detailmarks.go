package tui

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/reports"
)

// stretch is a part of a text, in bytes. The zero value is empty.
type stretch struct{ from, to int }

// differing returns the part of detail i that differs from its counterpart, if
// it is one side of a difference: what was removed, followed by what was added.
// A text of which less than half is common has no such part.
func differing(list []reports.Detail, i int) stretch {
	pair := func(a, b int) bool {
		return a >= 0 && b < len(list) && list[a].Label == list[b].Label &&
			list[a].Mark == reports.MarkRemoved && list[b].Mark == reports.MarkAdded
	}
	var other string
	switch {
	case pair(i, i+1):
		other = list[i+1].Text
	case pair(i-1, i):
		other = list[i-1].Text
	default:
		return stretch{}
	}
	text := list[i].Text
	head := commonHead(text, other)
	tail := commonTail(text[head:], other[head:])
	if 2*(head+tail) < max(len(text), len(other)) {
		return stretch{}
	}
	return stretch{head, len(text) - tail}
}

// commonHead returns how many bytes a and b have in common at the beginning, in
// whole characters.
func commonHead(a, b string) int {
	n := 0
	for i, r := range a {
		if x, _ := utf8.DecodeRuneInString(b[min(i, len(b)):]); x != r {
			break
		}
		n = i + utf8.RuneLen(r)
	}
	return n
}

// commonTail is commonHead for the end.
func commonTail(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) {
		r, size := utf8.DecodeLastRuneInString(a[:len(a)-n])
		if x, _ := utf8.DecodeLastRuneInString(b[:len(b)-n]); x != r {
			break
		}
		n += size
	}
	return n
}

// search looks for text in the detail. Drawing goes to the first match.
func (d *caseDetail) search(text string) { d.find, d.at = text, -1 }

// matches returns the lines that contain what the user searches, whatever the
// case of its letters.
func (d *caseDetail) matches() []int {
	var found []int
	for i, line := range d.cache.lines {
		if d.find != "" && strings.Contains(strings.ToLower(ansi.Strip(line)), strings.ToLower(d.find)) {
			found = append(found, i)
		}
	}
	return found
}

// seek goes to the next match in the direction of step, and to the other end
// after the last. It reports whether there is one.
func (d *caseDetail) seek(step int) bool {
	found := d.matches()
	if len(found) == 0 {
		return false
	}
	to := found[0]
	if step < 0 {
		to = found[len(found)-1]
	}
	for i := range found {
		if step < 0 {
			i = len(found) - 1 - i
		}
		if (found[i]-d.at)*step > 0 {
			to = found[i]
			break
		}
	}
	d.at = to
	if to < d.offset || to >= d.offset+d.height {
		d.offset = max(to-d.height/3, 0)
	}
	return true
}

// position says which match is the current one.
func (d *caseDetail) position() string {
	found := d.matches()
	for i, line := range found {
		if line == d.at {
			return fmt.Sprintf("match %d of %d, n N next", i+1, len(found))
		}
	}
	return reports.FormatNoun(len(found), "line") + " with a match"
}

// emphasize sets every occurrence of text in a line apart, whatever the case of
// its letters.
func emphasize(t *theme, line, text string) string {
	if text == "" {
		return line
	}
	plain := strings.ToLower(ansi.Strip(line))
	text = strings.ToLower(text)
	w := ansi.StringWidth(text)
	var b strings.Builder
	at := 0 // cells
	for rest := plain; ; {
		i := strings.Index(rest, text)
		if i < 0 {
			break
		}
		from := at + ansi.StringWidth(rest[:i])
		b.WriteString(ansi.Cut(line, at, from))
		b.WriteString(ansi.ResetStyle + t.cursor.s(ansi.Strip(ansi.Cut(line, from, from+w))))
		at, rest = from+w, rest[i+len(text):]
	}
	return b.String() + ansi.Cut(line, at, ansi.StringWidth(line))
}
