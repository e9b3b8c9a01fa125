package html_test

import (
	"bytes"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/reports/html"
)

func TestMatrixGolden(t *testing.T) {
	t.Parallel()
	compareGolden(t, "matrix.html", matrixPage(t, "x"))
}

func TestMatrixEscapesHostileTexts(t *testing.T) {
	t.Parallel()
	_, want := body(matrixPage(t, "x"))
	for _, text := range hostile {
		checkTags(t, text, matrixPage(t, text), want)
	}
}

// matrixPage compares the recording of a run with streams that have text
// everywhere.
func matrixPage(t *testing.T, text string) string {
	t.Helper()
	recorded, err := reports.ReadMatrixRun("recorded", recorded(t, "run.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	runs := []*reports.MatrixRun{recorded}
	for _, outcome := range []reports.Outcome{reports.OutcomePass, reports.OutcomeFail, reports.OutcomeSkip} {
		run := &reports.MatrixRun{Name: "the " + string(outcome) + text}
		for _, r := range everywhere(text) {
			if r.Case != nil {
				c := *r.Case
				c.Outcome, c.Answer = outcome, &reports.Answer{Verdict: "reject", Reason: text, Subject: &text}
				c.Got = "reject, but " + text
				r.Case = &c
			}
			_ = run.Handle(r) // which never fails
		}
		runs = append(runs, run)
	}
	runs = append(runs, &reports.MatrixRun{Name: "broken" + text, Failure: "1" + text})
	var b bytes.Buffer
	if err := html.WriteMatrix(&b, reports.NewMatrix("1"+text, text, runs)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
