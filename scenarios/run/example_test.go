package run_test

import (
	"context"
	"fmt"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
)

// Run judges the production verifier by one scenario.
func ExampleRun() {
	catalogue, err := scenarios.Builtin()
	if err != nil {
		fmt.Println(err)
		return
	}
	list, err := catalogue.Select("aud.suffix-char")
	if err != nil {
		fmt.Println(err)
		return
	}
	options := run.Options{Scenarios: list, Implementation: implementations.Builtin(), Seed: 1}
	_, err = run.Run(context.Background(), options, func(r reports.Record) error {
		if r.Case != nil {
			fmt.Printf("%s: want %s, got %s: %s\n", r.Case.ID, r.Case.Want, r.Case.Got, r.Case.Outcome)
		}
		return nil
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: aud.suffix-char: want reject INVALID_AUDIENCE, got reject INVALID_AUDIENCE: pass
}
