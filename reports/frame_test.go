package reports_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/assay-id/assay/reports"
)

func TestFrame(t *testing.T) {
	t.Parallel()
	var got []reports.Record
	emit := func(r reports.Record) error {
		got = append(got, r)
		return nil
	}
	f, err := reports.Begin(reports.Header{Command: reports.CommandLoad, Tool: "assay", Seed: "7f3a"}, reports.Plan{}, emit)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		f.Progress(reports.Progress{Done: 1, Total: 2, Message: "half"}),
		f.Sample(reports.Sample{Series: "load"}),
		f.Case(reports.Case{ID: "aud.string"}),
		f.End(&reports.Footer{Interrupted: true}),
	); err != nil {
		t.Fatal(err)
	}
	kinds := ""
	for _, r := range got {
		kinds += string(r.Kind) + " "
	}
	if kinds != "header plan progress sample case footer " {
		t.Fatalf("the records are %s", kinds)
	}
	h := got[0].Header
	if h.SchemaVersion != reports.SchemaVersion || h.Tool != "assay" || h.Command != reports.CommandLoad || h.Seed != "7f3a" || h.StartedAt.IsZero() {
		t.Errorf("Header = %+v", h)
	}
	if got[1].Plan.Cases == nil {
		t.Error("the plan has no list of cases, want an empty one: JSON has null for none")
	}
	if f := got[5].Footer; !f.Interrupted || f.EndedAt.Before(h.StartedAt) || f.DurationSeconds < 0 {
		t.Errorf("Footer = %+v", f)
	}
}

func TestBeginReportsErrors(t *testing.T) {
	t.Parallel()
	closed := errors.New("broken pipe")
	for _, kind := range []reports.Kind{reports.KindHeader, reports.KindPlan} {
		_, err := reports.Begin(reports.Header{}, reports.Plan{}, func(r reports.Record) error {
			if r.Kind == kind {
				return closed
			}
			return nil
		})
		if !errors.Is(err, closed) {
			t.Errorf("Begin that cannot emit a %s = %v, want %v", kind, err, closed)
		}
	}
}

func ExampleBegin() {
	emit := func(r reports.Record) error {
		fmt.Println(r.Kind)
		return nil
	}
	f, err := reports.Begin(reports.Header{Command: reports.CommandBench}, reports.Plan{}, emit)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := f.End(&reports.Footer{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// header
	// plan
	// footer
}
