package reports_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/assay-id/assay/reports"
)

func TestDiffClassifies(t *testing.T) {
	t.Parallel()
	tests := []struct{ old, new, want string }{
		{"=pass", "=pass", ""},
		{"=pass", "=fail", "worse pass fail"},
		{"=pass", "=hang", "worse pass hang"},
		{"=pass", "=known", "worse pass known"},
		{"=pass", "=skip", "worse pass skip"},
		{"=pass", "=invalid", "worse pass invalid"},
		{"=pass", "", "worse pass not judged"},
		{"=fixed", "=fail", "worse fixed fail"},
		{"=skip", "=crash", "worse skip crash"},
		{"", "=fail", "worse not judged fail"},
		{"=fail", "=crash", "other fail crash"},
		{"=fail", "=known", "other fail known"},
		{"=fail", "=error", "other fail error"},
		{"=fail", "", "other fail not judged"},
		{"=skip", "=adapter", "other skip adapter"},
		{"=known", "=fixed", "better known fixed"},
		{"=skip", "=pass", "better skip pass"},
		{"", "=pass", "better not judged pass"},
		{"", "", ""},
	}
	for _, tt := range tests {
		d := reports.Diff(part("a", "x"+tt.old), part("b", "x"+tt.new))
		got := ""
		for _, c := range d.Cases {
			got = fmt.Sprintf("%s %s %s", c.Change, c.Old, c.New)
		}
		if got != tt.want || d.Same+len(d.Cases) != 1 {
			t.Errorf("Diff(%q, %q) = %q, %d the same; want %q", tt.old, tt.new, got, d.Same, tt.want)
		}
	}
}

// A right verdict whose reason became another one is neither worse nor better.
func TestDiffShowsReasons(t *testing.T) {
	t.Parallel()
	after := part("b", "x=pass")
	after.Cases[0].ReasonDiffers = true
	d := reports.Diff(part("a", "x=pass"), after)
	if len(d.Cases) != 1 || d.Cases[0].Change != reports.ChangeOther || d.Cases[0].New != "pass, another reason" {
		t.Errorf("Diff = %+v", d.Cases)
	}
}

func TestDiffGolden(t *testing.T) {
	t.Parallel()
	before := part("old.jsonl", "same=pass", "late=fail", "broken=pass", "other=fail", "gone=fail", "gone.2")
	after := part("new.jsonl", "fresh=fail", "same=pass", "broken=fail", "other=hang", "late=pass", "fresh.2")
	after.Footer = nil
	after.Cases[2].Title, after.Cases[2].Want, after.Cases[2].Got = evil, evil, evil
	after.Cases[2].Repeat = "assay run broken --seed 7"
	d := reports.Diff(before, after)
	var text, markdown, json bytes.Buffer
	for _, err := range []error{d.Text(&text, false), d.Markdown(&markdown), d.JSON(&json)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "diff.txt", text.Bytes())
	golden(t, "diff.md", markdown.Bytes())
	golden(t, "diff.json", json.Bytes())
}

// A long table is cut and says so.
func TestDiffMarkdownIsShort(t *testing.T) {
	t.Parallel()
	var before, after []string
	for i := range 60 {
		before, after = append(before, fmt.Sprintf("x%d=pass", i)), append(after, fmt.Sprintf("x%d=fail", i))
	}
	var b bytes.Buffer
	if err := reports.Diff(part("a", before...), part("b", after...)).Markdown(&b); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); strings.Count(text, "pass -") != 50 || !strings.Contains(text, "| … and 10 more |") {
		t.Error(text)
	}
}
