package reports

import (
	"bytes"
	"fmt"
	"io"
)

// Reproduction is one cause of a troubleshooting page, made to happen and
// repaired.
type Reproduction struct {
	// Name is the documented code and the cause, such as
	// "INVALID_ISSUER/exact". Title is the cause in the words of the page.
	Name  string `json:"name"`
	Title string `json:"title"`

	Steps []ReproductionStep `json:"steps"`

	// OK tells whether everything happened as it should: the error first, its
	// diagnosis, and success after the fix.
	OK bool `json:"ok"`

	// Again has the lines of a shell that repeat it by hand, in an environment
	// that was kept.
	Again []string `json:"again,omitempty"`

	DurationMillis float64 `json:"duration_ms"`
}

// ReproductionStep is one thing that was done or found out.
type ReproductionStep struct {
	Phase Phase  `json:"phase"`
	Text  string `json:"text"`
	Want  string `json:"want,omitempty"` // what should have come instead, if OK is false
	OK    bool   `json:"ok"`

	// Diagnosis says more than Text, which is then a line of it. Nil if there
	// is none.
	Diagnosis *Diagnosis `json:"diagnosis,omitempty"`
}

// Phase is what a [ReproductionStep] is for. It is the word that a rendering
// shows.
type Phase string

// The phases, in their usual order.
const (
	PhaseSetUp   Phase = "set up"
	PhaseSignIn  Phase = "sign in"
	PhaseError   Phase = "error"
	PhaseWhy     Phase = "why" // what a diagnosis or an examination found
	PhaseNote    Phase = "note"
	PhaseFix     Phase = "fix"
	PhaseSuccess Phase = "success"
)

// Details returns the steps as lines, as [Case.Details] does.
func (r *Reproduction) Details() []Detail {
	var d []Detail
	for _, s := range r.Steps {
		if s.Diagnosis != nil && s.OK {
			d = append(d, s.Diagnosis.Details()...)
			continue
		}
		detail := Detail{
			Role: RoleNote, Label: string(s.Phase), Mark: MarkGood, Text: shorten(Escape(s.Text)),
		}
		if !s.OK {
			detail.Mark = MarkBad
		}
		if s.Want != "" {
			detail.Note = shorten(Escape("want " + s.Want))
		}
		d = append(d, detail)
	}
	return d
}

// WriteReproduction prints r as text, in colour if color is set.
func WriteReproduction(w io.Writer, r *Reproduction, color bool) error {
	paint := painter(color)
	word := paint.good("DONE ")
	if !r.OK {
		word = paint.bad("FAIL ")
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s   %s\n", word, Escape(r.Name), FormatMillis(r.DurationMillis))
	fmt.Fprintf(&b, "%s%s\n", margin, wrapped(r.Title, ""))
	writeDetails(&b, r.Details(), paint)
	if len(r.Again) > 0 {
		fmt.Fprintf(&b, "\n%s\n\n",
			paint.faint("      Everything is still running. Again, in a shell:"))
	}
	for _, line := range r.Again {
		fmt.Fprintf(&b, "%s%s\n", margin, Escape(line))
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}
