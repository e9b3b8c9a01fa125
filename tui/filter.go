package tui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/assay-id/assay/reports"
)

// filter is the text that a user typed after the slash: words that must all
// match. A word matches part of the ID, title or clause; "!word" must not
// match; "@word" is a state, a level, a policy, a group, smoke,
// needs, marked, or how the result differs from an earlier run: changed, worse, better.
type filter struct {
	text  string
	words []word
	err   string
}

// word is one word of a filter without its signs.
type word struct {
	text    string
	not, at bool
}

// parseFilter parses text. Groups and policies come from the catalogue. An
// @word that is the beginning of a known one is still being typed and filters
// nothing yet. Any other unknown @word is an error and matches nothing, so
// that a typing mistake does not look like an empty catalogue.
func parseFilter(text string, all []Scenario) filter {
	f := filter{text: text}
	known := knownWords(all)
	for text := range strings.FieldsSeq(strings.ToLower(text)) {
		var w word
		text, w.not = strings.CutPrefix(text, "!")
		w.text, w.at = strings.CutPrefix(text, "@")
		begins := func(k string) bool { return strings.HasPrefix(k, w.text) }
		switch {
		case w.text == "":
			continue
		case !w.at || slices.Contains(known, w.text):
		case slices.ContainsFunc(known, begins):
			continue
		default:
			f.err = fmt.Sprintf("no @%s: try @fail @wait @must @smoke", reports.Escape(w.text))
		}
		f.words = append(f.words, w)
	}
	return f
}

// knownWords returns the words that may follow an @.
func knownWords(all []Scenario) []string {
	words := []string{
		"pass", "fail", "skip", "known", "fixed", "crash", "hang", "adapter", "invalid", "error", "run", "wait", "idle",
		"must", "should", "may", "hardening", "info", "smoke", "needs", "unknown", "differs",
		"changed", "worse", "better", "marked",
	}
	for _, s := range all {
		words = append(words, strings.ToLower(s.Group), strings.ToLower(s.Policy))
	}
	return words
}

func (f *filter) active() bool { return len(f.words) > 0 }

// match reports whether a row passes the filter.
func (f *filter) match(r *row) bool {
	for _, w := range f.words {
		if w.matches(r) == w.not {
			return false
		}
	}
	return true
}

func (w word) matches(r *row) bool {
	s := &r.scenario
	if !w.at {
		return strings.Contains(r.haystack, w.text)
	}
	switch w.text {
	case "fail":
		return r.result != nil && r.result.Outcome.Bad()
	case "smoke":
		return s.Smoke
	case "changed":
		return r.change != ""
	case "marked":
		return r.marked
	case "worse", "better":
		return string(r.change) == w.text
	case "needs":
		return len(s.Needs) > 0
	case "differs":
		return r.result != nil && r.result.ReasonDiffers
	case "unknown":
		return r.result != nil && r.result.ReasonUnknown
	}
	return w.text == r.state() || w.text == string(s.Level) ||
		strings.EqualFold(w.text, s.Group) || strings.EqualFold(w.text, s.Policy)
}
