// Package words writes lists of words for error texts.
package words

import "strings"

// Join returns words with commas between them.
func Join[T ~string](words []T) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}
