package reproduce_test

import (
	"context"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/reproduce"
)

// find returns the texts of the steps of a phase.
func find(r *reports.Reproduction, phase reports.Phase) []string {
	var texts []string
	for _, s := range r.Steps {
		if s.Phase == phase {
			texts = append(texts, s.Text)
		}
	}
	return texts
}

// Every documented cause still happens, is explained, and is repaired by the
// documented fix.
func TestEveryRecipe(t *testing.T) {
	t.Parallel()
	for _, recipe := range reproduce.Recipes() {
		t.Run(recipe.Name(), func(t *testing.T) {
			t.Parallel()
			var live []reports.ReproductionStep
			r, err := reproduce.Play(t.Context(), recipe, reproduce.Options{
				Step: func(s reports.ReproductionStep) { live = append(live, s) },
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.Steps, live); diff != "" {
				t.Errorf("the steps that were shown are others (-recorded +shown):\n%s", diff)
			}
			for _, s := range r.Steps {
				t.Logf("%s: %s", s.Phase, s.Text)
				if !s.OK {
					t.Errorf("%s: %s; want %s", s.Phase, s.Text, s.Want)
				}
			}
			if !r.OK && !t.Failed() {
				t.Error("the recipe is not OK, and every step is")
			}
			for _, phase := range []reports.Phase{reports.PhaseSetUp, reports.PhaseError, reports.PhaseWhy, reports.PhaseFix, reports.PhaseSuccess} {
				if len(find(r, phase)) == 0 {
					t.Errorf("there is no step %q", phase)
				}
			}
			if last := r.Steps[len(r.Steps)-1]; last.Phase != reports.PhaseSuccess {
				t.Errorf("it ends with %q, want success", last.Phase)
			}
		})
	}
}

// The lines for a shell bring the same errors and the same success again.
func TestAgain(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"sh", "curl", "sed", "tr"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("the lines need %s: %v", program, err)
		}
	}
	for _, name := range []string{"INVALID_ISSUER/https", "INVALID_AUDIENCE/access-token", "JWKS_FETCH_FAILED/url", "REFRESH/offline-access", "REFRESH/storage", "TOKEN_EXPIRED/session"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list, err := reproduce.Choose(name)
			if err != nil {
				t.Fatal(err)
			}
			ctx, end := context.WithCancel(t.Context())
			defer end()
			_, err = reproduce.Play(ctx, list[0], reproduce.Options{Keep: true, Shown: func(r *reports.Reproduction) error {
				defer end()
				lines := slices.DeleteFunc(slices.Clone(r.Again), func(line string) bool { return strings.HasPrefix(line, "assay ") })
				out, err := exec.CommandContext(ctx, "sh", "-c", strings.Join(lines, "\n")).CombinedOutput()
				if err != nil {
					t.Errorf("%v: %s", err, out)
				}
				if !strings.Contains(string(out), `"verdict":"accept"`) {
					t.Errorf("nothing is accepted: %s", out)
				}
				for _, text := range find(r, reports.PhaseError) {
					for _, code := range errorCode.FindAllString(text, -1) {
						if !strings.Contains(string(out), code) {
							t.Errorf("the error %s did not come again: %s", code, out)
						}
					}
				}
				return nil
			}})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// errorCode finds what an answer says.
var errorCode = regexp.MustCompile(`"(code|error)":"[A-Za-z_]+"`)

func TestChoose(t *testing.T) {
	t.Parallel()
	tests := []struct {
		patterns []string
		want     string // names, joined by spaces; or a part of the error
	}{
		{[]string{"INVALID_ISSUER"}, "INVALID_ISSUER/exact INVALID_ISSUER/https INVALID_ISSUER/environment"},
		{[]string{"refresh/secret"}, "REFRESH/secret"},
		{[]string{"*/environment", "INVALID_ISSUER/environment"}, "INVALID_ISSUER/environment INVALID_AUDIENCE/environment"},
		{[]string{"INVALID_TOKEN"}, `no documented cause is called "INVALID_TOKEN"`},
		{[]string{"["}, "syntax error"},
	}
	for _, tt := range tests {
		list, err := reproduce.Choose(tt.patterns...)
		var names []string
		for _, r := range list {
			names = append(names, r.Name())
		}
		got := strings.Join(names, " ")
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, tt.want) || err == nil && got != tt.want {
			t.Errorf("Choose(%v) = %s, want %s", tt.patterns, got, tt.want)
		}
	}
	all, err := reproduce.Choose()
	if err != nil || len(all) != 15 {
		t.Errorf("Choose() = %d recipes, %v; want 15", len(all), err)
	}
	if slices.ContainsFunc(all, func(r reproduce.Recipe) bool { return r.Title == "" }) {
		t.Error("a recipe has no title")
	}
}
