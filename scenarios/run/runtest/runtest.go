// Package runtest runs scenarios in tests of this module. It is safe for
// concurrent use.
package runtest

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/run"
)

// Catalogue returns the built-in catalogue.
func Catalogue(t *testing.T) *scenarios.Catalogue {
	t.Helper()
	c, err := scenarios.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Record runs scenarios and returns the cases by ID and the footer. The run
// must write a stream that readers accept. Unless opts has a Watch the machine
// counts as calm, so that no failure is excused.
func Record(t *testing.T, opts run.Options) (map[string]*reports.Case, reports.Footer) {
	t.Helper()
	if opts.Watch == nil {
		opts.Watch = func() func() string { return func() string { return "" } }
	}
	var stream bytes.Buffer
	w := reports.NewWriter(&stream)
	footer, err := run.Run(t.Context(), opts, w.Handle)
	if err != nil {
		t.Fatal(err)
	}
	cases := make(map[string]*reports.Case)
	for r, err := range reports.Read(&stream) {
		if err != nil {
			t.Fatal(err)
		}
		if r.Case != nil {
			cases[r.Case.ID] = r.Case
		}
	}
	return cases, footer
}

// Pass runs scenarios and fails t for each that does not pass, unless the
// implementation lacks what it needs. What the machine was too busy to judge is
// repeated alone, and is then no failure.
func Pass(t *testing.T, opts run.Options) {
	t.Helper()
	opts.Watch = run.WatchMachine(true)
	cases, footer := Record(t, opts)
	if footer.Judged != len(opts.Scenarios) || footer.Stopped != "" || footer.Interrupted {
		t.Errorf("footer is %+v", footer)
	}
	var spoilt []*scenarios.Scenario
	for _, s := range opts.Scenarios {
		switch c := cases[s.ID]; c.Outcome {
		case reports.OutcomePass:
		case reports.OutcomeInvalid:
			t.Logf("%s: %s", s.ID, c.Why)
			spoilt = append(spoilt, s)
		case reports.OutcomeSkip:
			if len(opts.Implementation.Describe().Missing(s.Needs)) > 0 {
				continue
			}
			fallthrough
		default:
			t.Errorf("%s", Describe(c))
		}
	}
	if len(spoilt) == 0 {
		return
	}
	opts.Scenarios, opts.Jobs = spoilt, 1
	cases, _ = Record(t, opts)
	for id, c := range cases {
		if c.Outcome != reports.OutcomePass && c.Outcome != reports.OutcomeInvalid {
			t.Errorf("%s, repeated: %s", id, Describe(c))
		}
	}
}

// Describe returns a case as it is in the stream, for the log of a test.
func Describe(c *reports.Case) string {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}
