package run

import (
	"slices"
	"testing"

	"github.com/assay-id/assay/scenarios"
)

func TestEveryKindOfStepHasAnAction(t *testing.T) {
	t.Parallel()
	kinds := scenarios.Kinds()
	for _, k := range kinds {
		if !slices.ContainsFunc(actions(), func(a action) bool { return a.takes(k) }) {
			t.Errorf("nothing carries out the step %s", scenarios.Step{Kind: k}.Key())
		}
	}
	if got, want := len(actions()), len(kinds); got != want {
		t.Errorf("there are %d actions, want %d, one for each kind", got, want)
	}
}
