package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/scenarios/implementations/plain"
)

func (a *app) listCommand() *cobra.Command {
	var selection selectionFlags
	var ids, liars bool
	cmd := &cobra.Command{
		Use:   "list [pattern...]",
		Short: "List scenarios: what a run with the same patterns would execute",
		RunE: func(_ *cobra.Command, patterns []string) error {
			if liars {
				return a.listLiars()
			}
			_, list, err := selection.choose(patterns)
			if err != nil {
				return err
			}
			var out strings.Builder
			width := 0
			for _, s := range list {
				width = max(width, len(s.ID))
			}
			for _, s := range list {
				if ids {
					fmt.Fprintln(&out, s.ID)
					continue
				}
				fmt.Fprintf(&out, "%-*s  %-9s  %s\n", width, s.ID, s.Level, s.Title)
			}
			if !ids {
				fmt.Fprintf(&out, "%d scenarios\n", len(list))
			}
			return a.print(out.String())
		},
	}
	selection.register(cmd)
	cmd.Flags().BoolVar(&ids, "ids", false, "print the IDs alone")
	cmd.Flags().BoolVar(&liars, "liars", false, "list the verifiers that are wrong on purpose instead")
	return cmd
}

func (a *app) listLiars() error {
	var out strings.Builder
	for _, l := range plain.Liars() {
		fmt.Fprintf(&out, "liar:%-24s %s (caught by %s)\n", l.Name, l.Fault, strings.Join(l.CaughtBy, ", "))
	}
	return a.print(out.String())
}
