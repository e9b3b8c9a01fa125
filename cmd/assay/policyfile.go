package main

import (
	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/scenarios"
)

// readChoices reads the file named by --policy-file. Without the flag it
// returns nil.
func readChoices(name string) (*scenarios.Choices, error) {
	if name == "" {
		return nil, nil
	}
	text, err := intake.ReadFile(name, intake.MaxYAML)
	if err != nil {
		return nil, usage("--policy-file: %v", err)
	}
	choices, err := scenarios.ParseChoices(name, text)
	if err != nil {
		return nil, &exitError{code: exitUsage, err: err}
	}
	return choices, nil
}
