package stream_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/bench/stream"
)

func TestStreamHasItsFrame(t *testing.T) {
	t.Parallel()
	var got []reports.Record
	emit := func(r reports.Record) error {
		got = append(got, r)
		return nil
	}
	s, err := stream.Open(reports.Header{Command: "load", Tool: "assay", Seed: "x"}, 0x7f3a, emit)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		s.Progress(reports.Progress{Done: 1, Total: 2, Message: "half"}),
		s.Sample(reports.Sample{Series: "load"}),
		s.Close(&reports.Footer{Interrupted: true}),
	); err != nil {
		t.Fatal(err)
	}
	kinds := ""
	for _, r := range got {
		kinds += string(r.Kind) + " "
	}
	if kinds != "header plan progress sample footer " {
		t.Fatalf("the records are %s", kinds)
	}
	h := got[0].Header
	if h.SchemaVersion != reports.SchemaVersion || h.Tool != "assay" || h.Command != "load" || h.Seed != "7f3a" || h.Policy != "char" ||
		h.Implementation.Name != "builtin" || h.Host.GOMAXPROCS != runtime.GOMAXPROCS(0) || h.StartedAt.IsZero() {
		t.Errorf("Header = %+v", h)
	}
	if got[1].Plan.Cases == nil {
		t.Error("the plan has no list of cases, want an empty one: JSON has null for none")
	}
	if p, s := got[2].Progress, got[3].Sample; p.Done != 1 || p.Message != "half" || s.Series != "load" {
		t.Errorf("Progress = %+v, Sample = %+v", p, s)
	}
	if f := got[4].Footer; !f.Interrupted || f.EndedAt.Before(h.StartedAt) || f.DurationSeconds < 0 {
		t.Errorf("Footer = %+v", f)
	}
}

func TestOpenKeepsTheImplementation(t *testing.T) {
	t.Parallel()
	given := reports.Implementation{Name: "https://id.example/verify"}
	_, err := stream.Open(reports.Header{Implementation: given}, 1, func(r reports.Record) error {
		if r.Kind == reports.KindHeader && r.Header.Implementation.Name != given.Name {
			return fmt.Errorf("the implementation is %q, want %q", r.Header.Implementation.Name, given.Name)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestOpenReportsErrors(t *testing.T) {
	t.Parallel()
	closed := errors.New("broken pipe")
	for _, kind := range []reports.Kind{reports.KindHeader, reports.KindPlan} {
		_, err := stream.Open(reports.Header{}, 1, func(r reports.Record) error {
			if r.Kind == kind {
				return closed
			}
			return nil
		})
		if !errors.Is(err, closed) {
			t.Errorf("Open that cannot emit a %s = %v, want %v", kind, err, closed)
		}
	}
}

func ExampleOpen() {
	emit := func(r reports.Record) error {
		fmt.Println(r.Kind)
		return nil
	}
	s, err := stream.Open(reports.Header{Command: "bench"}, 42, emit)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := s.Close(&reports.Footer{}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// header
	// plan
	// footer
}
