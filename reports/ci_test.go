package reports_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/assay-id/assay/reports"
)

// ciFormats are the renderings that only a CI server reads.
var ciFormats = []struct {
	ending string
	open   func(io.Writer) reports.Handler
}{
	{".md", func(w io.Writer) reports.Handler { return reports.NewMarkdown(w) }},
	{".github", func(w io.Writer) reports.Handler { return reports.NewAnnotations(w) }},
	{".sarif", func(w io.Writer) reports.Handler { return reports.NewSARIF(w) }},
}

func TestCIFormatsGolden(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"run", "incomplete", "bench", "load"} {
		for _, format := range ciFormats {
			t.Run(name+format.ending, func(t *testing.T) {
				t.Parallel()
				var b bytes.Buffer
				err := reports.Copy(format.open(&b), recorded(t, name+".jsonl"))
				if err != nil && !errors.Is(err, reports.ErrIncomplete) {
					t.Fatal(err)
				}
				golden(t, name+format.ending, b.Bytes())
			})
		}
	}
}

// The schema is the one of npm's @microsoft/jest-sarif (MIT), without its
// descriptions.
func TestSARIFSatisfiesItsSchema(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("testdata", "sarif-2.1.0.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	schema := compileSchema(t, string(text))
	logs := map[string][]byte{"evil": evilReport(t, ".sarif", allOutcomes())}
	for _, name := range []string{"run", "incomplete", "bench", "load"} {
		if logs[name], err = os.ReadFile(filepath.Join("testdata", name+".sarif")); err != nil {
			t.Fatal(err)
		}
	}
	for name, log := range logs {
		if err := validate(t, schema, log); err != nil {
			t.Errorf("%s.sarif: %v", name, err)
		}
	}
	if validate(t, schema, []byte(`{"version":"2.1.0","runs":[{}]}`)) == nil {
		t.Error("the schema accepts a run without a tool")
	}
}

// A case that is known to fail is suppressed, and what could not be judged is
// no finding.
func TestSARIFTellsFailuresFromOpenResults(t *testing.T) {
	t.Parallel()
	var log struct {
		Runs []struct {
			Invocations []struct{ ExecutionSuccessful bool }
			Results     []struct {
				RuleID, Kind, Level string
				Suppressions        []any
				Properties          struct{ Outcome string }
			}
		}
	}
	if err := json.Unmarshal(evilReport(t, ".sarif", allOutcomes()), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if run.Invocations[0].ExecutionSuccessful {
		t.Error("a run with cases that could not be judged was successful")
	}
	got := make(map[string]string)
	for _, r := range run.Results {
		got[r.Properties.Outcome] = r.Kind + " " + r.Level
		if (len(r.Suppressions) == 1) != (r.Properties.Outcome == "known") {
			t.Errorf("outcome %s has the suppressions %v", r.Properties.Outcome, r.Suppressions)
		}
	}
	for outcome, want := range map[string]string{
		"pass": "", "skip": "", "known": "fail error", "fixed": "fail error", "fail": "fail error", "crash": "fail error",
		"hang": "fail error", "adapter": "open none", "invalid": "open none", "error": "open none",
	} {
		if got[outcome] != want {
			t.Errorf("outcome %s: %q, want %q", outcome, got[outcome], want)
		}
	}
}

// evil has what terminals, tables and workflow commands interpret.
const evil = "a\n::error::b\r\n| `c` ``d`` <script> %0A::warning::,:\x1b[31m\u202e"

// allOutcomes returns a case with each outcome.
func allOutcomes() []reports.Case {
	var cases []reports.Case
	for _, o := range reports.Outcomes() {
		cases = append(cases, reports.Case{ID: "e." + string(o) + evil, Outcome: o})
	}
	return append(cases, reports.Case{ID: "e.differs" + evil, Outcome: reports.OutcomePass, ReasonDiffers: true})
}

// evilReport renders cases with a hostile text everywhere.
func evilReport(t *testing.T, ending string, cases []reports.Case) []byte {
	t.Helper()
	var b bytes.Buffer
	var handler reports.Handler
	for _, f := range ciFormats {
		if f.ending == ending {
			handler = f.open(&b)
		}
	}
	records := []reports.Record{
		{Kind: reports.KindHeader, Header: &reports.Header{
			SchemaVersion: 1, Tool: "assay", ToolVersion: evil, Command: "run", Seed: evil,
			CatalogueVersion: evil, Implementation: reports.Implementation{Name: evil, Version: evil},
		}},
		{Kind: reports.KindPlan, Plan: &reports.Plan{}},
	}
	for _, c := range cases {
		c.Title, c.Group, c.Level, c.Spec, c.Code = evil, evil, reports.LevelMust, []string{evil}, evil
		c.Want, c.Got, c.Why, c.Repeat, c.File, c.Line = evil, evil, evil, evil+`\|`, evil, 7
		c.Causes, c.Advice = []string{evil}, []string{evil}
		records[1].Plan.Cases = append(records[1].Plan.Cases, reports.PlannedCase{ID: c.ID, Title: evil, Group: evil, Level: c.Level})
		records = append(records, reports.Record{Kind: reports.KindCase, Case: &c})
	}
	records = append(records, reports.Record{Kind: reports.KindFooter, Footer: &reports.Footer{
		Planned: len(cases), Judged: len(cases), Unused: []string{evil}, Stopped: evil,
	}})
	for _, r := range records {
		if err := handler.Handle(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := handler.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Foreign text cannot forge another workflow command, or break out of one.
func TestAnnotationsEscape(t *testing.T) {
	t.Parallel()
	command := regexp.MustCompile(`^::(error|warning|notice) (file=[^:,\n]*,line=7,)?title=[^:,\n]*::[^\r\n]*$`)
	text := string(evilReport(t, ".github", allOutcomes()))
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for _, line := range lines {
		if !command.MatchString(line) || regexp.MustCompile(`%([^2]|2[^5C]|25[^0])`).MatchString(strings.NewReplacer("%0A", "", "%3A", "").Replace(line)) {
			t.Errorf("not one command: %q", line)
		}
	}
	// Seven outcomes, an unused expectation, why the run stopped, the other
	// reason, and the totals.
	if len(lines) != 11 {
		t.Errorf("%d lines, want 11:\n%s", len(lines), text)
	}
}

// GitHub shows ten errors of a step: the last one counts the rest.
func TestAnnotationsAreFew(t *testing.T) {
	t.Parallel()
	var cases []reports.Case
	for i := range 20 {
		cases = append(cases, reports.Case{ID: "case." + string(rune('a'+i)), Outcome: reports.OutcomeFail})
	}
	text := string(evilReport(t, ".github", cases))
	if got := strings.Count("\n"+text, "\n::error "); got != 10 {
		t.Errorf("%d errors, want 10", got)
	}
	if want := "::error title=13 more::case.j case.k"; !strings.Contains(text, want) {
		t.Errorf("%q is missing in\n%s", want, text)
	}
}

// Foreign text stays in its cell.
func TestMarkdownEscapes(t *testing.T) {
	t.Parallel()
	text := string(evilReport(t, ".md", allOutcomes()))
	for _, line := range strings.Split(text, "\n") {
		bare := regexp.MustCompile(`\\.`).ReplaceAllString(line, "")
		code := regexp.MustCompile("```[^`]+(``?[^`]+)*```").ReplaceAllString(bare, "")
		if strings.ContainsAny(code, "`<\x1b\u202e") {
			t.Errorf("not escaped: %q", line)
		}
		if columns := strings.Count(bare, "|"); strings.HasPrefix(line, "| ```e.") && columns != 7 && columns != 4 {
			t.Errorf("%d columns in %q", columns-1, line)
		}
	}
}

// A long report is cut and says so.
func TestMarkdownIsShort(t *testing.T) {
	t.Parallel()
	var cases []reports.Case
	for range 700 {
		cases = append(cases, reports.Case{ID: "case", Outcome: reports.OutcomeFail})
	}
	text := evilReport(t, ".md", cases)
	if len(text) > 64<<10 || !strings.Contains(string(text), "… and 650 more") {
		t.Errorf("%d bytes", len(text))
	}
}
