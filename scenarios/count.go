package scenarios

import (
	"fmt"
	"strconv"
	"strings"
)

// Count is a bound on a number of requests: "3", "at most 3" or "at least 3",
// each followed by "more" if it counts since the previous assert instead of
// since the beginning. The zero value bounds nothing.
type Count struct {
	Set       bool
	Low, High int // inclusive; High is -1 for no bound
	More      bool
	text      string
}

// parseCount reads a count.
func parseCount(text string) (Count, error) {
	c := Count{Set: true, text: text}
	rest, more := strings.CutSuffix(text, " more")
	c.More = more
	rest, most := strings.CutPrefix(rest, "at most ")
	rest, least := strings.CutPrefix(rest, "at least ")
	n, err := strconv.Atoi(rest)
	if err != nil || n < 0 || most && least {
		return Count{}, fmt.Errorf("count is %q, want a number such as %q, %q, %q or %q",
			text, "3", "at most 3", "at least 3", "3 more")
	}
	c.Low, c.High = n, n
	switch {
	case most:
		c.Low = 0
	case least:
		c.High = -1
	}
	return c, nil
}

// Allows reports whether n is within c.
func (c Count) Allows(n int) bool {
	return !c.Set || n >= c.Low && (c.High < 0 || n <= c.High)
}

// String returns the count as it was written.
func (c Count) String() string { return c.text }
