package main

import (
	"context"
	"fmt"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/reproduce"
	"github.com/assay-id/assay/tui"
	"github.com/assay-id/assay/verifier"
)

// Causes lists the documented causes with the recipes that reproduce them, and
// the recipes of errors without a code at the end.
func (e *engine) Causes() []tui.Cause {
	recipes := reproduce.Recipes()
	var all []tui.Cause
	for _, code := range scenarios.Codes() {
		for _, c := range verifier.Code(code).NamedCauses() {
			cause := tui.Cause{Code: code, Text: c.Text, Do: c.Do}
			for _, r := range recipes {
				if r.Diagnosed == c.Name {
					cause.Name = r.Name()
				}
			}
			all = append(all, cause)
		}
	}
	for _, r := range recipes {
		if verifier.Code(r.Code).NamedCauses() == nil {
			all = append(all, tui.Cause{Code: r.Code, Name: r.Name(), Text: r.Title})
		}
	}
	return all
}

// Reproduce plays a recipe.
func (e *engine) Reproduce(
	ctx context.Context, name string, step func(reports.ReproductionStep),
) (*reports.Reproduction, error) {
	recipes, err := reproduce.Choose(name)
	if err != nil {
		return nil, err
	}
	if len(recipes) != 1 {
		return nil, fmt.Errorf("%q is more than one cause", name)
	}
	return reproduce.Play(ctx, recipes[0], reproduce.Options{Step: step, Record: diagnosisRecord})
}
