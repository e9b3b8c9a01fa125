package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/reports"
)

func (a *app) mergeCommand() *cobra.Command {
	var o outputFlags
	cmd := &cobra.Command{
		Use:   "merge FILE...",
		Short: "Join the recorded shards of one run",
		Long: `Join the recorded shards of one run, and show or write the whole.

The recordings must have the same catalogue, implementation and seed, so give
each shard the same --seed. It is an error if two judge the same case. A case
that none judges stays unjudged. Without every shard, or with one that is
incomplete, the whole is incomplete, and the exit code is 1.`,
		Example: `  assay run --seed 7f3a --shard 1/2 -o 1.jsonl
  assay run --seed 7f3a --shard 2/2 -o 2.jsonl
  assay report merge 1.jsonl 2.jsonl -o all.jsonl -o junit.xml`,
		ValidArgsFunction: fileNames,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageHint("assay report merge 1.jsonl 2.jsonl -o all.jsonl", "want recorded runs, got none")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.merge(cmd.Context(), o, args) },
	}
	o.register(cmd)
	return cmd
}

func (a *app) merge(ctx context.Context, o outputFlags, names []string) error {
	var parts []*reports.Recording
	for _, name := range names {
		part, err := a.readRun(ctx, name, o)
		if err != nil {
			return err
		}
		parts = append(parts, part)
	}
	stream, missing, err := reports.Merge(parts)
	if err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	handler, summary, err := a.open(o)
	if err != nil {
		return err
	}
	for _, r := range stream {
		err = cmp.Or(err, handler.Handle(r))
	}
	if err := cmp.Or(handler.Close(), err); err != nil {
		return err
	}
	if len(missing) > 0 {
		return &exitError{code: exitHarness, err: errors.New("the merged run is incomplete without " + strings.Join(missing, ", "))}
	}
	return green(summary)
}

// readRun reads the recording of a run, which no output may replace.
func (a *app) readRun(ctx context.Context, name string, o outputFlags) (*reports.Recording, error) {
	var in io.Reader
	if name == stdoutName {
		in = a.input(ctx)
	} else {
		file, err := intake.Open(name)
		if err != nil {
			return nil, usage("%v", err)
		}
		defer file.Close()
		if err := o.spare(file); err != nil {
			return nil, err
		}
		in = file
	}
	recording, err := reports.ReadRecording(name, reports.Read(in))
	if err != nil {
		return nil, &exitError{code: exitUsage, err: err}
	}
	return recording, nil
}
