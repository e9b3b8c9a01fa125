package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/reproduce"
)

// reproduceFlags are the flags of assay reproduce.
type reproduceFlags struct {
	opts   reproduce.Options
	seed   string
	asJSON bool
	color  string
}

func (a *app) reproduceCommand() *cobra.Command {
	var f reproduceFlags
	cmd := &cobra.Command{
		Use:   "reproduce [CODE[/CAUSE]...]",
		Short: "Make a troubleshooting error happen, explain it and repair it",
		Long: `Make a troubleshooting error happen, explain it and repair it.

For each documented cause it sets up a mock environment and an application, lets
a user sign in over HTTP, shows the error as the application gets it and why it
came, applies the documented fix and shows that it helps.

An argument is a code, such as INVALID_ISSUER or REFRESH, a code and a cause, or
a pattern such as '*/environment'. Without one all causes are reproduced. assay
reproduce list shows them.

--keep leaves the environment and the applications of one cause running until an
interrupt, and prints the commands that repeat it by hand. The exit code is 3 if
something differed from the documentation.`,
		Example: `  assay reproduce INVALID_ISSUER
  assay reproduce INVALID_AUDIENCE/access-token --keep
  assay reproduce --json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.reproduce(cmd.Context(), f, args)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.opts.Keep, "keep", false,
		"leave the environment of one cause running, and print commands to repeat it by hand")
	flags.StringVar(&f.seed, "seed", "", "derive keys and IDs from this `seed`; random if empty")
	flags.BoolVar(&f.asJSON, "json", false, "print a JSON object for each cause, one per line")
	flags.StringVar(&f.color, "color", "auto", colorHelp)
	cmd.AddCommand(command("list", "List the causes", 0, 0, func(*cobra.Command, []string) error {
		return a.listRecipes()
	}))
	return cmd
}

func (a *app) listRecipes() error {
	var b strings.Builder
	for _, r := range reproduce.Recipes() {
		fmt.Fprintf(&b, "%-29s  %s\n", r.Name(), r.Title)
	}
	return a.print(b.String())
}

func (a *app) reproduce(ctx context.Context, f reproduceFlags, patterns []string) error {
	list, err := reproduce.Choose(patterns...)
	if err != nil {
		return usageHint(hintNearCause(patterns), "%v", err)
	}
	if f.opts.Keep && len(list) != 1 {
		return usageHint("assay reproduce INVALID_ISSUER/exact --keep",
			"--keep is for one cause, and %d are selected", len(list))
	}
	colored, err := a.colored(f.color)
	if err != nil {
		return err
	}
	if f.opts.Seed, err = parseSeed(f.seed); err != nil {
		return err
	}
	show := func(r *reports.Reproduction) error { return a.printReproduction(r, f.asJSON, colored) }
	f.opts.Shown, f.opts.Record = show, diagnosisRecord
	failed := 0
	for _, recipe := range list {
		r, err := reproduce.Play(ctx, recipe, f.opts)
		if err != nil {
			return err
		}
		if !r.OK {
			failed++
		}
		if f.opts.Keep {
			break // it has been shown
		}
		if err := show(r); err != nil {
			return err
		}
	}
	if failed > 0 {
		return &exitError{code: exitNonconform}
	}
	return nil
}

// hintNearCause suggests a fix for a pattern that matches no cause.
func hintNearCause(patterns []string) string {
	const hint = "assay reproduce list shows the causes"
	var names []string
	for _, r := range reproduce.Recipes() {
		names = append(names, r.Code, r.Name())
	}
	for _, pattern := range patterns {
		if _, err := reproduce.Choose(pattern); err != nil {
			return hintNear(hint, pattern, names)
		}
	}
	return hint
}

func (a *app) printReproduction(r *reports.Reproduction, asJSON, colored bool) error {
	if !asJSON {
		return reports.WriteReproduction(a.stdout, r, colored)
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return a.print(string(text) + "\n")
}
