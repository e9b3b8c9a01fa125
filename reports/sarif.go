package reports

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// SARIF renders a stream as a SARIF 2.1.0 log for code scanning: a rule for each
// case of the plan, with its clause, level and advice, and a result for each
// case that did not pass. A case that is known to fail is a suppressed result.
// What could not be judged is an open result, and the run was then not
// successful. It is a [Handler] that writes everything on Close.
type SARIF struct {
	w       io.Writer
	summary Summary
	plan    []PlannedCase
	cases   map[string]*Case
}

// NewSARIF returns a SARIF that writes to w.
func NewSARIF(w io.Writer) *SARIF { return &SARIF{w: w, cases: make(map[string]*Case)} }

// Handle collects r. It never returns an error.
func (s *SARIF) Handle(r Record) error {
	switch r.Kind {
	case KindPlan:
		s.plan = r.Plan.Cases
	case KindCase:
		s.cases[r.Case.ID] = r.Case
	}
	return s.summary.Handle(r)
}

// Close writes the log.
func (s *SARIF) Close() error {
	enc := json.NewEncoder(s.w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(sarifLog{
		Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0",
		Runs: []sarifRun{s.run()},
	})
}

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool struct {
		Driver sarifDriver `json:"driver"`
	} `json:"tool"`
	Automation  sarifID           `json:"automationDetails"`
	Invocations []sarifInvocation `json:"invocations"`
	Results     []sarifResult     `json:"results"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	URI     string      `json:"informationUri"`
	Rules   []sarifRule `json:"rules"`
}

type sarifID struct {
	ID string `json:"id"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifRule struct {
	ID            string     `json:"id"`
	Short         sarifText  `json:"shortDescription"`
	Full          *sarifText `json:"fullDescription,omitempty"`
	Help          *sarifText `json:"help,omitempty"`
	Configuration sarifLevel `json:"defaultConfiguration"`
	Properties    struct {
		Tags []string `json:"tags"`
	} `json:"properties"`
}

type sarifLevel struct {
	Level string `json:"level"`
}

type sarifInvocation struct {
	Successful    bool           `json:"executionSuccessful"`
	Start         string         `json:"startTimeUtc,omitempty"`
	End           string         `json:"endTimeUtc,omitempty"`
	Notifications []sarifMessage `json:"toolExecutionNotifications,omitempty"`
}

type sarifMessage struct {
	Level      string    `json:"level"`
	Message    sarifText `json:"message"`
	Descriptor sarifID   `json:"descriptor"`
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	RuleIndex    int                `json:"ruleIndex"`
	Kind         string             `json:"kind"`
	Level        string             `json:"level"`
	Message      sarifText          `json:"message"`
	Locations    []sarifLocation    `json:"locations,omitempty"`
	Fingerprints map[string]string  `json:"partialFingerprints"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	Properties   map[string]string  `json:"properties"`
}

type sarifLocation struct {
	Physical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region struct {
			Line int `json:"startLine"`
		} `json:"region"`
	} `json:"physicalLocation"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Justification string `json:"justification"`
}

func (s *SARIF) run() sarifRun {
	var run sarifRun
	run.Tool.Driver = sarifDriver{Name: "assay", URI: "https://github.com/assay-id/assay", Rules: []sarifRule{}}
	run.Automation.ID = "assay/"
	run.Results = []sarifResult{}
	invocation := sarifInvocation{Successful: true}
	implementation := ""
	if h := s.summary.Header; h != nil {
		implementation = Escape(h.Implementation.Name)
		run.Tool.Driver.Version = Escape(h.ToolVersion)
		run.Automation.ID += strings.ReplaceAll(implementation, "/", "-") + "/" // what precedes the last slash is a category
		invocation.Start = sarifTime(h.StartedAt)
	}
	for i, p := range s.plan {
		c := s.cases[p.ID]
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, newSARIFRule(p, c))
		if c != nil && (c.Outcome.Bad() || c.Outcome == OutcomeKnown) {
			result := newSARIFResult(c, i)
			result.Fingerprints = map[string]string{"assay/v1": Escape(c.ID) + "@" + implementation}
			run.Results = append(run.Results, result)
		}
	}
	for _, p := range s.summary.Problems() {
		if p.Case != nil {
			invocation.Successful = invocation.Successful && judged(p.Case.Outcome)
			continue
		}
		invocation.Successful = false
		invocation.Notifications = append(invocation.Notifications, sarifMessage{
			Level: "error", Message: sarifText{p.Title + ": " + p.Text}, Descriptor: sarifID{p.Rule},
		})
	}
	if s.summary.Footer != nil {
		invocation.End = sarifTime(s.summary.Footer.EndedAt)
	}
	run.Invocations = []sarifInvocation{invocation}
	return run
}

// newSARIFRule returns the rule of a case; c is nil if it was not judged.
func newSARIFRule(p PlannedCase, c *Case) sarifRule {
	rule := sarifRule{ID: Escape(p.ID), Short: sarifText{Escape(p.Title)}, Configuration: sarifLevel{severity(p.Level)}}
	rule.Properties.Tags = []string{Escape(p.Group), "level " + string(p.Level)}
	if c == nil {
		return rule
	}
	if c.Code != "" {
		rule.Properties.Tags = append(rule.Properties.Tags, "code "+Escape(c.Code))
	}
	if len(c.Spec) > 0 {
		clause := Escape(strings.Join(c.Spec, "; "))
		rule.Full = &sarifText{fmt.Sprintf("%s. Want: %s. %s (%s)", Escape(c.Title), Escape(c.Want), clause, c.Level)}
	}
	advice := slices.Clone(c.Advice)
	if c.Documented != nil && len(advice) == 0 {
		advice = []string{c.Documented.Do}
	}
	if len(advice) > 0 {
		rule.Help = &sarifText{Escape(strings.Join(advice, " "))}
	}
	return rule
}

// newSARIFResult returns the result for a case that did not pass.
func newSARIFResult(c *Case, rule int) sarifResult {
	text := c.inShort()
	for _, cause := range c.Causes {
		text += "\n" + Escape(cause)
	}
	if c.Repeat != "" {
		text += "\nagain: " + Escape(c.Repeat)
	}
	r := sarifResult{
		RuleID: Escape(c.ID), RuleIndex: rule, Kind: "fail", Level: severity(c.Level), Message: sarifText{text},
		Properties: map[string]string{"outcome": string(c.Outcome), "want": Escape(c.Want), "got": Escape(c.Got)},
	}
	switch {
	case c.Outcome == OutcomeKnown:
		r.Suppressions = []sarifSuppression{{Kind: "external", Justification: orNoReason(c.Why)}}
	case !judged(c.Outcome):
		r.Kind, r.Level = "open", "none" // the format allows no other level for it
	}
	if c.File != "" && c.Line > 0 {
		var at sarifLocation
		at.Physical.Artifact.URI = (&url.URL{Path: filepath.ToSlash(c.File)}).String()
		at.Physical.Region.Line = c.Line
		r.Locations = []sarifLocation{at}
	}
	return r
}

// judged reports whether an outcome says something about the implementation.
func judged(o Outcome) bool {
	return o != OutcomeAdapter && o != OutcomeInvalid && o != OutcomeError
}

// severity returns the level of SARIF for a level of the catalogue.
func severity(l Level) string {
	switch l {
	case LevelMust:
		return "error"
	case LevelShould, LevelHardening:
		return "warning"
	}
	return "note"
}

// sarifTime formats a time as SARIF requires.
func sarifTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
