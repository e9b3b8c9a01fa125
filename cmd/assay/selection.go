package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
)

// selectionFlags select the scenarios that a command works on.
type selectionFlags struct {
	catalog    []string
	groups     []string
	levels     []string
	policies   []string
	codes      []string
	smoke      bool
	failedFrom string
	shard      string
}

func (f *selectionFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.catalog, "catalog", nil, "scenario `file` to use instead of the built-in catalogue; may be repeated")
	flags.StringSliceVar(&f.groups, "group", nil, "only scenarios of these `groups`")
	flags.StringSliceVar(&f.levels, "level", nil, "only scenarios of these `levels`: "+strings.Join(scenarios.Levels(), ", "))
	flags.StringSliceVar(&f.policies, "policy", nil, "only scenarios that apply to this `policy`: "+strings.Join(scenarios.Policies(), ", "))
	flags.StringSliceVar(&f.codes, "code", nil, "only scenarios that reproduce these documented error `codes`")
	flags.BoolVar(&f.smoke, "smoke", false, "only the small set to try first with a new adapter")
	flags.StringVar(&f.failedFrom, "failed-from", "", "only the cases that did not pass in this recorded `stream` (--format jsonl)")
	flags.StringVar(&f.shard, "shard", "", "one `part` of the selection: 2/5 is the second of five")
}

// choose returns the catalogue and the scenarios that patterns and flags
// select from it.
func (f *selectionFlags) choose(patterns []string) (*scenarios.Catalogue, []*scenarios.Scenario, error) {
	c, err := openCatalogue(f.catalog)
	if err != nil {
		return nil, nil, err
	}
	sel := scenarios.Selection{
		Patterns: patterns, Groups: f.groups, Levels: f.levels, Policies: f.policies, Codes: f.codes, Smoke: f.smoke,
	}
	if f.shard != "" {
		if sel.Shard, err = scenarios.ParseShard(f.shard); err != nil {
			return nil, nil, usage("--shard: %v", err)
		}
	}
	if f.failedFrom != "" {
		if sel.IDs, err = failedCases(f.failedFrom); err != nil {
			return nil, nil, err
		}
	}
	list, err := c.Choose(sel)
	if err != nil {
		return nil, nil, usageHint(hintAt(err), "%v", err)
	}
	return c, list, nil
}

// hintAt suggests a fix for a selection that matches nothing.
func hintAt(err error) string {
	if missing, ok := errors.AsType[*scenarios.NoMatchError](err); ok && missing.Near != "" {
		return fmt.Sprintf("did you mean %s? assay list shows all scenarios", missing.Near)
	}
	return "assay list shows all scenarios, and accepts the same patterns and flags"
}

// openCatalogue returns the catalogue in files, or the built-in one if there
// are none.
func openCatalogue(files []string) (*scenarios.Catalogue, error) {
	if len(files) == 0 {
		return scenarios.Builtin()
	}
	c, err := scenarios.FromFiles(files...)
	if err != nil {
		return nil, &exitError{code: exitUsage, err: err}
	}
	return c, nil
}

// failedCases returns the IDs of the cases that did not pass in a recorded
// stream.
func failedCases(name string) ([]string, error) {
	file, err := intake.Open(name)
	if err != nil {
		return nil, usage("--failed-from: %v", err)
	}
	defer file.Close()
	var summary reports.Summary
	if err := reports.Copy(&summary, reports.Read(file)); err != nil && !errors.Is(err, reports.ErrIncomplete) {
		return nil, usage("--failed-from: %s: %v", name, err)
	}
	if len(summary.Bad) == 0 {
		return nil, usage("--failed-from: no case failed in %s", name)
	}
	ids := make([]string, len(summary.Bad))
	for i, c := range summary.Bad {
		ids[i] = c.ID
	}
	return ids, nil
}
