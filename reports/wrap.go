package reports

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Wrap breaks plain text into lines of at most width cells: at spaces if
// possible, inside a word if the word alone is longer. It does not break at
// hyphens, so that flags and IDs stay whole. There is always at least one line.
func Wrap(text string, width int) []string {
	return breakLines(text, max(width, 1), true)
}

// wrapWhole is like Wrap but never breaks a word: a value that is longer than a
// line has a line of its own, from which it can be copied.
func wrapWhole(text string, width int) []string { return breakLines(text, width, false) }

// breakLines breaks text at spaces, and inside long words if split is set.
func breakLines(text string, width int, split bool) []string {
	var lines []string
	line, used := "", 0
	for word := range strings.SplitAfterSeq(text, " ") {
		bare := ansi.StringWidth(strings.TrimSuffix(word, " "))
		if used > 0 && used+bare > width {
			lines = append(lines, strings.TrimRight(line, " "))
			line, used = "", 0
		}
		if split && bare > width {
			pieces := strings.Split(ansi.Hardwrap(word, width, true), "\n")
			last := len(pieces) - 1
			lines = append(lines, pieces[:last]...)
			word = pieces[last]
		}
		line += word
		used += ansi.StringWidth(word)
	}
	return append(lines, strings.TrimRight(line, " "))
}
