package tui

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/assay-id/assay/reports"
)

// filter is the text that a user typed after the slash: words that must all
// match. A word is text, /regexp/, ~letters in this order or "a phrase", with
// a prefix such as id: if it is about one field, or @ and a state, a level, a
// policy or a group. "a|b" matches either, "!word" and "-word" what word does
// not.
//
// A word without a prefix means the group of that name, or else IDs. Only if no
// ID has it does it match titles, codes, expectations and clauses: most words of
// titles are common.
type filter struct {
	text  string
	words []word
	err   string
	note  string // how the last word was understood, if that is not obvious

	letters []string // of the fuzzy terms, to mark what they match
}

// word is one word of a filter: it matches if one of its terms does, or with
// not if none does.
type word struct {
	not   bool
	terms []filterTerm
}

type filterTerm func(*row) bool

// parseFilter parses text. Groups and policies are those of the rows. A word
// that is still being typed filters nothing yet, such as the beginning of a
// known @word. Anything else that is wrong is an error and matches nothing, so
// that a typing mistake does not look like an empty catalogue.
func parseFilter(text string, rows []*row) filter {
	p := filterParser{rows: rows, filter: filter{text: text}}
	for _, parts := range splitFilter(text) {
		var w word
		rest := strings.TrimPrefix(parts[0], "!")
		if rest == parts[0] {
			rest = strings.TrimPrefix(parts[0], "-")
		}
		w.not, parts[0] = rest != parts[0], rest
		p.prefix = ""
		letters := len(p.filter.letters)
		for i, part := range parts {
			if i > 0 && strings.HasPrefix(part, "!") {
				p.fail("! belongs to the front: !a|b")
			}
			if t := p.term(part); t != nil {
				w.terms = append(w.terms, t)
			}
		}
		if w.not { // what does not match has no marks
			p.filter.letters = p.filter.letters[:letters]
		}
		if len(w.terms) > 0 {
			p.filter.words = append(p.filter.words, w)
		}
	}
	if p.filter.err != "" {
		nothing := func(*row) bool { return false }
		p.filter.words = append(p.filter.words, word{terms: []filterTerm{nothing}})
	}
	return p.filter
}

// splitFilter splits text into words, and those into the parts between bars.
// Regular expressions and quoted text are not split.
func splitFilter(text string) [][]string {
	var words [][]string
	var parts []string
	var b strings.Builder
	part := func() {
		parts = append(parts, b.String())
		b.Reset()
	}
	word := func() {
		if part(); len(parts) > 1 || parts[0] != "" {
			words = append(words, parts)
		}
		parts = nil
	}
	var within, last rune // within is the rune that ends a quotation or a regexp
	for _, r := range text {
		switch {
		case within != 0:
			if r == within && last != '\\' {
				within = 0
			}
			b.WriteRune(r)
		case r == '|':
			part()
		case unicode.IsSpace(r):
			word()
		default:
			begins := strings.TrimLeft(b.String(), "!-") == "" || last == ':'
			if r == '"' || r == '/' && begins {
				within = r
			}
			b.WriteRune(r)
		}
		last = r
	}
	word()
	return words
}

// filterParser parses the terms of a filter.
type filterParser struct {
	rows   []*row
	filter filter
	prefix string // of the term before in the same word, "@" included
}

func (p *filterParser) fail(format string, args ...any) {
	if p.filter.err == "" {
		p.filter.err = fmt.Sprintf(format, args...)
	}
}

// term parses one term. It returns nil if the term is still being typed, or
// wrong. A term without a prefix has that of the term before it.
func (p *filterParser) term(text string) filterTerm {
	if rest, ok := strings.CutPrefix(text, "@"); ok {
		p.prefix, text = "@", rest
	} else if name, value, ok := strings.Cut(text, ":"); ok && isWord(name) {
		p.prefix, text = strings.ToLower(name), value
		if !slices.Contains(filterFields(), p.prefix) {
			p.fail("no %s: try %s:", reports.Escape(name), strings.Join(filterFields(), ": "))
			return nil
		}
	}
	if p.prefix == "@" {
		return p.state(strings.ToLower(text))
	}
	match := p.matcher(text)
	if match == nil {
		return nil
	}
	if p.prefix == "" {
		return p.anywhere(text, match)
	}
	field := p.prefix
	return func(r *row) bool { return match(r.texts[field]) }
}

// isWord reports whether text consists of letters.
func isWord(text string) bool {
	return text != "" && strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) < 0
}

// matcher returns what a term without its prefix matches. Texts are in lower
// case.
func (p *filterParser) matcher(text string) func(string) bool {
	switch {
	case strings.HasPrefix(text, "/"):
		expression := strings.TrimSuffix(text[1:], "/")
		if expression == "" {
			return nil
		}
		re, err := regexp.Compile("(?i)" + expression)
		if err != nil {
			text := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
			p.fail("%s", reports.Escape(strings.Replace(text, "(?i)", "", 1)))
			return nil
		}
		return re.MatchString
	case strings.HasPrefix(text, "~"):
		letters := strings.ToLower(text[1:])
		if letters == "" {
			return nil
		}
		p.filter.note = "~ is fuzzy: these letters in this order"
		p.filter.letters = append(p.filter.letters, letters)
		return func(s string) bool { return fuzzy(letters, s) }
	}
	text = strings.ToLower(strings.ReplaceAll(text, `"`, ""))
	if text == "" {
		return nil
	}
	return func(s string) bool { return strings.Contains(s, text) }
}

// anywhere returns a term for the group of that name, or else for IDs, or else
// for the other texts.
func (p *filterParser) anywhere(text string, match func(string) bool) filterTerm {
	grouped := func(r *row) bool { return strings.EqualFold(r.scenario.Group, text) }
	byID := func(r *row) bool { return match(r.texts["id"]) }
	byTitle := func(r *row) bool { return match(r.texts["title"]) }
	other := func(r *row) bool {
		return byTitle(r) || match(r.texts["code"]) || match(r.texts["expect"]) || match(r.texts["clause"])
	}
	// without counts the rows that the second also matches.
	without := func(first, second filterTerm) int {
		n := 0
		for _, r := range p.rows {
			if second(r) && !first(r) {
				n++
			}
		}
		return n
	}
	escaped := reports.Escape(text)
	switch {
	case slices.ContainsFunc(p.rows, grouped):
		if n := without(grouped, byID); n > 0 {
			p.filter.note = fmt.Sprintf("the group %s; id:%s finds %d more", escaped, escaped, n)
		}
		return grouped
	case slices.ContainsFunc(p.rows, byID):
		if n := without(byID, byTitle); n > 0 {
			p.filter.note = fmt.Sprintf("in IDs; title:%s finds %d more", escaped, n)
		}
		return byID
	}
	return other
}

// filterFields lists the prefixes of terms that are about one field.
func filterFields() []string { return []string{"id", "title", "group", "code", "level", "clause"} }

// filterTexts returns what terms of each field search, in lower case.
func filterTexts(s Scenario) map[string]string {
	texts := map[string]string{
		"id": s.ID, "title": s.Title, "group": s.Group, "code": s.Code, "level": string(s.Level),
		"clause": strings.Join(s.Spec, "\n"), "expect": s.Expect,
	}
	for k, v := range texts {
		texts[k] = strings.ToLower(v)
	}
	return texts
}

// filterNote returns what the last row says about the filter while it is typed.
func (s *scenarios) filterNote(t *theme) string {
	if s.filter.err != "" {
		return t.warn.s(s.filter.err)
	}
	return t.muted.s(s.filter.note)
}

func (f *filter) active() bool { return len(f.words) > 0 }

// match reports whether a row passes the filter.
func (f *filter) match(r *row) bool {
	for _, w := range f.words {
		if w.match(r) == w.not {
			return false
		}
	}
	return true
}

func (w word) match(r *row) bool {
	return slices.ContainsFunc(w.terms, func(t filterTerm) bool { return t(r) })
}
