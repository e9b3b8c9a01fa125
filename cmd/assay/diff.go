package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/reports"
)

func (a *app) diffCommand() *cobra.Command {
	var format, color string
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Compare two recorded runs case by case",
		Long: `Compare two recorded runs case by case: what got worse or better, and which
cases are new or gone.

A case is worse if it passed and does not any longer, be it for a failure, a
skip or because it was not judged, and if it was not judged and now fails. New
and gone cases are listed only. The runs may differ in everything: two versions
of an implementation, two implementations, two catalogues.

The exit code is 3 if a case is worse, and otherwise 1 if NEW is incomplete.`,
		Example: `  assay diff main.jsonl branch.jsonl
  assay diff main.jsonl branch.jsonl --format markdown`,
		ValidArgsFunction: fileNames,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usageHint("assay diff old.jsonl new.jsonl", "want two recorded runs, got %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.diff(cmd.Context(), format, color, args[0], args[1])
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "output format: text, markdown, json")
	cmd.Flags().StringVar(&color, "color", "auto", colorHelp)
	return cmd
}

func (a *app) diff(ctx context.Context, format, color, before, after string) error {
	colored, err := a.colored(color)
	if err != nil {
		return err
	}
	var d *reports.Difference
	write, ok := map[string]func() error{
		"text":     func() error { return d.Text(a.stdout, colored) },
		"markdown": func() error { return d.Markdown(a.stdout) },
		"json":     func() error { return d.JSON(a.stdout) },
	}[format]
	if !ok {
		return usage("--format is %q, want text, markdown or json", format)
	}
	if before == stdoutName && after == stdoutName {
		return usage("OLD and NEW cannot both be standard input")
	}
	old, err := a.readRun(ctx, before, outputFlags{})
	if err != nil {
		return err
	}
	current, err := a.readRun(ctx, after, outputFlags{})
	if err != nil {
		return err
	}
	d = reports.Diff(old, current)
	if err := write(); err != nil {
		return err
	}
	switch {
	case d.Count(reports.ChangeWorse) > 0:
		return &exitError{code: exitNonconform}
	case d.New.Incomplete:
		return &exitError{code: exitHarness, err: fmt.Errorf("%s: %w", after, reports.ErrIncomplete)}
	}
	return nil
}
