package main

import (
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/reports"
)

func (a *app) reportCommand() *cobra.Command {
	var o outputFlags
	cmd := &cobra.Command{
		Use:   "report FILE",
		Short: "Show a recorded run, benchmark or load in another format",
		Long: `Show a recorded run, benchmark or load in another format.

FILE holds the JSON lines that --format jsonl writes; - is standard input. The
exit code is the recorded run's, or 1 if the recording is incomplete.`,
		Example: `  assay run --format jsonl -o run.jsonl
  assay report run.jsonl --format junit -o junit.xml`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageHint("assay report run.jsonl", "want one recorded run, got %d",
					len(args))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return a.showRecording(o, args[0]) },
	}
	o.register(cmd)
	return cmd
}

func (a *app) showRecording(o outputFlags, name string) error {
	var in io.Reader = a.stdin
	if name != "-" {
		file, err := intake.Open(name)
		if err != nil {
			return usage("%v", err)
		}
		defer file.Close()
		if same(file, o.file) {
			return usageHint("choose another name", "--output: %s is the recording itself", o.file)
		}
		in = file
	}
	handler, summary, err := a.open(o)
	if err != nil {
		return err
	}
	switch err := reports.Copy(handler, reports.Read(in)); {
	case errors.Is(err, reports.ErrIncomplete):
		return &exitError{code: exitHarness, err: err}
	case err != nil:
		return usage("%s: %v", name, err)
	}
	return green(summary)
}

// same reports whether name refers to the open file, by any path.
func same(file *os.File, name string) bool {
	a, err := file.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(name)
	return err == nil && os.SameFile(a, b)
}
