package reports_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/assay-id/assay/reports"
)

func TestJUnitGolden(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"run", "incomplete", "bench", "load"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			err := reports.Copy(reports.NewJUnit(&b), recorded(t, name+".jsonl"))
			if err != nil && !errors.Is(err, reports.ErrIncomplete) {
				t.Fatal(err)
			}
			for _, problem := range checkJUnit(b.Bytes()) {
				t.Error(problem)
			}
			golden(t, name+".xml", b.Bytes())
		})
	}
}

func TestJUnitCountsWhatIsNotGreen(t *testing.T) {
	t.Parallel()
	tests := []struct {
		stream                           string
		tests, failures, errors, skipped int
	}{
		{"run.jsonl", 41, 6, 1, 3},
		{"incomplete.jsonl", 42, 1, 21, 0},
		{"bench.jsonl", 7, 1, 0, 0},
		{"load.jsonl", 5, 1, 3, 0},
	}
	for _, tt := range tests {
		t.Run(tt.stream, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			if err := reports.Copy(reports.NewJUnit(&b), recorded(t, tt.stream)); err != nil && !errors.Is(err, reports.ErrIncomplete) {
				t.Fatal(err)
			}
			var report element
			if err := xml.Unmarshal(b.Bytes(), &report); err != nil {
				t.Fatal(err)
			}
			got := [4]int{report.count("testcase"), report.count("failure"), report.count("error"), report.count("skipped")}
			if want := [4]int{tt.tests, tt.failures, tt.errors, tt.skipped}; got != want {
				t.Errorf("tests, failures, errors, skipped = %v, want %v", got, want)
			}
		})
	}
}

// The schema is that of Jenkins's xUnit plugin, as far as a report uses it. It
// has no skipped on testsuites, and no file and line on a testcase.
func TestJUnitSatisfiesTheSchemaOfJenkins(t *testing.T) {
	t.Parallel()
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed: Debian has it in libxml2-utils")
	}
	validate := func(name string) ([]byte, error) {
		return exec.Command(xmllint, "--noout", "--nonet", "--schema", "testdata/junit-10.xsd", name).CombinedOutput()
	}
	for _, name := range []string{"run", "incomplete", "bench", "load"} {
		if out, err := validate("testdata/" + name + ".xml"); err != nil {
			t.Errorf("%s.xml: %v\n%s", name, err, out)
		}
	}
	wrong := filepath.Join(t.TempDir(), "wrong.xml")
	if err := os.WriteFile(wrong, []byte(`<testsuites skipped="1"/>`), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := validate(wrong); err == nil {
		t.Errorf("the schema accepts an unknown attribute: %s", out)
	}
}

// What XML cannot carry is replaced so that a reader sees it.
func TestJUnitCarriesControlCharacters(t *testing.T) {
	t.Parallel()
	evil := "a\x00b\x1b[31m\ufffe]]>&<\"'\n"
	var b bytes.Buffer
	j := reports.NewJUnit(&b)
	for _, r := range []reports.Record{
		{Kind: reports.KindHeader, Header: &reports.Header{SchemaVersion: 1, Command: "run", Seed: evil}},
		{Kind: reports.KindPlan, Plan: &reports.Plan{Cases: []reports.PlannedCase{{ID: evil, Group: evil, Level: reports.LevelMust}}}},
		{Kind: reports.KindCase, Case: &reports.Case{ID: evil, Group: evil, Title: evil, Level: reports.LevelMust, Outcome: reports.OutcomeFail, Want: evil, Got: evil}},
	} {
		if err := j.Handle(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for _, problem := range checkJUnit(b.Bytes()) {
		t.Error(problem)
	}
	if strings.ContainsRune(b.String(), '\ufffd') {
		t.Errorf("a character was lost:\n%s", b.String())
	}
	var report element
	if err := xml.Unmarshal(b.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	want := `a\x00b\x1b[31m\ufffe]]>&<"'\n`
	if got := report.Children[0].Attr("name"); got != want {
		t.Errorf("the group reads %q, want %q", got, want)
	}
}

// element is any element of a document.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []element  `xml:",any"`
	Text     string     `xml:",chardata"`
}

func (e *element) Attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// count returns how many elements called name are in e.
func (e *element) count(name string) int {
	n := 0
	for i := range e.Children {
		if e.Children[i].XMLName.Local == name {
			n++
		}
		n += e.Children[i].count(name)
	}
	return n
}

// junitRule is what the JUnit schema that Jenkins and GitLab read says of one
// element: attributes that must be there and that may be, children in order.
type junitRule struct {
	required, optional []string
	children           []string
}

func junitRules() map[string]junitRule {
	problem := junitRule{optional: []string{"message", "type"}}
	return map[string]junitRule{
		"testsuites": {optional: []string{"name", "time", "tests", "failures", "errors", "disabled"}, children: []string{"testsuite"}},
		"testsuite": {
			required: []string{"name", "tests"},
			optional: []string{"failures", "errors", "skipped", "disabled", "time", "timestamp", "hostname", "id", "package", "file"},
			children: []string{"properties", "testcase", "system-out", "system-err"},
		},
		"properties": {children: []string{"property"}},
		"property":   {required: []string{"name", "value"}},
		"testcase": {
			required: []string{"name"}, optional: []string{"classname", "time"},
			children: []string{"skipped", "error", "failure", "system-out", "system-err"},
		},
		"failure": problem, "error": problem,
		"skipped": {optional: []string{"message"}},
	}
}

// checkJUnit returns what a schema validator would say of a report, and where
// its counts do not agree with its children.
func checkJUnit(doc []byte) []string {
	var root element
	dec := xml.NewDecoder(bytes.NewReader(doc))
	if err := dec.Decode(&root); err != nil {
		return []string{err.Error()}
	}
	var problems []string
	if rest := bytes.TrimSpace(doc[dec.InputOffset():]); len(rest) > 0 {
		problems = append(problems, fmt.Sprintf("%q follows the document", rest))
	}
	if root.XMLName.Local != "testsuites" {
		problems = append(problems, "the root is "+root.XMLName.Local)
	}
	checkElement(&root, junitRules(), &problems)
	return problems
}

func checkElement(e *element, rules map[string]junitRule, problems *[]string) {
	name := e.XMLName.Local
	report := func(format string, args ...any) {
		*problems = append(*problems, name+" "+e.Attr("name")+": "+fmt.Sprintf(format, args...))
	}
	rule, ok := rules[name]
	if !ok {
		report("no such element")
		return
	}
	for _, want := range rule.required {
		if !slices.ContainsFunc(e.Attrs, func(a xml.Attr) bool { return a.Name.Local == want }) {
			report("lacks the attribute %s", want)
		}
	}
	for _, a := range e.Attrs {
		if !slices.Contains(rule.required, a.Name.Local) && !slices.Contains(rule.optional, a.Name.Local) {
			report("has the attribute %s", a.Name.Local)
		}
		if a.Name.Local == "time" {
			if seconds, err := strconv.ParseFloat(a.Value, 64); err != nil || seconds < 0 {
				report("time is %q", a.Value)
			}
		}
	}
	at := 0
	for i := range e.Children {
		child := e.Children[i].XMLName.Local
		next := slices.Index(rule.children, child)
		if next < at {
			report("%s is not allowed here", child)
		}
		at = max(at, next)
		checkElement(&e.Children[i], rules, problems)
	}
	for attr, child := range map[string]string{"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"} {
		if v := e.Attr(attr); v != "" && v != strconv.Itoa(e.count(child)) {
			report("%s=%q, and it holds %d", attr, v, e.count(child))
		}
	}
	if name == "testcase" && e.count("failure")+e.count("error")+e.count("skipped") > 1 {
		report("has more than one outcome")
	}
}

// The check must be able to fail.
func TestCheckJUnitFindsFaults(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, doc, want string }{
		{"an unknown element", `<testsuites><suite/></testsuites>`, "suite is not allowed here"},
		{"a missing attribute", `<testsuites><testsuite name="a"/></testsuites>`, "lacks the attribute tests"},
		{"an unknown attribute", `<testsuites><testsuite name="a" tests="0" passed="1"/></testsuites>`, "has the attribute passed"},
		{"a wrong count", `<testsuites><testsuite name="a" tests="2"><testcase name="b"/></testsuite></testsuites>`, `tests="2", and it holds 1`},
		{"a wrong order", `<testsuites><testsuite name="a" tests="1"><testcase name="b"/><properties/></testsuite></testsuites>`, "properties is not allowed here"},
		{"two outcomes", `<testsuites><testsuite name="a" tests="1"><testcase name="b"><error/><failure/></testcase></testsuite></testsuites>`, "more than one outcome"},
		{"a time that is none", `<testsuites time="1,5"></testsuites>`, `time is "1,5"`},
		{"no XML", `<testsuites>`, "EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := strings.Join(checkJUnit([]byte(tt.doc)), "\n"); !strings.Contains(got, tt.want) {
				t.Errorf("checkJUnit = %q, want %q in it", got, tt.want)
			}
		})
	}
}
