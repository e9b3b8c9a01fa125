package reports

import "strings"

// Excerpt returns the first limit bytes of s as valid UTF-8. It is always a copy: a record outlives the
// megabytes that a text was cut from, and a part of a string in Go keeps the
// whole alive.
func Excerpt(s string, limit int) string {
	if len(s) > limit {
		s = s[:limit]
	}
	return strings.ToValidUTF8(strings.Clone(s), "\uFFFD")
}
