package run

import (
	"fmt"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
)

// The sections of a file of expectations, as [scenarios.Expectations.Of] names
// them.
const (
	sectionSkip         = "skip"
	sectionFlaky        = "flaky"
	sectionKnownFailing = "known-failing"
)

// expected changes the outcome of a case to what the expectations make of it,
// and returns the line that applied. What the harness did wrong itself
// is never expected.
func expected(
	e *scenarios.Expectations, s *scenarios.Scenario, result *reports.Case,
) *scenarios.Line {
	line, section := e.Of(s)
	if line == nil || result.Outcome == reports.OutcomeError ||
		result.Outcome == reports.OutcomeSkip {
		return nil
	}
	switch {
	case result.Outcome == reports.OutcomeInvalid:
		// It may have been as expected or not: nothing is said of the line.
	case result.Outcome.Bad():
		result.Outcome, result.Why = reports.OutcomeKnown, line.Reason
		if section == sectionFlaky {
			result.Why = "flaky: " + line.Reason
		}
	case section == sectionKnownFailing:
		result.Outcome = reports.OutcomeFixed
		result.Why = fmt.Sprintf("the expectations say that it fails: %s; take the line %q out",
			line.Reason, line.Case)
	}
	return line
}

// unused returns the lines that no longer apply: those about no scenario
// of the catalogue, and those of whose cases none was executed. A run that
// selects less than the catalogue says nothing of the other lines.
func (r *runner) unused() []string {
	if r.opts.Expectations == nil || r.judged < len(r.opts.Scenarios) {
		return nil
	}
	planned := make(map[*scenarios.Line]bool)
	for _, s := range r.opts.Scenarios {
		if line, _ := r.opts.Expectations.Of(s); line != nil {
			planned[line] = true
		}
	}
	var list []string
	for _, line := range r.opts.Expectations.All() {
		switch {
		case r.used[line]:
		case planned[line]:
			list = append(list, fmt.Sprintf("%s: none of its cases can be executed", line.Case))
		case !line.Matches(r.opts.Catalogue):
			list = append(list, fmt.Sprintf("%s: the catalogue has no such scenario", line.Case))
		case len(r.opts.Scenarios) == len(r.opts.Catalogue.All()):
			list = append(list, fmt.Sprintf("%s: other lines come before it", line.Case))
		}
	}
	return list
}

// WriteExpectations returns the smallest expectations that a complete run
// satisfies: lines of before that still hold, and a line for every other case
// that did not pass. A line of before whose cases pass in part gives way to
// lines for the rest. before may be nil.
func WriteExpectations(
	before *scenarios.Expectations, selected []*scenarios.Scenario, cases map[string]*reports.Case,
) *scenarios.Expectations {
	var e scenarios.Expectations
	if before != nil {
		e.Flaky, e.Skip = before.Flaky, before.Skip
	}
	broken, holds := make(map[*scenarios.Line]bool), make(map[*scenarios.Line]bool)
	for _, s := range selected {
		line, section := before.Of(s)
		if c := cases[s.ID]; c != nil && section == sectionKnownFailing {
			broken[line] = broken[line] || c.Outcome == reports.OutcomeFixed
			holds[line] = holds[line] || c.Outcome == reports.OutcomeKnown
		}
	}
	written := make(map[*scenarios.Line]bool)
	for _, s := range selected {
		c := cases[s.ID]
		line, section := before.Of(s)
		switch {
		case c == nil || c.Outcome == reports.OutcomeError || c.Outcome == reports.OutcomeInvalid:
		case c.Outcome == reports.OutcomeKnown && section == sectionKnownFailing && broken[line]:
			e.KnownFailing = append(e.KnownFailing, scenarios.Line{Case: s.ID, Reason: line.Reason})
		case holds[line] && !broken[line] && !written[line]:
			written[line] = true
			e.KnownFailing = append(e.KnownFailing, *line)
		case c.Outcome.Bad() && c.Outcome != reports.OutcomeFixed:
			e.KnownFailing = append(e.KnownFailing, scenarios.Line{
				Case: s.ID, Reason: shortfall(c),
			})
		}
	}
	return &e
}

// shortfall says in a line how a case did not pass.
func shortfall(c *reports.Case) string {
	if c.Got == "" {
		return fmt.Sprintf("wants %s, ends with %s", c.Want, c.Outcome)
	}
	return fmt.Sprintf("wants %s, gets %s", c.Want, c.Got)
}
