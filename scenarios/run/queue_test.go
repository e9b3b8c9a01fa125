package run_test

import (
	"slices"
	"testing"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
)

// A case that measures memory waits until all others have ended, so it must not
// come between them.
func TestCasesThatMeasureComeLast(t *testing.T) {
	t.Parallel()
	group, err := scenarios.Parse("order.yaml", []byte(`
group: order
title: Cases in an order
cause: none
advice: none
cases:
  - { id: order.memory, title: It measures, level: info, spec: [CWE-400], needs: [api], memory: 1GiB, expect: accept }
  - { id: order.first, title: It is a plain one, level: info, spec: [CWE-400], expect: accept }
  - { id: order.second, title: It is another one, level: info, spec: [CWE-400], expect: accept }
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	opts := run.Options{Scenarios: group.Cases, Implementation: implementations.Builtin(), Seed: 1, Jobs: 1}
	_, err = run.Run(t.Context(), opts, func(r reports.Record) error {
		if r.Case != nil {
			got = append(got, r.Case.ID)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"order.first", "order.second", "order.memory"}; !slices.Equal(got, want) {
		t.Errorf("the cases ran in the order %q, want %q", got, want)
	}
}
