package scenarios_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/scenarios"
)

// The explanations come from schema.json, which editors read, so the schema has
// every kind of step and no other.
func TestEveryKindOfStepIsExplained(t *testing.T) {
	t.Parallel()
	kinds, err := scenarios.StepKinds()
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, k := range kinds {
		got = append(got, k.Key)
		if k.Means == "" {
			t.Errorf("the step %s has no description in schema.json", k.Key)
		}
		for _, field := range k.Fields {
			if field.Means == "" {
				t.Errorf("%s of the step %s has no description in schema.json", field.Key, k.Key)
			}
		}
	}
	for _, k := range scenarios.Kinds() {
		want = append(want, scenarios.Step{Kind: k}.Key())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kinds of step (-want +got):\n%s", diff)
	}
}

func TestAllStepsDescendsIntoTogether(t *testing.T) {
	t.Parallel()
	g, err := scenarios.Parse("x.yaml", []byte(`
group: x
title: Steps
cases:
  - id: x.steps
    title: Steps inside together
    level: must
    needs: [idp, api]
    spec: [RFC 7519 §4.1.4]
    steps:
      - mint: { as: token }
      - together:
          - - verify: { token: token, within: 1s, expect: accept }
            - advance: 1s
          - - assert: { goroutines: "0" }
      - assert: { jwks_requests: "1" }
`))
	if err != nil {
		t.Fatal(err)
	}
	s := g.Cases[0]
	var got []string
	for path, step := range s.AllSteps() {
		got = append(got, strings.Join(path, ".")+" "+step.Key())
	}
	want := []string{
		"steps.0 mint", "steps.1 together", "steps.1.together.0.0 verify", "steps.1.together.0.1 advance",
		"steps.1.together.1.0 assert", "steps.2 assert",
	}
	if !slices.Equal(got, want) {
		t.Errorf("AllSteps = %q, want %q", got, want)
	}
	if !s.Timed() || !s.CountsGoroutines() || s.MeasuresMemory() {
		t.Errorf("Timed, CountsGoroutines, MeasuresMemory = %v, %v, %v, want true, true, false",
			s.Timed(), s.CountsGoroutines(), s.MeasuresMemory())
	}
	for range s.AllSteps() {
		break // stops in the middle
	}
}
