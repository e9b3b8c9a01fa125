package tui

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// fuzzy reports whether text has letters in their order, with anything between
// them. Both are in lower case.
func fuzzy(letters, text string) bool {
	for _, want := range letters {
		if unicode.IsSpace(want) {
			continue
		}
		var found bool
		if _, text, found = strings.Cut(text, string(want)); !found {
			return false
		}
	}
	return true
}

// The qualities of a match, the best first.
const (
	matchExact  = iota // the name is the text
	matchPrefix        // it begins with the text
	matchName          // it has all words
	matchAny           // it has all words together with what is written next to it
	matchFuzzy         // it has the letters in their order
	matchNone
)

// quality returns how well a choice matches text, which is in lower case.
func (c *choice) quality(text string) int {
	name := strings.ToLower(c.name)
	switch {
	case name == text || slices.Contains(c.aliases, text):
		return matchExact
	case strings.HasPrefix(name, text):
		return matchPrefix
	case hasWords(name, text):
		return matchName
	case hasWords(strings.Join(append([]string{c.kind, name, strings.ToLower(c.help)}, c.aliases...), "\n"), text):
		return matchAny
	case fuzzy(text, name):
		return matchFuzzy
	}
	return matchNone
}

func hasWords(s, words string) bool {
	for word := range strings.FieldsSeq(words) {
		if !strings.Contains(s, word) {
			return false
		}
	}
	return true
}

// rank returns the choices that match text, the best first. Fuzzy matches are
// returned only if there are no others.
func rank(choices []choice, text string) []choice {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return choices
	}
	type ranked struct {
		choice
		quality int
	}
	var found []ranked
	best := matchNone
	for _, c := range choices {
		if q := c.quality(text); q < matchNone {
			found = append(found, ranked{c, q})
			best = min(best, q)
		}
	}
	slices.SortStableFunc(found, func(x, y ranked) int { return cmp.Compare(x.quality, y.quality) })
	var out []choice
	for _, c := range found {
		if c.quality < matchFuzzy || best == matchFuzzy {
			out = append(out, c.choice)
		}
	}
	return out
}
