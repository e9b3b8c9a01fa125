package run

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/scenarios"
)

func TestTemplateFuncsAreThoseOfTheFormat(t *testing.T) {
	t.Parallel()
	c := &caseRun{}
	got := slices.Sorted(maps.Keys(c.funcs(scope{})))
	want := slices.Sorted(maps.Keys(scenarios.TemplateFuncs()))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("functions (-documented +provided):\n%s", diff)
	}
}
