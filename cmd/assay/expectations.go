package main

import (
	"fmt"
	"os"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
)

// readExpectations reads the file named by --expectations. Without the flag it
// returns nil.
func readExpectations(name string) (*scenarios.Expectations, error) {
	if name == "" {
		return nil, nil
	}
	text, err := intake.ReadFile(name, intake.MaxYAML)
	if err != nil {
		return nil, usage("--expectations: %v", err)
	}
	e, err := scenarios.ParseExpectations(name, text)
	if err != nil {
		return nil, &exitError{code: exitUsage, err: err}
	}
	return e, nil
}

// writeExpectations writes the file named by --write-expectations.
func (a *app) writeExpectations(name string, e *scenarios.Expectations) error {
	text, err := e.Marshal()
	if err != nil {
		return err
	}
	if err := os.WriteFile(name, text, 0o644); err != nil {
		return fmt.Errorf("--write-expectations: %w", err)
	}
	fmt.Fprintf(a.stderr, "assay: wrote %s: %d known-failing, %d flaky, %d skipped\n",
		name, len(e.KnownFailing), len(e.Flaky), len(e.Skip))
	return nil
}

// caseIndex is a reports.Handler that keeps the results of a stream by ID.
type caseIndex map[string]*reports.Case

func (i caseIndex) Handle(r reports.Record) error {
	if r.Kind == reports.KindCase {
		i[r.Case.ID] = r.Case
	}
	return nil
}

func (i caseIndex) Close() error { return nil }
