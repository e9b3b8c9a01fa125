package reports

import (
	"cmp"
	"slices"
)

// Change is how a case differs between two runs.
type Change string

// The changes, the most serious first. ChangeWorse is a case that passed and
// does not any longer, or that was not judged and fails; ChangeOther is a
// failure of another kind, a failure that is no longer judged, or a pass whose
// reason became or ceased to be another one.
const (
	ChangeWorse  Change = "worse"
	ChangeOther  Change = "other"
	ChangeBetter Change = "better"
	ChangeNew    Change = "new"
	ChangeGone   Change = "gone"
)

// Changes lists every change in the order in which reports print them.
func Changes() []Change {
	return []Change{ChangeWorse, ChangeOther, ChangeBetter, ChangeNew, ChangeGone}
}

// Difference compares two runs.
type Difference struct {
	Old   DiffSide   `json:"old"`
	New   DiffSide   `json:"new"`
	Same  int        `json:"same"` // cases in both whose outcome is the same
	Cases []CaseDiff `json:"cases"`
}

// DiffSide is one of the runs that are compared.
type DiffSide struct {
	Name           string         `json:"name"`
	Catalogue      string         `json:"catalogue"`
	Seed           string         `json:"seed"`
	Implementation Implementation `json:"implementation"`
	Incomplete     bool           `json:"incomplete,omitempty"`
}

// CaseDiff is one case that differs.
type CaseDiff struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Level  Level  `json:"level"`
	Change Change `json:"change"`
	Old    string `json:"old,omitempty"` // an outcome, or a word for what is none
	New    string `json:"new,omitempty"`
	Want   string `json:"want,omitempty"`
	Got    string `json:"got,omitempty"` // what the new run got
	Repeat string `json:"repeat,omitempty"`
}

// The words for what is no outcome.
const (
	notJudged   = "not judged"
	otherReason = "pass, another reason"
)

// Diff compares two runs, case by case. The cases are in the order of the
// changes, and within one in the order of the plans.
func Diff(before, after *Recording) *Difference {
	d := &Difference{Old: diffSide(before), New: diffSide(after), Cases: []CaseDiff{}}
	old, current := before.judged(), after.judged()
	planned := make(map[string]bool)
	for _, p := range before.Plan {
		planned[p.ID] = true
	}
	for _, p := range after.Plan {
		c := newCaseDiff(p, current[p.ID])
		if !planned[p.ID] {
			c.Change = ChangeNew
			d.Cases = append(d.Cases, c)
			continue
		}
		delete(planned, p.ID)
		if c.Old = state(old[p.ID]); c.Old == c.New {
			d.Same++
			continue
		}
		c.Change = change(standingOf(old[p.ID]), standingOf(current[p.ID]))
		d.Cases = append(d.Cases, c)
	}
	for _, p := range before.Plan {
		if planned[p.ID] {
			d.Cases = append(d.Cases, CaseDiff{ID: p.ID, Title: p.Title, Level: p.Level, Change: ChangeGone, Old: state(old[p.ID])})
		}
	}
	slices.SortStableFunc(d.Cases, func(a, b CaseDiff) int {
		return cmp.Compare(slices.Index(Changes(), a.Change), slices.Index(Changes(), b.Change))
	})
	return d
}

// Count returns how many cases have a change.
func (d *Difference) Count(change Change) int {
	n := 0
	for _, c := range d.Cases {
		if c.Change == change {
			n++
		}
	}
	return n
}

func diffSide(r *Recording) DiffSide {
	return DiffSide{
		Name: r.Name, Catalogue: r.Header.CatalogueVersion, Seed: r.Header.Seed,
		Implementation: r.Header.Implementation, Incomplete: r.Footer == nil,
	}
}

func newCaseDiff(p PlannedCase, c *Case) CaseDiff {
	d := CaseDiff{ID: p.ID, Title: p.Title, Level: p.Level, New: state(c)}
	if c != nil {
		d.Want, d.Got, d.Repeat = c.Want, cmp.Or(c.Got, silence(c.Outcome), c.Why), c.Repeat
	}
	return d
}

// state returns the outcome of a case in words; c is nil if it was not judged.
func state(c *Case) string {
	switch {
	case c == nil:
		return notJudged
	case c.Outcome == OutcomePass && c.ReasonDiffers:
		return otherReason
	}
	return string(c.Outcome)
}

// standing is what an outcome says about an implementation.
type standing int

const (
	wrong standing = iota
	unknown
	right
)

// standingOf returns the standing of a case; c is nil if it was not judged.
func standingOf(c *Case) standing {
	if c == nil {
		return unknown
	}
	switch c.Outcome {
	case OutcomePass, OutcomeFixed:
		return right
	case OutcomeSkip, OutcomeAdapter, OutcomeInvalid, OutcomeError:
		return unknown
	}
	return wrong
}

func change(old, current standing) Change {
	switch {
	case old == right && current != right, old == unknown && current == wrong:
		return ChangeWorse
	case old != right && current == right:
		return ChangeBetter
	}
	return ChangeOther
}
