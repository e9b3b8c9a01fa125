package main

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/reports"
)

func (a *app) reportCommand() *cobra.Command {
	var o outputFlags
	var site string
	cmd := &cobra.Command{
		Use:   "report FILE",
		Short: "Show a recorded run, benchmark or load in another format",
		Long: `Show a recorded run, benchmark or load in another format.

FILE holds the JSON lines that --format jsonl writes, or a part that -o FILE.part
writes; - is standard input. The
exit code is the recorded run's, or 1 if the recording is incomplete.

--site DIR writes a static site instead: a page for each case, each clause and,
if FILE is a comparison of assay matrix in JSON, each implementation. Its search
needs no server. FILE may be left out then.`,
		Example: `  assay run -o run.jsonl
  assay report run.jsonl -o junit.xml
  assay report --site public matrix.json
  assay report merge 1.jsonl 2.jsonl -o all.jsonl`,
		ValidArgsFunction: fileNames,
		Args: func(_ *cobra.Command, args []string) error {
			if site != "" && len(args) == 0 {
				return nil
			}
			if len(args) != 1 {
				return usageHint("assay report run.jsonl", "want one recorded run, got %d",
					len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if site != "" {
				if err := a.refuse(cmd, "leave it out", "is for a recording, and --site writes pages", "output", "format"); err != nil {
					return err
				}
				return a.site(site, strings.Join(args, ""))
			}
			return a.showRecording(cmd.Context(), o, args[0])
		},
	}
	o.register(cmd)
	cmd.Flags().StringVar(&site, "site", "", "write a static site to this `folder`")
	cmd.AddCommand(a.mergeCommand())
	return cmd
}

func (a *app) showRecording(ctx context.Context, o outputFlags, name string) error {
	stream, closeStream, err := a.openStream(ctx, name, o)
	if err != nil {
		return err
	}
	defer closeStream()
	handler, summary, err := a.open(o)
	if err != nil {
		return err
	}
	var unreadable error
	records := func(yield func(reports.Record, error) bool) {
		for record, err := range stream.Records() {
			if !errors.Is(err, reports.ErrIncomplete) {
				unreadable = err
			}
			if !yield(record, err) {
				return
			}
		}
	}
	err = reports.Copy(handler, records)
	switch {
	case unreadable != nil:
		return usage("%s: %v", name, err)
	case err != nil: // the recording is incomplete, or an output cannot be written
		return err
	}
	return green(summary)
}

// spare refuses outputs that would replace the open recording, by any path.
func (o outputFlags) spare(recording *os.File) error {
	outputs, err := o.list()
	if err != nil {
		return err
	}
	read, err := recording.Stat()
	if err != nil {
		return err
	}
	for _, out := range outputs {
		written, err := os.Stat(out.file)
		if out.file != stdoutName && err == nil && os.SameFile(read, written) {
			return usageHint("choose another name", "--output: %s is the recording itself", out.file)
		}
	}
	return nil
}
