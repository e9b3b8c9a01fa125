package reports_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
)

// column returns a run with cases that are given as ID=OUTCOME or
// ID=OUTCOME:VERDICT; one without an outcome is planned only.
func column(name string, cases ...string) *reports.MatrixRun {
	r := part(name)
	run := &reports.MatrixRun{Name: name}
	var records []reports.Record
	for _, c := range cases {
		id, outcome, judged := strings.Cut(c, "=")
		group, _, _ := strings.Cut(id, ".")
		level := reports.LevelMust
		if strings.Contains(id, "hard") {
			level = reports.LevelHardening
		}
		p := reports.PlannedCase{ID: id, Title: "Case " + id, Group: group, Level: level, Robustness: strings.Contains(id, "robust")}
		r.Plan = append(r.Plan, p)
		if !judged {
			continue
		}
		outcome, verdict, answered := strings.Cut(outcome, ":")
		result := &reports.Case{
			ID: id, Title: p.Title, Group: group, Level: level, Robustness: p.Robustness, Outcome: reports.Outcome(outcome), Want: "reject X",
			Got: verdict, Repeat: "assay run " + id + " --seed 7 --implementation " + name, Spec: []string{"RFC 7519 §4"},
		}
		if answered {
			result.Answer = &reports.Answer{Verdict: verdict}
			if verdict == "accept" {
				subject := "usr_1"
				result.Answer.Subject = &subject
			} else {
				result.Answer.Reason = "X"
			}
		}
		if outcome == "skip" {
			result.Why = "needs clock"
		}
		records = append(records, reports.Record{Kind: reports.KindCase, Case: result})
	}
	r.Header.Implementation = reports.Implementation{Name: name, Version: "1.2", Language: "Go", Setup: "verify with issuer and audience"}
	records = append([]reports.Record{{Kind: reports.KindHeader, Header: r.Header}, {Kind: reports.KindPlan, Plan: &reports.Plan{Cases: r.Plan}}}, records...)
	for _, record := range append(records, reports.Record{Kind: reports.KindFooter, Footer: r.Footer}) {
		_ = run.Handle(record) // which never fails
	}
	return run
}

func TestMatrixOrdersCases(t *testing.T) {
	t.Parallel()
	a := column("a", "g.right=pass:reject", "g.hard-differ=pass:reject", "g.differ=fail:accept", "g.wrong=fail:accept", "g.skip=skip", "g.open=pass:accept", "g.crash=pass")
	b := column("b", "g.right=pass:reject", "g.hard-differ=fail:accept", "g.differ=pass:reject", "g.wrong=known:accept", "g.skip=skip", "g.open=pass:reject", "g.crash=crash", "other.new=pass:accept")
	m := reports.NewMatrix("assay", "1", []*reports.MatrixRun{a, b})
	var got []string
	for _, c := range m.Cases {
		got = append(got, c.ID+": "+string(c.Agreement))
	}
	want := []string{
		"g.differ: disagree", "g.open: disagree", "g.crash: disagree", "g.hard-differ: disagree",
		"g.wrong: all wrong", "g.right: all right", "other.new: all right", "g.skip: not judged",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the order of the cases (-want +got):\n%s", diff)
	}
	if got, want := m.Line(), "MATRIX 2 implementations, 8 cases: 4 disagree, 1 all wrong, 2 all right, 1 not judged"; got != want {
		t.Errorf("Line() = %q, want %q", got, want)
	}
}

// Levels, robustness, skips and what was not judged are counted apart.
func TestMatrixCounts(t *testing.T) {
	t.Parallel()
	a := column("a", "g.a=pass:reject", "g.b=fail:accept", "g.robust=fail:accept", "g.hard=hang", "g.d=skip", "g.e=adapter", "g.f=error", "g.g")
	m := reports.NewMatrix("assay", "1", []*reports.MatrixRun{a, column("b", "other.x=pass:reject")})
	want := reports.MatrixTally{
		Levels: map[reports.Level]reports.MatrixCount{
			reports.LevelMust: {Right: 1, Wrong: 2, Robustness: 1}, reports.LevelHardening: {Wrong: 1},
		}, Skipped: 1, Unknown: 3,
	}
	if diff := cmp.Diff(want, m.Implementations[0].Total); diff != "" {
		t.Errorf("the total (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, m.Groups[0].Tallies[0]); diff != "" {
		t.Errorf("the group (-want +got):\n%s", diff)
	}
	if got := m.Groups[0].Tallies[1].Wrong(); got != "–" {
		t.Errorf("the group of which the other ran nothing is %q, want –", got)
	}
	if got, want := m.Implementations[0].Total.Wrong(), "2 must, 1 hardening"; got != want {
		t.Errorf("Wrong() = %q, want %q", got, want)
	}
}

// A row and each of its cells have the command that repeats it, also a cell
// that was not reached.
func TestMatrixRepeats(t *testing.T) {
	t.Parallel()
	m := reports.NewMatrix("assay", "1", []*reports.MatrixRun{column("a", "g.a=pass:reject", "g.b"), column("b", "g.c=pass:reject")})
	if got, want := m.Implementations[0].Again, "assay run CASE --seed 7 --implementation a"; got != want {
		t.Errorf("the row is repeated by %q, want %q", got, want)
	}
	cells := make(map[string]reports.MatrixCell)
	for _, c := range m.Cases {
		cells[c.ID] = c.Cells[0]
	}
	for id, want := range map[string]string{
		"g.a": "assay run g.a --seed 7 --implementation a", "g.b": "assay run g.b --seed 7 --implementation a", "g.c": "",
	} {
		if got := cells[id].Again; got != want {
			t.Errorf("%s is repeated by %q, want %q", id, got, want)
		}
	}
}

// Every run that is not whole says why, and only a whole one is green.
func TestMatrixNamesFailures(t *testing.T) {
	t.Parallel()
	started := &reports.MatrixRun{Name: "no", Failure: "not found"}
	stopped, unused, incomplete := column("stopped", "g.a"), column("unused", "g.a"), &reports.MatrixRun{Name: "incomplete"}
	_ = stopped.Handle(reports.Record{Kind: reports.KindFooter, Footer: &reports.Footer{Stopped: "no answers"}})
	_ = unused.Handle(reports.Record{Kind: reports.KindFooter, Footer: &reports.Footer{Unused: []string{"x"}}})
	whole := column("whole", "g.a=pass")
	runs := []*reports.MatrixRun{started, stopped, unused, incomplete, whole}
	m := reports.NewMatrix("assay", "1", runs)
	var got []string
	for i, r := range runs {
		got = append(got, fmt.Sprintf("%s %q %v", r.Name, m.Implementations[i].Failure, r.Green()))
	}
	want := []string{
		`no "not found" false`, `stopped "no answers" false`, `unused "" false`,
		`incomplete "the recording is incomplete" false`, `whole "" true`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("failures (-want +got):\n%s", diff)
	}
}

// Behaviour is read from the steps after the event.
func TestMatrixBehaviour(t *testing.T) {
	t.Parallel()
	step := func(do string, fetches int, got, want string, ok bool) reports.Step {
		return reports.Step{Do: do, Got: got, Want: want, OK: ok, DurationMillis: 2, Fetches: fetches}
	}
	run := column("a")
	cases := []*reports.Case{
		{ID: "rot.emergency", Outcome: reports.OutcomeFail, Evidence: &reports.Evidence{Steps: []reports.Step{
			step("verify old", 2, "accept", "accept", true), step("rotate: drop-old k2", 0, "", "", true),
			step("login new", 0, "", "", true), step("verify new", 1, "reject KEY_NOT_FOUND", "accept", false),
		}}},
		{ID: "rot.second-login", Outcome: reports.OutcomePass, Evidence: &reports.Evidence{Steps: []reports.Step{
			step("rotate: sign-at-once k2", 0, "", "", true), step("verify second", 1, "accept", "accept", true), step("verify first", 3, "accept too", "accept", true),
		}}},
		{ID: "flood.random-kid", Outcome: reports.OutcomePass, Evidence: &reports.Evidence{Steps: []reports.Step{
			step("verify good", 2, "accept", "accept", true), step("verify a token (x), 1000 times", 4, "reject", "reject", true), step("count requests", 1, "", "", true),
		}}},
		{ID: "fetch.recovers", Outcome: reports.OutcomePass, Evidence: &reports.Evidence{Steps: []reports.Step{
			step("fault: keys status", 0, "", "", true), step("verify token", 1, "reject", "reject", true), step("verify token", 1, "accept", "accept", true),
		}}},
		{ID: "cache.stale-if-error", Outcome: reports.OutcomeSkip, Why: "needs clock"},
	}
	for _, c := range cases {
		c.Title = c.ID
		_ = run.Handle(reports.Record{Kind: reports.KindCase, Case: c})
	}
	m := reports.NewMatrix("assay", "1", []*reports.MatrixRun{run, column("b")})
	var got []string
	for _, o := range m.Behaviour {
		got = append(got, fmt.Sprintf("%s: %s; %s", o.Case, o.Cells[0].Text(), o.Cells[1].Text()))
	}
	want := []string{
		"flood.random-kid: 5 requests; reject; 2.00 ms; not judged",
		"rot.second-login: 4 requests; accept; 2.00 ms; not judged",
		"rot.emergency: 1 request; reject KEY_NOT_FOUND, want accept; 2.00 ms; not judged",
		"cache.stale-if-error: skipped: needs clock; not judged",
		"fetch.recovers: 2 requests; accept; 2.00 ms; not judged",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("behaviour (-want +got):\n%s", diff)
	}
}

// goldenMatrix has every kind of cell, and text that would break a page.
func goldenMatrix() *reports.Matrix {
	a := column("a", "g.differ=fail:accept", "g.robust=fail:accept", "g.right=pass:reject", "h.steps=fail", "h.skip=skip", "rot.emergency=pass")
	b := column("b", "g.differ=pass:reject", "g.robust=fail:accept", "g.right=pass:reject", "h.steps=crash", "h.skip=skip", "rot.emergency=hang")
	evilRun := column(evil, "g.differ=skip", "g.robust=error", "h.steps="+"pass")
	return reports.NewMatrix("assay", "1.0", []*reports.MatrixRun{a, b, evilRun, {Name: "broken", Failure: evil}})
}

func TestMatrixGolden(t *testing.T) {
	t.Parallel()
	m := goldenMatrix()
	var text, color, markdown, json bytes.Buffer
	for _, err := range []error{m.Text(&text, false), m.Text(&color, true), m.Markdown(&markdown), m.JSON(&json)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "matrix.txt", text.Bytes())
	golden(t, "matrix.md", markdown.Bytes())
	golden(t, "matrix.json", json.Bytes())
	if !strings.Contains(color.String(), "\x1b[31mWRONG \x1b[") || strings.Contains(text.String(), "\x1b") {
		t.Error("colour is where it must not be, or missing")
	}
}

func TestSchemaTakesAMatrix(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t, reports.MatrixSchema())
	for _, m := range []*reports.Matrix{goldenMatrix(), reports.NewMatrix("assay", "1", []*reports.MatrixRun{{Name: "x"}})} {
		var b bytes.Buffer
		if err := m.JSON(&b); err != nil {
			t.Fatal(err)
		}
		if err := validate(t, schema, b.Bytes()); err != nil {
			t.Error(err)
		}
	}
	m := goldenMatrix()
	m.Cases[0].Agreement = "perhaps"
	var b bytes.Buffer
	if err := m.JSON(&b); err != nil {
		t.Fatal(err)
	}
	if validate(t, schema, b.Bytes()) == nil {
		t.Error("the schema takes an agreement that does not exist")
	}
}

// A long table is cut and says so.
func TestMatrixMarkdownIsShort(t *testing.T) {
	t.Parallel()
	var cases []string
	for i := range 60 {
		cases = append(cases, fmt.Sprintf("g.x%d=fail:accept", i))
	}
	var b bytes.Buffer
	m := reports.NewMatrix("assay", "1", []*reports.MatrixRun{column("a", cases...), column("b", slices.Clone(cases)...)})
	if err := m.Markdown(&b); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(b.String(), "| `g.x"); got != 50 || !strings.Contains(b.String(), "| … and 10 more |") {
		t.Errorf("the page has %d rows of cases, want 50 and the number of the others", got)
	}
}
