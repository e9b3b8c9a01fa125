package reports

import "strings"

// Excerpt returns the first limit bytes of s as valid UTF-8. The result is
// always a copy: a record outlives the megabytes that a text was cut from, and
// in Go a substring keeps the whole string alive.
func Excerpt(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.ToValidUTF8(strings.Clone(s), "\uFFFD")
}
