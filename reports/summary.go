package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Summary totals a stream while it is read. Every rendering takes its totals
// from here, so that no two can disagree on whether a run is green. The zero
// value is ready to use. It is a [Handler]; Close does nothing.
type Summary struct {
	// Header and Footer are nil until they have been read. A Footer that stays
	// nil means that the run is incomplete.
	Header *Header
	Footer *Footer

	// Planned and Judged count cases.
	Planned, Judged int

	// Counts holds the number of judged cases by outcome. ReasonUnknown counts
	// the passes whose reason could not be compared.
	Counts        map[Outcome]int
	ReasonUnknown int

	// OtherReason holds the passes for another reason than the expected one, in
	// the order of the stream.
	OtherReason []*Case

	// Bad holds the cases that make the run red, in the order of the stream.
	Bad []*Case

	// Samples holds the final samples in the order of the stream.
	Samples []*Sample

	skips  map[string]int
	causes map[string]*CauseTally
}

// Handle adds r. It never returns an error.
func (s *Summary) Handle(r Record) error {
	switch r.Kind {
	case KindHeader:
		s.Header = r.Header
	case KindPlan:
		s.Planned = len(r.Plan.Cases)
	case KindCase:
		s.addCase(r.Case)
	case KindSample:
		if r.Sample.Final {
			s.Samples = append(s.Samples, r.Sample)
		}
	case KindFooter:
		s.Footer = r.Footer
	}
	return nil
}

// Close does nothing and returns nil.
func (s *Summary) Close() error { return nil }

func (s *Summary) addCase(c *Case) {
	if s.Counts == nil {
		s.Counts = make(map[Outcome]int)
		s.skips = make(map[string]int)
	}
	s.Judged++
	s.Counts[c.Outcome]++
	s.addCause(c)
	switch {
	case c.Outcome.Bad():
		s.Bad = append(s.Bad, c)
	case c.Outcome == OutcomeSkip:
		s.skips[c.Why]++
	case c.ReasonDiffers:
		s.OtherReason = append(s.OtherReason, c)
	case c.ReasonUnknown:
		s.ReasonUnknown++
	}
}

// SkipReason is a reason for skips and how many cases it skipped.
type SkipReason struct {
	Why   string
	Count int
}

// Skips returns the reasons for skips, the most frequent first. Reasons are
// unescaped, as in the stream.
func (s *Summary) Skips() []SkipReason {
	var reasons []SkipReason
	for why, n := range s.skips {
		reasons = append(reasons, SkipReason{why, n})
	}
	slices.SortFunc(reasons, func(a, b SkipReason) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Why, b.Why))
	})
	return reasons
}

// Green reports whether the run counts as successful: it has a footer, that
// footer is green ([Footer.Green]), and something was judged or measured.
// Samples that are not valid count only if the footer says so: a verdict can be
// right although the machine was busy.
func (s *Summary) Green() bool {
	return s.Footer != nil && s.Footer.Green() && s.Judged+len(s.Samples) > 0
}

// restsOnTimes reports whether the outcome depends on the validity of samples.
func (s *Summary) restsOnTimes() bool { return s.Footer == nil || len(s.Footer.Invalid) > 0 }

func (s *Summary) invalidSamples() int {
	n := 0
	for _, sample := range s.Samples {
		if len(sample.Invalid) > 0 {
			n++
		}
	}
	return n
}

// Line returns the closing line of a run: DONE, INTERRUPTED, STOPPED, ABORTED or
// INCOMPLETE, and exact counts.
func (s *Summary) Line() string {
	state := "DONE"
	switch {
	case s.Footer == nil:
		state = "INCOMPLETE"
	case s.Footer.Interrupted:
		state = "INTERRUPTED"
	case s.Footer.Stopped != "":
		state = "STOPPED"
	case s.Footer.Aborted != nil:
		state = "ABORTED"
	}
	var b strings.Builder
	b.WriteString(state + " ")
	if s.measured() {
		b.WriteString(s.measureLine())
	} else {
		b.WriteString(s.caseLine())
	}
	if s.Footer != nil {
		b.WriteString(" in " + FormatElapsed(seconds(s.Footer.DurationSeconds)))
	} else {
		b.WriteString("; the stream has no footer")
	}
	return b.String()
}

// measured reports whether the stream comes from a benchmark or load run.
func (s *Summary) measured() bool {
	if s.Header != nil {
		return s.Header.Command != CommandRun
	}
	return s.Planned == 0 && len(s.Samples) > 0
}

func (s *Summary) caseLine() string {
	var parts []string
	add := func(n int, text string) {
		if n > 0 {
			parts = append(parts, text)
		}
	}
	add(s.Counts[OutcomePass], s.passed())
	add(s.Counts[OutcomeKnown], fmt.Sprintf("%d known to fail", s.Counts[OutcomeKnown]))
	add(s.Counts[OutcomeFixed], fmt.Sprintf("%d passed unexpectedly", s.Counts[OutcomeFixed]))
	add(s.Counts[OutcomeFail], fmt.Sprintf("%d failed", s.Counts[OutcomeFail]))
	add(s.Counts[OutcomeCrash], fmt.Sprintf("%d crashed", s.Counts[OutcomeCrash]))
	add(s.Counts[OutcomeHang], fmt.Sprintf("%d hung", s.Counts[OutcomeHang]))
	add(s.Counts[OutcomeAdapter], FormatNoun(s.Counts[OutcomeAdapter], "adapter fault"))
	add(s.Counts[OutcomeInvalid], fmt.Sprintf("%d not valid", s.Counts[OutcomeInvalid]))
	add(s.Counts[OutcomeError], FormatNoun(s.Counts[OutcomeError], "harness error"))
	add(s.Counts[OutcomeSkip], fmt.Sprintf("%d skipped (%s)", s.Counts[OutcomeSkip], s.skipped()))
	add(s.Planned-s.Judged, fmt.Sprintf("%d not judged", s.Planned-s.Judged))
	if s.Footer != nil && len(s.Footer.Unused) > 0 {
		parts = append(parts, FormatNoun(len(s.Footer.Unused), "unused expectation"))
	}
	if len(parts) == 0 {
		return "0 cases"
	}
	return FormatNoun(s.Planned, "case") + ": " + strings.Join(parts, ", ")
}

// passed counts the passes, and among them those whose reason is not the
// expected one.
func (s *Summary) passed() string {
	var apart []string
	if n := len(s.OtherReason); n > 0 {
		apart = append(apart, fmt.Sprintf("%d of them for another reason", n))
	}
	if n := s.ReasonUnknown; n > 0 {
		apart = append(apart, fmt.Sprintf("%d of them with reason unknown", n))
	}
	passed := fmt.Sprintf("%d passed", s.Counts[OutcomePass])
	if len(apart) > 0 {
		passed += " (" + strings.Join(apart, ", ") + ")"
	}
	return passed
}

// skipped names up to three reasons; Skips has them all.
func (s *Summary) skipped() string {
	skips := s.Skips()
	if len(skips) == 1 {
		return orNoReason(skips[0].Why)
	}
	var parts []string
	for i, r := range skips {
		if i == 3 {
			parts = append(parts, "…")
			break
		}
		parts = append(parts, fmt.Sprintf("%d %s", r.Count, orNoReason(r.Why)))
	}
	return strings.Join(parts, ", ")
}

func orNoReason(why string) string {
	if why == "" {
		return "no reason given"
	}
	return Escape(why)
}

func (s *Summary) measureLine() string {
	line := FormatNoun(len(s.Samples), "series")
	if s.Footer == nil {
		return line
	}
	verdicts := make(map[string]int)
	for _, t := range s.Footer.Thresholds {
		verdicts[t.Verdict]++
	}
	var parts []string
	for _, v := range []string{VerdictMet, VerdictMissed, VerdictUndecided} {
		if n := verdicts[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if c := s.Footer.Capacity; c != nil {
		line += "; capacity: " + c.String()
	}
	if len(parts) > 0 {
		line += "; thresholds: " + strings.Join(parts, ", ")
	}
	if len(s.Footer.Invalid) > 0 {
		line += "; the measurement is NOT VALID"
	} else if n := s.invalidSamples(); n > 0 {
		line += "; " + FormatNoun(n, "series") + " NOT VALID"
	}
	return line
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second))
}

// invalidAsAWhole returns the reasons of the footer that no sample gives too: a
// measurement is most often invalid because its series are.
func (s *Summary) invalidAsAWhole() []string {
	if s.Footer == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(s.Footer.Invalid), func(why string) bool {
		return slices.ContainsFunc(s.Samples, func(sample *Sample) bool {
			return slices.ContainsFunc(sample.Invalid, func(of string) bool { return why == of || why == sample.Series+": "+of })
		})
	})
}
