package reports

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Role is the kind of a [Detail], so that a rendering can style it.
type Role int

// The roles, in the order in which [Case.Details] returns them.
const (
	RoleWant Role = iota
	RoleGot
	RoleWhy
	RoleChange
	RoleToken
	RoleWire
	RoleStep
	RoleRequest
	RoleNote
	RoleCause
	RoleAdvice
	RoleRepeat
)

// Mark sets a detail apart from its neighbours. A rendering prints it as a
// sign, with or without a colour.
type Mark int

// The marks. MarkRemoved and MarkAdded are the two sides of a difference, the
// baseline and what was presented; MarkGood and MarkBad are verdicts.
const (
	MarkNone Mark = iota
	MarkRemoved
	MarkAdded
	MarkGood
	MarkBad
)

// Sign returns the mark as one ASCII character: a space, '-', '+', a space for
// good and '!' for bad.
func (m Mark) Sign() string {
	return [...]string{
		MarkNone: " ", MarkRemoved: "-", MarkAdded: "+", MarkGood: " ", MarkBad: "!",
	}[m]
}

// Detail is one line of what is known about a case. Every rendering prints the
// same details, so that a user meets the same words in the terminal UI, in
// plain output and in JUnit. Texts are already through [Escape].
type Detail struct {
	Role  Role
	Label string
	Mark  Mark
	Text  string

	// Note is secondary information shown next to Text: the clause of an
	// expectation, the duration of a step, the date of a NumericDate.
	Note string

	// Context is set for parts that did not change. Renderings that are short
	// of room leave them out.
	Context bool
}

// maxDetail is the most bytes of text in a detail: more than any well-formed
// record holds, and little enough to lay out quickly.
const maxDetail = 2 * MaxTokenText

// maxRequests is the most requests that a case lists. Floods have thousands of
// identical ones.
const maxRequests = 20

// Details returns what is known about the case, in the order in which a reader
// asks: the expectation, the answer, the change, its effect on the token, the
// steps, likely causes, advice, and how to repeat the case.
func (c *Case) Details() []Detail {
	d := c.verdict()
	if e := c.Evidence; e != nil {
		for _, change := range e.Changes {
			d = append(d, Detail{Role: RoleChange, Label: "change", Text: Escape(change)})
		}
		d = append(d, TokenDetails(e.Before, e.After)...)
		d = append(d, c.variantDetails()...)
		d = append(d, stepDetails(e.Steps)...)
		d = append(d, requestDetails(e.Requests)...)
		for _, note := range e.Notes {
			d = append(d, Detail{Role: RoleNote, Label: "note", Text: Escape(note)})
		}
	}
	for _, cause := range c.Causes {
		d = append(d, Detail{Role: RoleCause, Label: "cause", Text: Escape(cause)})
	}
	for _, advice := range c.Advice {
		d = append(d, Detail{Role: RoleAdvice, Label: "do", Text: Escape(advice)})
	}
	if c.Repeat != "" {
		d = append(d, Detail{Role: RoleRepeat, Label: "again", Text: Escape(c.Repeat)})
	}
	for i := range d {
		d[i].Text = shorten(d[i].Text)
		d[i].Note = shorten(d[i].Note)
	}
	return d
}

// shorten cuts a text that is longer than any well-formed record holds.
func shorten(s string) string {
	if len(s) <= maxDetail {
		return s
	}
	end := maxDetail
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + fmt.Sprintf("… (%s bytes)", FormatCount(uint64(len(s))))
}

func (c *Case) verdict() []Detail {
	clause := strings.Join(c.Spec, "; ")
	if clause != "" {
		clause += " "
	}
	d := []Detail{{
		Role: RoleWant, Label: "want", Text: Escape(c.Want),
		Note: Escape(clause + "(" + string(c.Level) + ")"),
	}}
	got := Detail{Role: RoleGot, Label: "got", Text: Escape(c.Got), Mark: MarkGood}
	if c.Outcome.Bad() {
		got.Mark = MarkBad
	}
	switch {
	case c.ReasonDiffers:
		got.Note = "the verdict is right, the reason is another one"
	case c.ReasonUnknown:
		got.Note = "the implementation gives no reason that can be compared"
	}
	if got.Text == "" {
		got.Text = silence(c.Outcome)
	}
	if got.Text != "" {
		d = append(d, got)
	}
	if c.Why != "" {
		d = append(d, Detail{Role: RoleWhy, Label: "why", Text: Escape(c.Why)})
	}
	return d
}

// silence describes the outcome of an implementation that gave no answer.
func silence(o Outcome) string {
	switch o {
	case OutcomeCrash:
		return "no answer: the implementation crashed"
	case OutcomeHang:
		return "no answer in time"
	case OutcomeAdapter:
		return "no verdict: the adapter is at fault"
	case OutcomeInvalid:
		return "no judgement: the machine was too busy"
	case OutcomeError:
		return "no judgement: the harness itself failed"
	default:
		return ""
	}
}

// maxVariants is the most variants that a case lists.
const maxVariants = 20

// variantDetails lists the variants that did not pass, unless there is only the
// one whose evidence is shown.
func (c *Case) variantDetails() []Detail {
	if len(c.Variants) < 2 {
		return nil
	}
	var d []Detail
	for i, v := range c.Variants {
		if i == maxVariants {
			d = append(d, Detail{
				Role: RoleStep, Label: "variant",
				Text: fmt.Sprintf("… and %d more", len(c.Variants)-i),
			})
			break
		}
		text := fmt.Sprintf("%d %s: %s, %s", v.Number, v.Is, v.Outcome, cmp.Or(v.Got, v.Why))
		d = append(d, Detail{Role: RoleStep, Label: "variant", Mark: MarkBad, Text: Escape(text)})
	}
	return d
}

func stepDetails(steps []Step) []Detail {
	var d []Detail
	for i, s := range steps {
		text := strconv.Itoa(i+1) + " " + s.Do
		switch {
		case s.OK && s.Got != "":
			text += ": " + s.Got
		case !s.OK && s.Want != "":
			text += ": want " + s.Want + ", got " + s.Got
		case !s.OK && s.Got != "":
			text += ": " + s.Got
		}
		mark := MarkBad
		if s.OK {
			mark = MarkGood
		}
		note := ""
		if s.DurationMillis > 0 {
			note = FormatMillis(s.DurationMillis)
		}
		d = append(d, Detail{
			Role: RoleStep, Label: "step", Mark: mark, Text: Escape(text), Note: note,
		})
	}
	return d
}

func requestDetails(requests []Request) []Detail {
	var d []Detail
	for i, r := range requests {
		if i == maxRequests {
			d = append(d, Detail{
				Role: RoleRequest, Label: "idp",
				Text: fmt.Sprintf("… and %d more requests", len(requests)-i),
			})
			break
		}
		note := "at " + FormatMillis(r.AtMillis)
		if r.AtMillis == 0 {
			note = "at 0 ms"
		}
		if r.Fault != "" {
			note += ", fault " + r.Fault
		}
		if r.UserAgent != "" {
			note += ", by " + r.UserAgent
		}
		d = append(d, Detail{
			Role: RoleRequest, Label: "idp",
			Text: Escape(fmt.Sprintf("%s %s %d %s",
				r.Method, r.Path, r.Status, FormatBytes(r.Bytes))),
			Note: Escape(note),
		})
	}
	return d
}
