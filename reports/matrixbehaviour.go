package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// MatrixBehaviour is what the implementations did in a case about time: a
// flood, a rotation, an outage.
type MatrixBehaviour struct {
	Aspect string                `json:"aspect"`
	Case   string                `json:"case"`
	Title  string                `json:"title"`
	Cells  []MatrixBehaviourCell `json:"cells"`
}

// MatrixBehaviourCell is what one implementation did, from the recorded steps
// of the case.
type MatrixBehaviourCell struct {
	Standing string `json:"standing"` // as in a MatrixCell

	// Answer is the answer that decides, in words, or why there is none.
	Answer string `json:"answer"`

	// Fetches is how many requests for metadata and keys the environment
	// received from the event on. Nil if there was no event.
	Fetches *int `json:"fetches,omitempty"`

	// AnswerMillis is how long the slowest of the answers that decide took.
	AnswerMillis float64 `json:"answer_ms,omitempty"`
}

// The aspects of behaviour over time.
const (
	aspectFlood    = "fetches under a flood"
	aspectRotation = "first acceptance after a rotation"
	aspectOutage   = "survival of an outage"
	aspectRecovery = "recovery"
)

// observation says where in the steps of a case its behaviour can be seen.
type observation struct {
	aspect, id string

	// event is how the step begins from which on requests are counted: the
	// flood itself, or what the environment does. The last of several counts.
	event string
}

// observations lists the cases of the catalogue whose steps show behaviour
// over time.
func observations() []observation {
	return []observation{
		{aspectFlood, "flood.random-kid", "verify a token"},
		{aspectFlood, "flood.bad-signature", "verify forged"},
		{aspectFlood, "flood.foreign-iss", "verify a token"},
		{aspectFlood, "flood.malformed", "verify a token"},
		{aspectFlood, "flood.cold-start", "verify good"},
		{aspectRotation, "rot.just-before-signing", "rotate"},
		{aspectRotation, "rot.second-login", "rotate"},
		{aspectRotation, "rot.emergency", "rotate"},
		{aspectRotation, "rot.twice-in-cooldown", "rotate"},
		{aspectRotation, "cache.negative-verdict", "rotate"},
		{aspectOutage, "rot.failed-refetch-keeps-old", "fault"},
		{aspectOutage, "rot.garbage-refetch-keeps-old", "fault"},
		{aspectOutage, "rot.empty-refetch", "publish"},
		{aspectOutage, "cache.stale-if-error", "fault"},
		{aspectRecovery, "fetch.recovers", "fault"},
		{aspectRecovery, "fetch.503-retry-after", "fault"},
		{aspectRecovery, "disc.jwks-uri-moved", "move"},
	}
}

// behaviour returns the observations in runs, whose cases are given by ID. A
// case that nobody ran is left out.
func behaviour(runs []map[string]*Case) []MatrixBehaviour {
	list := []MatrixBehaviour{}
	for _, o := range observations() {
		b := MatrixBehaviour{Aspect: o.aspect, Case: o.id}
		for _, cases := range runs {
			c := cases[o.id]
			if c != nil {
				b.Title = c.Title
			}
			b.Cells = append(b.Cells, o.see(c))
		}
		if b.Title != "" {
			list = append(list, b)
		}
	}
	return list
}

// see reads the steps of a case; c is nil if it was not judged.
func (o observation) see(c *Case) MatrixBehaviourCell {
	cell := MatrixBehaviourCell{Standing: standingOf(c).String(), Answer: notJudged}
	if c == nil {
		return cell
	}
	cell.Answer = cmp.Or(c.Why, c.Got, silence(c.Outcome), matrixCell(c).Word())
	if c.Outcome == OutcomeSkip {
		cell.Answer = "skipped: " + c.Why
	}
	if c.Evidence == nil {
		return cell
	}
	steps := c.Evidence.Steps
	at := o.begins(steps)
	if at < 0 {
		return cell
	}
	fetches := 0
	decides := -1
	for i, s := range steps[at:] {
		fetches += s.Fetches
		// The first answer after a rotation decides, and otherwise the last;
		// the steps end with one that is not as it must be.
		if isAnswer(s) && (decides < 0 || o.aspect != aspectRotation) {
			decides = at + i
		}
	}
	cell.Fetches = &fetches
	if decides >= 0 {
		s := steps[decides]
		cell.Answer, cell.AnswerMillis = s.Got, s.DurationMillis
		if !s.OK {
			cell.Answer += ", want " + s.Want
		}
	}
	return cell
}

// begins returns the index of the event in steps, or -1: of a flood the first
// part, and otherwise the last event.
func (o observation) begins(steps []Step) int {
	is := func(s Step) bool { return strings.HasPrefix(s.Do, o.event) }
	if o.aspect == aspectFlood {
		return slices.IndexFunc(steps, is)
	}
	for i, s := range slices.Backward(steps) {
		if is(s) {
			return i
		}
	}
	return -1
}

// isAnswer reports whether a step presents a token.
func isAnswer(s Step) bool { return strings.HasPrefix(s.Do, "verify ") }

// Text returns the cell in words. It is through [Escape].
func (c MatrixBehaviourCell) Text() string {
	text := shorten(Escape(c.Answer))
	if c.Fetches != nil {
		text = FormatNoun(*c.Fetches, "request") + "; " + text
	}
	if c.AnswerMillis > 0 {
		text += fmt.Sprintf("; %s", FormatMillis(c.AnswerMillis))
	}
	return text
}
