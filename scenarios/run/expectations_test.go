package run_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/scenarios/run/runtest"
)

// refusesAll passes aud.prefix and aud.suffix-char and fails aud.string.
func refusesAll() fake {
	return fake{capabilities: []string{implementations.StaticKeys}, verify: always(scenarios.Reject, "INVALID_AUDIENCE")}
}

func lines(ids ...string) []scenarios.Line {
	var list []scenarios.Line
	for _, id := range ids {
		list = append(list, scenarios.Line{Case: id, Reason: "it is so"})
	}
	return list
}

func TestExpectationsChangeOutcomes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		known  scenarios.Expectations
		want   string // outcome of aud.string and aud.prefix
		green  bool
		unused string
	}{
		{"nothing is expected", scenarios.Expectations{}, "fail pass", false, ""},
		{"the failure is known", scenarios.Expectations{KnownFailing: lines("aud.string")}, "known pass", true, ""},
		{"a pass is unexpected", scenarios.Expectations{KnownFailing: lines("aud.string", "aud.prefix")}, "known fixed", false, ""},
		{"flaky cases may do both", scenarios.Expectations{Flaky: lines("aud.string", "aud.prefix")}, "known pass", true, ""},
		{"what is skipped is not executed", scenarios.Expectations{Skip: lines("aud.string")}, "skip pass", true, ""},
		{"a line about nothing", scenarios.Expectations{KnownFailing: lines("aud.string", "aud.gone")}, "known pass", false, "aud.gone: the catalogue has no such scenario"},
		{"a line about what is not selected", scenarios.Expectations{KnownFailing: lines("aud.string", "iss.other")}, "known pass", true, ""},
		{"a line about what cannot be executed", scenarios.Expectations{KnownFailing: lines("aud.string", "rot.emergency")}, "known pass", false, "rot.emergency: none of its cases can be executed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ids := []string{"aud.string", "aud.prefix"}
			if strings.Contains(test.unused, "executed") {
				ids = append(ids, "rot.emergency")
			}
			cases, footer := runtest.Record(t, run.Options{
				Scenarios: selection(t, ids...), Implementation: refusesAll(), Expectations: &test.known, Catalogue: runtest.Catalogue(t),
			})
			if got := string(cases["aud.string"].Outcome) + " " + string(cases["aud.prefix"].Outcome); got != test.want {
				t.Errorf("outcomes are %q, want %q", got, test.want)
			}
			if got := strings.Join(footer.Unused, "\n"); got != test.unused {
				t.Errorf("unused is %q, want %q", got, test.unused)
			}
			if footer.Green() != test.green {
				t.Errorf("green is %v, want %v: %+v", footer.Green(), test.green, footer)
			}
		})
	}
}

// What is written is satisfied by the next run, and no line could go.
func TestWrittenExpectationsAreTheSmallest(t *testing.T) {
	t.Parallel()
	list := selection(t, "aud.string", "aud.array-one", "aud.prefix", "aud.suffix-char", "exp.fraction")
	before := &scenarios.Expectations{
		KnownFailing: lines("aud.*"),
		Flaky:        lines("flood"),
	}
	opts := run.Options{Scenarios: list, Implementation: refusesAll(), Expectations: before, Catalogue: runtest.Catalogue(t)}
	cases, footer := runtest.Record(t, opts)
	if footer.Green() {
		t.Fatal("the run is green although aud.prefix passes against its line")
	}
	got := run.WriteExpectations(before, list, cases)
	want := &scenarios.Expectations{
		KnownFailing: []scenarios.Line{
			{Case: "aud.string", Reason: "it is so"},
			{Case: "aud.array-one", Reason: "it is so"},
			{Case: "exp.fraction", Reason: "wants accept, gets reject INVALID_AUDIENCE"},
		},
		Flaky: lines("flood"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("expectations (-want +got):\n%s", diff)
	}
	opts.Expectations = got
	if _, footer := runtest.Record(t, opts); !footer.Green() {
		t.Errorf("with what was written the run is not green: %+v", footer)
	}
}

// A pattern that still holds is kept as it is.
func TestWrittenExpectationsKeepPatterns(t *testing.T) {
	t.Parallel()
	list := selection(t, "aud.string", "aud.array-one")
	before := &scenarios.Expectations{KnownFailing: lines("aud.*")}
	cases, _ := runtest.Record(t, run.Options{Scenarios: list, Implementation: refusesAll(), Expectations: before, Catalogue: runtest.Catalogue(t)})
	if diff := cmp.Diff(before, run.WriteExpectations(before, list, cases)); diff != "" {
		t.Errorf("expectations (-want +got):\n%s", diff)
	}
}

func TestFailFast(t *testing.T) {
	t.Parallel()
	list := selection(t, "aud.prefix", "aud.string", "aud.array-one", "aud.suffix-char")
	first := slices.IndexFunc(list, func(s *scenarios.Scenario) bool { return s.ID == "aud.string" })
	cases, footer := runtest.Record(t, run.Options{Scenarios: list, Implementation: refusesAll(), FailFast: true, Jobs: 1})
	if len(cases) != first+1 || footer.Green() || footer.Counts[reports.OutcomeFail] != 1 {
		t.Errorf("%d cases were judged, want %d; footer %+v", len(cases), first+1, footer)
	}
}
