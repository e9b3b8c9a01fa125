package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/tui"
)

// uiFlags are the flags of the terminal UI.
type uiFlags struct {
	implementation string
	catalog        []string
}

func (f *uiFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.implementation, "implementation", "builtin",
		"what to test first: "+implementationNames())
	flags.StringArrayVar(&f.catalog, "catalog", nil,
		"scenario `file` to use instead of the built-in catalogue; may be repeated")
}

// ui shows the terminal UI, and recorded runs in it. Without a terminal it
// returns a usage error.
func (a *app) ui(cmd *cobra.Command, flags uiFlags, recorded []*reports.Recording) error {
	engine, err := newEngine(cmd.Context(), a, flags)
	if err != nil {
		return err
	}
	defer engine.close()
	in, _ := a.stdin.(*os.File)
	out, _ := a.stdout.(*os.File)
	if in == nil || out == nil {
		return noTerminal()
	}
	// The UI handles signals itself: it has a terminal to restore.
	result, err := tui.Run(context.WithoutCancel(cmd.Context()), engine, tui.Options{
		Input: in, Output: out, Env: a.env, Recordings: recorded,
	})
	if errors.Is(err, tui.ErrNoTerminal) {
		return noTerminal()
	}
	if last := lastRun(result.Runs); last != nil {
		if printErr := a.summarize(last.Records); printErr != nil && err == nil {
			err = printErr
		}
	}
	if err == nil && result.Interrupted {
		err = &exitError{code: exitInterrupted}
	}
	return err
}

func noTerminal() error {
	return usageHint("assay run does the same without a terminal; assay --help lists the commands",
		"no terminal to show the UI on")
}

// lastRun returns the last run that has a result or a sample.
func lastRun(runs []tui.Recording) *tui.Recording {
	for i := len(runs) - 1; i >= 0; i-- {
		for _, r := range runs[i].Records {
			if r.Case != nil || r.Sample != nil {
				return &runs[i]
			}
		}
	}
	return nil
}

// summarize prints the summary of a run once the screen is gone.
func (a *app) summarize(records []reports.Record) error {
	text := reports.NewText(a.stdout, reports.TextOptions{Brief: true})
	for _, r := range records {
		if err := text.Handle(r); err != nil {
			return fmt.Errorf("printing the summary: %w", err)
		}
	}
	return text.Close()
}
