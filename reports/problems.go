package reports

import (
	"fmt"
	"strings"
)

// Problem is one reason why a run is not green. Title and Text are through
// [Escape].
type Problem struct {
	Rule  string // the ID of a case, or what else is wrong, such as "run.threshold"
	Title string
	Text  string
	Case  *Case // nil unless it is about a case
}

// The rules of problems that are not about a case.
const (
	ruleIncomplete  = "run.incomplete"
	ruleExpectation = "run.unused-expectation"
	ruleThreshold   = "run.threshold"
	ruleInvalid     = "run.not-valid"
)

// Remarks returns why times must not be used although the stream may be green,
// because nothing rests on them.
func (s *Summary) Remarks() []Problem {
	if s.restsOnTimes() {
		return nil // they are among the problems
	}
	return s.invalidTimes("times not valid: ")
}

// invalidTimes returns the reasons why the times of samples are not valid.
func (s *Summary) invalidTimes(title string) []Problem {
	var all []Problem
	for _, sample := range s.Samples {
		for _, why := range sample.Invalid {
			all = append(all, Problem{Rule: ruleInvalid, Title: title + Escape(sample.Series), Text: Escape(why)})
		}
	}
	return all
}

// Problems returns every reason why the stream is not green, the cases first.
func (s *Summary) Problems() []Problem {
	var all []Problem
	for _, c := range s.Bad {
		all = append(all, Problem{Rule: c.ID, Title: Escape(c.ID) + ": " + Escape(c.Title), Text: c.inShort(), Case: c})
	}
	add := func(rule, title, text string) {
		all = append(all, Problem{Rule: rule, Title: title, Text: Escape(text)})
	}
	if s.restsOnTimes() {
		all = append(all, s.invalidTimes("not valid: ")...)
	}
	for _, why := range s.invalidAsAWhole() {
		add(ruleInvalid, "the measurement is not valid", why)
	}
	unjudged := fmt.Sprintf("%d of %d cases were not judged", s.Planned-s.Judged, s.Planned)
	f := s.Footer
	if f == nil {
		add(ruleIncomplete, "the run is incomplete", "the recording has no footer; "+unjudged)
		return all
	}
	for _, t := range f.Thresholds {
		if t.Verdict != VerdictMet {
			add(ruleThreshold, "threshold "+Escape(t.Verdict), t.Expression+": got "+t.Got)
		}
	}
	if f.Aborted != nil {
		add(ruleThreshold, "the load was aborted", f.Aborted.String())
	}
	for _, line := range f.Unused {
		add(ruleExpectation, "an expectation is unused", line)
	}
	switch {
	case f.Stopped != "":
		add(ruleIncomplete, "the run stopped", f.Stopped)
	case f.Interrupted:
		add(ruleIncomplete, "the run was interrupted", unjudged)
	case s.Judged < s.Planned:
		add(ruleIncomplete, "the run is incomplete", unjudged)
	}
	return all
}

// Title names a run: the command, and what was tested.
func (s *Summary) Title() string {
	if s.Header == nil {
		return "assay"
	}
	h := s.Header
	return Escape(strings.TrimSpace(fmt.Sprintf("%s %s: %s", h.Tool, h.Command, strings.TrimSpace(h.Implementation.Name+" "+h.Implementation.Version))))
}
