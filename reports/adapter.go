package reports

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

// AdapterCheck holds the result of an examination of an adapter.
type AdapterCheck struct {
	Implementation Implementation `json:"implementation"`
	Protocol       int            `json:"protocol"` // its version

	// Verdict is the worst of the checks: VerdictPass, VerdictWarn or
	// VerdictFail.
	Verdict string         `json:"verdict"`
	Checks  []AdapterFound `json:"checks"`

	// Opened is how many of the Catalogue's cases the capabilities open.
	Opened    int `json:"opened"`
	Catalogue int `json:"catalogue"`

	// Gains says what each further capability would add, the most first.
	Gains []Gain `json:"gains"`

	// Several is how many cases need two further capabilities or more.
	Several int `json:"several"`
}

// AdapterFound is one thing that was looked at.
type AdapterFound struct {
	Check

	// Line shows the line of the adapter that is wrong, with a mark at the
	// place, in several lines. Empty if no line is.
	Line string `json:"line,omitempty"`
}

// Gain is what one more capability adds.
type Gain struct {
	Capability string `json:"capability"`
	Means      string `json:"means"`
	Cases      int    `json:"cases"`
}

// WriteAdapterCheck prints c as text, in colour if color is set.
func WriteAdapterCheck(w io.Writer, c *AdapterCheck, color bool) error {
	var b bytes.Buffer
	paint := painter(color)
	counts := make(map[string]int)
	for _, found := range c.Checks {
		counts[found.Verdict]++
		writeCheck(&b, Check{Name: found.Name, Verdict: found.Verdict, Found: found.Found}, paint)
		for line := range strings.Lines(found.Line) {
			fmt.Fprintf(&b, "%s%s\n", margin, strings.TrimSuffix(Escape(strings.TrimSuffix(line, "\n")), "\n"))
		}
		if found.Do != "" {
			fmt.Fprintf(&b, "%s%s %s\n", margin, paint.faint("do"), wrapped(found.Do, "   "))
		}
	}
	if c.Catalogue > 0 {
		writeGains(&b, c, paint)
	}
	fmt.Fprintf(&b, "\n%s %d checks: %d passed, %d warned, %d failed, %d skipped\n", paint.verdict(c.Verdict), len(c.Checks),
		counts[VerdictPass]+counts[VerdictNote], counts[VerdictWarn], counts[VerdictFail], counts[VerdictSkip])
	_, err := w.Write(b.Bytes())
	return err
}

func writeGains(b *bytes.Buffer, c *AdapterCheck, paint painter) {
	capabilities := "none"
	if list := c.Implementation.Capabilities; len(list) > 0 {
		capabilities = strings.Join(list, ", ")
	}
	fmt.Fprintf(b, "\n%s\n%s%d of %d: %s\n", paint.faint("CASES"), margin, c.Opened, c.Catalogue, wrapped(capabilities, ""))
	if len(c.Gains) == 0 {
		return
	}
	width := len("capability")
	for _, gain := range c.Gains {
		width = max(width, len(gain.Capability))
	}
	fmt.Fprintf(b, "\n%s%s\n", margin, paint.faint(fmt.Sprintf("%-*s  adds", width, "capability")))
	for _, gain := range c.Gains {
		fmt.Fprintf(b, "%s%-*s  %4d  %s\n", margin, width, gain.Capability, gain.Cases, gain.Means)
	}
	if c.Several > 0 {
		fmt.Fprintf(b, "%s%-*s  %4d  with two of them or more\n", margin, width, "", c.Several)
	}
}

// Worst sets Verdict to the worst of the checks.
func (c *AdapterCheck) Worst() {
	c.Verdict = VerdictPass
	for _, verdict := range []string{VerdictWarn, VerdictFail} {
		if slices.ContainsFunc(c.Checks, func(f AdapterFound) bool { return f.Verdict == verdict }) {
			c.Verdict = verdict
		}
	}
}
