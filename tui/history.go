package tui

import (
	"regexp"
	"slices"
	"strings"
)

// keepEntries is how many entries of each text field are kept.
const keepEntries = 50

// histories holds the latest entries of each text field by its name, oldest
// first. It can be saved and restored as it is.
type histories map[string][]string

// secretLike finds texts that may be a token or a URL with a password.
var secretLike = regexp.MustCompile(`eyJ|://[^/\s]*@`)

// add adds an entry, or moves it to the end. What looks like a secret is not
// kept.
func (h histories) add(name, text string) {
	text = strings.TrimSpace(text)
	if text == "" || secretLike.MatchString(text) {
		return
	}
	lines := slices.DeleteFunc(slices.Clone(h[name]), func(x string) bool { return x == text })
	lines = append(lines, text)
	h[name] = lines[max(len(lines)-keepEntries, 0):]
}

// recall walks through the entries of a field as a shell does. The zero value
// has none.
type recall struct {
	lines []string // oldest first
	back  int      // how many entries before what was typed, which is 0
	typed string
}

// older returns the entry before the one that is shown. Text is what is in the
// field.
func (r *recall) older(text string) (string, bool) {
	if r.back == len(r.lines) {
		return "", false
	}
	if r.back == 0 {
		r.typed = text
	}
	r.back++
	return r.lines[len(r.lines)-r.back], true
}

// newer returns the entry after the one that is shown, and at last what was
// typed.
func (r *recall) newer() (string, bool) {
	if r.back == 0 {
		return "", false
	}
	r.back--
	if r.back == 0 {
		return r.typed, true
	}
	return r.lines[len(r.lines)-r.back], true
}
