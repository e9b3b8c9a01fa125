package reports

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// Checkup holds the result of an examination of an issuer. Its first four members
// are those of Char's Test Connection, null if unknown.
type Checkup struct {
	Success bool    `json:"success"`
	Issuer  *string `json:"issuer"`
	JWKSURI *string `json:"jwks_uri"`
	Error   *string `json:"error"`

	// Verdict is the worst of the checks: VerdictPass, VerdictWarn or
	// VerdictFail.
	Verdict string  `json:"verdict"`
	Checks  []Check `json:"checks"`

	// CannotSee lists what the examination cannot find out.
	CannotSee []string `json:"cannot_see"`
}

// The verdicts on a [Check]. A note asks for nothing, and what is skipped was
// not checked.
const (
	VerdictPass = "pass"
	VerdictWarn = "warn"
	VerdictFail = "fail"
	VerdictNote = "note"
	VerdictSkip = "skip"
)

// Check is one thing that was looked at.
type Check struct {
	Name    string `json:"name"`
	Verdict string `json:"verdict"`
	Found   string `json:"found,omitempty"`
	Do      string `json:"do,omitempty"` // what to do about it
}

// checkColumn is the width of the names of checks. Three names of members are
// longer, and have what was found below them.
const checkColumn = 20

// WriteCheckup prints c as text, in colour if color is set.
func WriteCheckup(w io.Writer, c *Checkup, color bool) error {
	var b bytes.Buffer
	paint := painter(color)
	counts := make(map[string]int)
	for _, check := range c.Checks {
		counts[check.Verdict]++
		writeCheck(&b, check, paint)
	}
	fmt.Fprintf(&b, "\n%s\n", paint.faint("CANNOT SEE"))
	for _, text := range c.CannotSee {
		fmt.Fprintf(&b, "%s- %s\n", margin, wrapped(text, "  "))
	}
	fmt.Fprintf(&b, "\n%s %d checks: %d passed, %d warned, %d failed, %d skipped\n",
		paint.verdict(c.Verdict), len(c.Checks), counts[VerdictPass]+
			counts[VerdictNote], counts[VerdictWarn], counts[VerdictFail], counts[VerdictSkip])
	if c.Error != nil {
		fmt.Fprintf(&b, "%s%s\n", margin, wrapped(*c.Error, ""))
	}
	_, err := w.Write(b.Bytes())
	return err
}

func writeCheck(b *bytes.Buffer, check Check, paint painter) {
	hang := strings.Repeat(" ", checkColumn+1)
	name := fmt.Sprintf("%-*s ", checkColumn, Escape(check.Name))
	if len(name) > len(hang) {
		name = strings.TrimSuffix(name, " ") + "\n" + margin + hang
	}
	fmt.Fprintf(b, "%s %s%s\n", paint.verdict(check.Verdict), name, wrapped(check.Found, hang))
	if check.Do != "" {
		fmt.Fprintf(b, "%s%s %s\n", margin, paint.faint("do"), wrapped(check.Do, "   "))
	}
}

// margin is where text begins below a verdict.
const margin = "      "

// wrapped returns prose whose further lines begin at the margin and indent.
func wrapped(text, indent string) string {
	return strings.Join(wrapWhole(Escape(text), textWidth-len(margin)-len(indent)), "\n"+margin+indent)
}

// verdict returns a verdict as the first word of a line, five cells wide.
func (p painter) verdict(v string) string {
	word := fmt.Sprintf("%-5s", strings.ToUpper(v))
	switch v {
	case VerdictPass:
		return p.good(word)
	case VerdictFail, VerdictWarn:
		return p.bad(word)
	}
	return p.faint(word)
}
