package main

import (
	"errors"
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
	flags.StringArrayVar(&f.catalog, "catalog", nil,
		"scenario `file` to use instead of the built-in catalogue; may be repeated")
	flags.StringSliceVar(&f.groups, "group", nil, "only scenarios of these `groups`")
	flags.StringSliceVar(&f.levels, "level", nil,
		"only scenarios of these `levels`: "+strings.Join(scenarios.Levels(), ", "))
	flags.StringSliceVar(&f.policies, "policy", nil,
		"only scenarios that apply to this `policy`: "+strings.Join(scenarios.Policies(), ", "))
	flags.StringSliceVar(&f.codes, "code", nil,
		"only scenarios that reproduce these documented error `codes`")
	flags.BoolVar(&f.smoke, "smoke", false, "only the small set to try first with a new adapter")
	flags.StringVar(&f.failedFrom, "failed-from", "",
		"only the cases that did not pass, or were not judged, in this recorded `stream` (--format jsonl)")
	flags.StringVar(&f.shard, "shard", "", "one `part` of the selection: 2/5 is the second of five"+autoHelp)
}

// choose returns the scenarios that patterns and flags select.
func (f *selectionFlags) choose(a *app, patterns []string) (list []*scenarios.Scenario, err error) {
	sel := scenarios.Selection{
		Patterns: patterns, Groups: f.groups, Levels: f.levels, Policies: f.policies, Codes: f.codes, Smoke: f.smoke,
	}
	if f.shard != "" {
		if f.shard, err = a.numbered("shard", f.shard); err != nil {
			return nil, err
		}
		if sel.Shard, err = scenarios.ParseShard(f.shard); err != nil {
			return nil, usage("--shard: %v", err)
		}
	}
	if f.failedFrom != "" {
		if sel.IDs, err = failedCases(f.failedFrom); err != nil {
			return nil, err
		}
	}
	c, err := openCatalogue(f.catalog)
	if err != nil {
		return nil, err
	}
	if list, err = c.Choose(sel); err != nil {
		return nil, usageHint(hintAt(err), "%v", err)
	}
	return list, nil
}

// hintAt suggests a fix for a selection that matches nothing.
func hintAt(err error) string {
	if missing, ok := errors.AsType[*scenarios.NoMatchError](err); ok && missing.Near != "" {
		return didYouMean(missing.Near, "assay list shows all scenarios")
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
// stream, or were not judged.
func failedCases(name string) ([]string, error) {
	file, err := intake.Open(name)
	if err != nil {
		return nil, usage("--failed-from: %v", err)
	}
	defer file.Close()
	var all unpassed
	err = reports.Copy(&all, reports.Read(file))
	ids := all.ids()
	switch {
	case err != nil && (len(ids) == 0 || !errors.Is(err, reports.ErrIncomplete)):
		return nil, usage("--failed-from: %s: %v", name, err)
	case len(ids) == 0:
		return nil, usage("--failed-from: no case failed in %s", name)
	}
	return ids, nil
}

// unpassed collects the cases of a stream that did not pass.
type unpassed struct {
	planned []reports.PlannedCase
	good    map[string]bool
}

// Handle adds r. It never returns an error.
func (u *unpassed) Handle(r reports.Record) error {
	switch {
	case r.Plan != nil:
		u.planned, u.good = r.Plan.Cases, make(map[string]bool)
	case r.Case != nil:
		u.good[r.Case.ID] = !r.Case.Outcome.Bad()
	}
	return nil
}

// Close does nothing and returns nil.
func (u *unpassed) Close() error { return nil }

func (u *unpassed) ids() []string {
	var ids []string
	for _, c := range u.planned {
		if !u.good[c.ID] {
			ids = append(ids, c.ID)
		}
	}
	return ids
}
