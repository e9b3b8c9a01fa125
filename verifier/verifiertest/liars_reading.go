package verifiertest

import (
	"strings"
)

// readingLiars take text for a token that is none.
func readingLiars() []Liar {
	return []Liar{
		{
			Name:     "split-n",
			Drops:    "It takes the first three segments and looks at no others.",
			CaughtBy: []string{"jws.extra-segment", "jws.extra-empty-segment"},
			bend: func(c *craft) {
				c.split = func(raw string) []string {
					segments := splitAtDots(raw)
					return segments[:min(3, len(segments))]
				}
			},
		},
		{
			Name:     "trims",
			Drops:    "It takes white space off the token before it reads it.",
			CaughtBy: []string{"jws.leading-space", "jws.trailing-newline"},
			bend: func(c *craft) {
				c.split = func(raw string) []string { return splitAtDots(strings.TrimSpace(raw)) }
			},
		},
	}
}
