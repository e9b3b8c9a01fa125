package reports

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Annotations renders a stream as workflow commands of GitHub Actions: an error
// for each reason why the run is not green, a warning for right verdicts with
// another reason, and the totals as a notice. GitHub reads them from the
// standard output of a step. It is a [Handler] that writes everything on Close.
type Annotations struct {
	w       io.Writer
	summary Summary
}

// maxAnnotations is how many errors of one step GitHub shows.
const maxAnnotations = 10

// NewAnnotations returns an Annotations that writes to w.
func NewAnnotations(w io.Writer) *Annotations { return &Annotations{w: w} }

// Handle collects r. It never returns an error.
func (a *Annotations) Handle(r Record) error { return a.summary.Handle(r) }

// Close writes the annotations.
func (a *Annotations) Close() error {
	var b strings.Builder
	problems := a.summary.Problems()
	shown := problems
	if len(problems) > maxAnnotations {
		shown = problems[:maxAnnotations-1]
	}
	for _, p := range shown {
		text := p.Text
		var place []string
		if p.Case != nil {
			if len(p.Case.Spec) > 0 {
				text += "\n" + Escape(strings.Join(p.Case.Spec, "; ")) + " (" + string(p.Case.Level) + ")"
			}
			if p.Case.Repeat != "" {
				text += "\nagain: " + Escape(p.Case.Repeat)
			}
			if p.Case.File != "" {
				place = []string{"file=" + annotationProperty(p.Case.File), "line=" + strconv.Itoa(p.Case.Line)}
			}
		}
		annotation(&b, "error", p.Title, text, place...)
	}
	if rest := problems[len(shown):]; len(rest) > 0 {
		var names []string
		for _, p := range rest {
			names = append(names, Escape(p.Rule))
		}
		annotation(&b, "error", fmt.Sprintf("%d more", len(rest)), shorten(strings.Join(names, " ")))
	}
	if len(a.summary.OtherReason) > 0 {
		var lines []string
		for _, c := range a.summary.OtherReason {
			lines = append(lines, Escape(c.ID)+": "+c.inShort())
		}
		annotation(&b, "warning", "passed for another reason", shorten(strings.Join(lines, "\n")))
	}
	annotation(&b, "notice", a.summary.Title(), a.summary.Line())
	_, err := io.WriteString(a.w, b.String())
	return err
}

// annotation writes one workflow command.
func annotation(b *strings.Builder, kind, title, text string, properties ...string) {
	properties = append(properties, "title="+annotationProperty(title))
	fmt.Fprintf(b, "::%s %s::%s\n", kind, strings.Join(properties, ","), annotationData(text))
}

// annotationData escapes the text of a workflow command as GitHub's toolkit
// does.
func annotationData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

// annotationProperty escapes the value of a property of a workflow command.
func annotationProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(annotationData(Escape(s)))
}
