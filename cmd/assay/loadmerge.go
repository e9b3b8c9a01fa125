package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/load"
	"github.com/assay-id/assay/scenarios/measure/gate"
)

func (a *app) loadMergeCommand() *cobra.Command {
	var o outputFlags
	var thresholds []string
	cmd := &cobra.Command{
		Use:   "merge FILE...",
		Short: "Join the parts of one distributed load",
		Long: `Join the parts of one distributed load, and report what a single machine would
have reported, and each part.

A FILE holds what assay load --part wrote with -o FILE.part or -o part:FILE. It
may have several parts, and other lines between them, such as a log; - is
standard input. Histograms are added up, so no percentile is an average.

A part that is damaged, there twice or of another load is refused, with exit
code 2. If one is missing, or was not carried out, the load is void: exit code 4.`,
		Example: `  assay load merge 1.part 2.part 3.part
  kubectl logs -l job-name=assay-load --tail=-1 | assay load merge - -o load.html`,
		ValidArgsFunction: fileNames,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageHint("assay load merge 1.part 2.part", "want the parts of a load, got none")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.loadMerge(cmd.Context(), o, thresholds, args)
		},
	}
	o.register(cmd)
	cmd.Flags().StringArrayVar(&thresholds, "threshold", nil,
		"judge this, too, besides what the parts were given: "+thresholdHelp+"'p99<5ms'; may be repeated")
	return cmd
}

func (a *app) loadMerge(ctx context.Context, o outputFlags, thresholds, names []string) error {
	streams, closeAll, err := a.openStreams(ctx, names, o)
	if err != nil {
		return err
	}
	defer closeAll()
	handler, _, err := a.open(o)
	if err != nil {
		return err
	}
	any := false
	_, err = load.Merge(streams, thresholds, func(r reports.Record) error {
		any = true
		return handler.Handle(r)
	})
	err = closed(handler, err)
	if !any && errors.Is(err, gate.ErrInvalid) { // nothing has said why
		return &exitError{code: exitInvalid, err: err}
	}
	return ended(ctx, err)
}
