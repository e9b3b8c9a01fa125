package reports

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// JUnit renders a stream as JUnit XML, one test suite for each group of the
// catalogue. What the implementation did wrong (fail, crash, hang, a missed
// threshold) is a failure; what could not be judged (a fault of the adapter, a
// busy machine, a failure of the harness, an undecided threshold, a measurement that is not valid, a case of the plan that was
// never reached) is an error, so that no report is green over cases that did
// not run. It is a [Handler] that writes everything on Close.
type JUnit struct {
	w       io.Writer
	summary Summary
	planned []PlannedCase
	cases   map[string]*Case
}

// NewJUnit returns a JUnit that writes to w.
func NewJUnit(w io.Writer) *JUnit {
	return &JUnit{w: w, cases: make(map[string]*Case)}
}

// Handle collects r for the report. It never returns an error.
func (j *JUnit) Handle(r Record) error {
	switch r.Kind {
	case KindPlan:
		j.planned = r.Plan.Cases
	case KindCase:
		j.cases[r.Case.ID] = r.Case
	}
	return j.summary.Handle(r)
}

// Close writes the report. Times in it are seconds.
func (j *JUnit) Close() error {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", "  ")
	if err := enc.Encode(j.report()); err != nil {
		return fmt.Errorf("encoding junit: %w", err)
	}
	b.WriteByte('\n')
	_, err := j.w.Write(b.Bytes())
	return err
}

type junitReport struct {
	XMLName  xml.Name      `xml:"testsuites"`
	Name     string        `xml:"name,attr"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Errors   int           `xml:"errors,attr"`
	Time     string        `xml:"time,attr"`
	Suites   []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name       string          `xml:"name,attr"`
	Tests      int             `xml:"tests,attr"`
	Failures   int             `xml:"failures,attr"`
	Errors     int             `xml:"errors,attr"`
	Skipped    int             `xml:"skipped,attr"`
	Time       string          `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr,omitempty"`
	File       string          `xml:"file,attr,omitempty"` // Jenkins refuses it on a test case
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`

	millis float64
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	Skipped *junitProblem `xml:"skipped"`
	Error   *junitProblem `xml:"error"`
	Failure *junitProblem `xml:"failure"`
	Output  string        `xml:"system-out,omitempty"`

	millis float64
}

type junitProblem struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func (j *JUnit) report() *junitReport {
	r := &junitReport{Name: "assay", Time: junitSeconds(0)}
	if h := j.summary.Header; h != nil {
		r.Name = Escape(strings.TrimSpace(h.Tool + " " + h.Command))
	}
	suites := make(map[string]*junitSuite)
	suite := func(name string) *junitSuite {
		s, ok := suites[name]
		if !ok {
			s = &junitSuite{Name: name, Properties: j.properties()}
			if h := j.summary.Header; h != nil {
				s.Timestamp = h.StartedAt.UTC().Format("2006-01-02T15:04:05")
			}
			suites[name] = s
			r.Suites = append(r.Suites, s)
		}
		return s
	}
	for _, p := range j.planned {
		s := suite(Escape(p.Group))
		if c, ok := j.cases[p.ID]; ok {
			s.add(testCase(c))
			s.File = cmp.Or(s.File, Escape(c.File))
		} else {
			s.add(unreached(p))
		}
	}
	for _, tc := range j.otherCases() {
		suite(tc.Class).add(tc)
	}
	for _, s := range r.Suites {
		s.Time = junitSeconds(s.millis)
		r.Tests += s.Tests
		r.Failures += s.Failures
		r.Errors += s.Errors
	}
	if f := j.summary.Footer; f != nil {
		r.Time = junitSeconds(f.DurationSeconds * 1000)
	}
	return r
}

func (s *junitSuite) add(tc junitCase) {
	s.Tests++
	switch {
	case tc.Failure != nil:
		s.Failures++
	case tc.Error != nil:
		s.Errors++
	case tc.Skipped != nil:
		s.Skipped++
	}
	s.millis += tc.millis
	s.Cases = append(s.Cases, tc)
}

// properties hold what is needed to repeat the run.
func (j *JUnit) properties() []junitProperty {
	h := j.summary.Header
	if h == nil {
		return nil
	}
	var props []junitProperty
	for _, p := range []junitProperty{
		{"seed", h.Seed},
		{"policy", h.Policy},
		{"policy_file", h.PolicyFile.String()},
		{"implementation", h.Implementation.Name},
		{"implementation.version", h.Implementation.Version},
		{"catalogue", h.CatalogueVersion},
		{"tool", strings.TrimSpace(h.Tool + " " + h.ToolVersion)},
	} {
		if p.Value != "" {
			props = append(props, junitProperty{p.Name, Escape(p.Value)})
		}
	}
	return props
}

func newJUnitCase(name, class string, millis float64) junitCase {
	return junitCase{
		Name: Escape(name), Class: Escape(class), Time: junitSeconds(millis), millis: millis,
	}
}

func testCase(c *Case) junitCase {
	tc := newJUnitCase(c.ID, c.Group, c.DurationMillis)
	switch {
	case c.Outcome == OutcomePass && c.ReasonDiffers:
		tc.Output = "passed for another reason: " + c.inShort()
	case c.Outcome == OutcomePass:
	case c.Outcome == OutcomeSkip:
		tc.Skipped = &junitProblem{Message: orNoReason(c.Why)}
	case c.Outcome == OutcomeKnown:
		tc.Skipped = &junitProblem{Message: "known to fail: " + orNoReason(c.Why)}
	default:
		var b bytes.Buffer
		fmt.Fprintf(&b, "%s\n", Escape(c.Title))
		if c.File != "" {
			fmt.Fprintf(&b, "%s:%d\n", Escape(c.File), c.Line)
		}
		writeDetails(&b, withoutContext(c.Details()), false)
		problem := &junitProblem{Message: c.inShort(), Type: string(c.Outcome), Text: b.String()}
		switch c.Outcome {
		case OutcomeAdapter, OutcomeInvalid, OutcomeError:
			tc.Error = problem
		default:
			tc.Failure = problem
		}
	}
	return tc
}

func unreached(p PlannedCase) junitCase {
	tc := newJUnitCase(p.ID, p.Group, 0)
	tc.Error = &junitProblem{
		Message: "not judged: the run ended before this case", Type: "incomplete",
	}
	return tc
}

// otherCases turns what is not a case of the catalogue into test cases:
// samples, thresholds, an abort, unused expectations, and a missing footer.
func (j *JUnit) otherCases() []junitCase {
	var cases []junitCase
	for _, s := range j.summary.Samples {
		tc := newJUnitCase(s.Series, "measurement", s.ElapsedSeconds*1000)
		if len(s.Invalid) > 0 && j.summary.restsOnTimes() {
			tc.Error = &junitProblem{
				Message: "not valid: " + Escape(strings.Join(s.Invalid, "; ")), Type: "invalid",
			}
		}
		cases = append(cases, tc)
	}
	f := j.summary.Footer
	if f == nil {
		tc := newJUnitCase("footer", "run", 0)
		tc.Error = &junitProblem{Message: ErrIncomplete.Error(), Type: "incomplete"}
		return append(cases, tc)
	}
	for _, t := range f.Thresholds {
		tc := newJUnitCase(t.Expression, "thresholds", 0)
		problem := &junitProblem{
			Message: Escape(t.Verdict + ": got " + t.Got), Type: Escape(t.Verdict),
		}
		switch t.Verdict {
		case VerdictMet:
		case VerdictMissed:
			tc.Failure = problem
		default:
			tc.Error = problem
		}
		cases = append(cases, tc)
	}
	if f.Aborted != nil {
		tc := newJUnitCase("abort: "+f.Aborted.Condition, "thresholds", 0)
		tc.Failure = &junitProblem{Message: "the load was " + Escape(f.Aborted.String()), Type: "aborted"}
		cases = append(cases, tc)
	}
	for _, line := range f.Unused {
		tc := newJUnitCase("unused", "expectations", 0)
		tc.Failure = &junitProblem{Message: Escape(line), Type: "unused"}
		cases = append(cases, tc)
	}
	for _, why := range j.summary.invalidAsAWhole() {
		tc := newJUnitCase("validity", "measurement", 0)
		tc.Error = &junitProblem{Message: "not valid: " + Escape(why), Type: "invalid"}
		cases = append(cases, tc)
	}
	return cases
}

func junitSeconds(millis float64) string {
	d := time.Duration(millis * float64(time.Millisecond))
	return strconv.FormatFloat(d.Seconds(), 'f', 6, 64)
}
