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

FILE holds JSON lines, or what -o FILE.part and -o part:FILE write: any number of
parts, with other lines between them, such as a log; - is standard input.

The recordings must have the same catalogue, implementation and seed, so give
each shard the same --seed. It is an error if two judge the same case. A case
that none judges stays unjudged. Without every shard, or with one that is
incomplete, the whole is incomplete, and the exit code is 1.`,
		Example: `  assay run --seed 7f3a --shard 1/2 -o 1.jsonl
  assay run --seed 7f3a --shard 2/2 -o 2.jsonl
  assay report merge 1.jsonl 2.jsonl -o all.jsonl -o junit.xml
  kubectl logs -l job-name=assay-run --tail=-1 | assay report merge -`,
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
	streams, closeAll, err := a.openStreams(ctx, names, o)
	if err != nil {
		return err
	}
	defer closeAll()
	var parts []*reports.Recording
	for _, s := range streams {
		part, err := reports.ReadRecording(s.Name, s.Records(), reports.CommandRun)
		if err != nil {
			return &exitError{code: exitUsage, err: err}
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

// openStreams opens the recordings in files, which no output may replace. The
// caller closes them when it has read the streams.
func (a *app) openStreams(ctx context.Context, names []string, o outputFlags) (all []reports.Stream, closeAll func(), err error) {
	var files []io.Closer
	closeFiles := func() {
		for _, file := range files {
			file.Close()
		}
	}
	defer func() {
		if err != nil {
			closeFiles()
		}
	}()
	for _, name := range names {
		var in io.Reader
		if name == stdoutName {
			in = a.input(ctx)
		} else {
			file, err := intake.Open(name)
			if err != nil {
				return nil, nil, usage("%v", err)
			}
			files = append(files, file)
			if err := o.spare(file); err != nil {
				return nil, nil, err
			}
			in = file
		}
		streams, err := reports.Streams(name, in)
		if err != nil {
			return nil, nil, usage("%w", err)
		}
		all = append(all, streams...)
	}
	return all, closeFiles, nil
}

// openStream is like openStreams for a file with one recording.
func (a *app) openStream(ctx context.Context, name string, o outputFlags) (reports.Stream, func(), error) {
	streams, closeAll, err := a.openStreams(ctx, []string{name}, o)
	if err != nil {
		return reports.Stream{}, nil, err
	}
	if len(streams) != 1 {
		closeAll()
		return reports.Stream{}, nil, usageHint("assay report merge and assay load merge join parts", "%s has %d parts, want one recording", name, len(streams))
	}
	return streams[0], closeAll, nil
}

// readRun reads the recording of a run, which no output may replace.
func (a *app) readRun(ctx context.Context, name string, o outputFlags) (*reports.Recording, error) {
	return a.readOne(ctx, name, o, reports.CommandRun)
}

// readRecording reads the recording of a run, a benchmark or a load.
func (a *app) readRecording(ctx context.Context, name string) (*reports.Recording, error) {
	return a.readOne(ctx, name, outputFlags{}, reports.CommandRun, reports.CommandBench, reports.CommandLoad)
}

func (a *app) readOne(ctx context.Context, name string, o outputFlags, command string, others ...string) (*reports.Recording, error) {
	stream, closeAll, err := a.openStream(ctx, name, o)
	if err != nil {
		return nil, err
	}
	defer closeAll()
	recording, err := reports.ReadRecording(name, stream.Records(), command, others...)
	if err != nil {
		return nil, &exitError{code: exitUsage, err: err}
	}
	return recording, nil
}
