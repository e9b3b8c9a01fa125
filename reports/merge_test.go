package reports_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-id/assay/reports"
)

// part returns a recording with cases that are given as ID=OUTCOME; one without
// an outcome is planned only.
func part(name string, cases ...string) *reports.Recording {
	at := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	r := &reports.Recording{
		Name: name,
		Header: &reports.Header{
			SchemaVersion: 1, Command: reports.CommandRun, CatalogueVersion: "0.1", Seed: "7",
			Implementation: reports.Implementation{Name: "mine", Version: "1"}, StartedAt: at,
		},
		Footer: &reports.Footer{EndedAt: at.Add(time.Minute)},
	}
	for _, c := range cases {
		id, outcome, judged := strings.Cut(c, "=")
		r.Plan = append(r.Plan, reports.PlannedCase{ID: id, Title: "Case " + id, Group: "g", Level: reports.LevelMust})
		if judged {
			r.Cases = append(r.Cases, &reports.Case{ID: id, Group: "g", Level: reports.LevelMust, Outcome: reports.Outcome(outcome)})
		}
	}
	return r
}

func TestMergeIsAStream(t *testing.T) {
	t.Parallel()
	a, b := part("a", "x=pass", "y"), part("b", "y=fail", "z")
	a.Header.Shard, b.Header.Shard = "1/2", "2/2"
	b.Header.StartedAt = b.Header.StartedAt.Add(-time.Minute)
	a.Footer.Unused, b.Footer.Unused = []string{"both", "only a"}, []string{"both"}
	a.Footer.Coverage = &reports.Coverage{Stateless: reports.Share{All: 9, Fit: 4, Ran: 3}}
	b.Footer.Coverage = &reports.Coverage{Stateless: reports.Share{All: 1, Fit: 1, Ran: 1}, Stateful: reports.Share{All: 2}}
	b.Footer.Interrupted, b.Footer.EndedAt = true, b.Footer.EndedAt.Add(time.Minute)
	stream, missing, err := reports.Merge([]*reports.Recording{a, b})
	if err != nil || len(missing) > 0 {
		t.Fatal(missing, err)
	}
	var text bytes.Buffer
	w := reports.NewWriter(&text)
	for _, r := range stream {
		if err := w.Handle(r); err != nil {
			t.Fatal(err)
		}
	}
	var s reports.Summary
	if err := reports.Copy(&s, reports.Read(&text)); err != nil {
		t.Fatal(err)
	}
	if c := s.Footer.Coverage; c == nil || c.Stateless.String() != "4 of 5 that fit (80 %), 10 in all" || c.Stateful.String() != "none fits of 2" {
		t.Errorf("coverage is %+v", c)
	}
	want := "INTERRUPTED 3 cases: 1 passed, 1 failed, 1 not judged, 1 unused expectation in 3 m 00 s"
	if s.Line() != want || s.Header.Shard != "" || !slices.Equal(s.Footer.Unused, []string{"both"}) {
		t.Errorf("%q, shard %q, unused %q; want %q", s.Line(), s.Header.Shard, s.Footer.Unused, want)
	}
}

func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*reports.Recording)
		want   string
	}{
		{"another catalogue", func(r *reports.Recording) { r.Header.CatalogueVersion = "0.2" }, `catalogue of b is "0.2", want "0.1" as in a`},
		{"another version", func(r *reports.Recording) { r.Header.Implementation.Version = "2" }, `implementation of b is "mine 2", want "mine 1" as in a`},
		{"another policy file", func(r *reports.Recording) { r.Header.PolicyFile = &reports.PolicyFile{Name: "p.yaml"} }, `policy file of b is "p.yaml ()", want "" as in a`},
		{"another seed", func(r *reports.Recording) { r.Header.Seed = "8" }, `seed of b is "8", want "7" as in a`},
		{"a case twice", func(r *reports.Recording) { r.Cases[0].ID = "x" }, "case x is judged in a and in b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := part("b", "y=pass")
			tt.change(b)
			_, _, err := reports.Merge([]*reports.Recording{part("a", "x=pass"), b})
			if err == nil || err.Error() != tt.want {
				t.Errorf("Merge = %v, want %s", err, tt.want)
			}
		})
	}
}

// What is missing leaves the whole without a footer.
func TestMergeSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	a, b := part("a", "x=pass"), part("b", "y=pass")
	a.Header.Shard, b.Header.Shard, b.Footer = "1/4", "3/4", nil
	stream, missing, err := reports.Merge([]*reports.Recording{a, b})
	if want := []string{"shard 2/4", "shard 4/4", "the footer of b"}; err != nil || !slices.Equal(missing, want) {
		t.Errorf("missing %q, %v; want %q", missing, err, want)
	}
	if last := stream[len(stream)-1]; last.Kind != reports.KindCase {
		t.Errorf("the stream ends with a %s", last.Kind)
	}
	a.Header.Shard = "1/2000000000"
	if _, missing, _ := reports.Merge([]*reports.Recording{a}); len(missing) > 100 {
		t.Errorf("%d shards are missing", len(missing))
	}
}
