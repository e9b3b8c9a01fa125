package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/machine"
	"github.com/assay-id/assay/tui"
)

// uiFlags are the flags of the terminal UI.
type uiFlags struct {
	implementation string
	catalog        []string
	theme          string
	plain          bool
	noMouse        bool
	noState        bool
}

func (f *uiFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.implementation, "implementation", "builtin",
		"what to test first: "+implementationNames())
	flags.StringArrayVar(&f.catalog, "catalog", nil,
		"scenario `file` to use instead of the built-in catalogue; may be repeated")
	flags.StringVar(&f.theme, "theme", tui.ThemeAuto,
		"colours of the terminal UI: "+strings.Join(tui.Themes(), ", ")+"; T changes them")
	flags.BoolVar(&f.plain, "plain", false,
		"no screen: print lines of text, as on a terminal with TERM=dumb")
	flags.BoolVar(&f.noMouse, "no-mouse", false, "leave the mouse to the terminal; M changes that")
	flags.BoolVar(&f.noState, "no-state", false,
		"keep nothing for the next session: neither runs, nor how the screen looks, nor what was typed")
}

// check returns a usage error for flags that make no sense.
func (f *uiFlags) check() error {
	if !slices.Contains(tui.Themes(), f.theme) {
		return usageHint(hintNear("see assay --help", f.theme, tui.Themes()),
			"--theme: %q is none of %s", f.theme, strings.Join(tui.Themes(), ", "))
	}
	return nil
}

// ui shows the terminal UI, and the recorded runs of the given names in it.
// Without a terminal it returns a usage error.
func (a *app) ui(cmd *cobra.Command, flags uiFlags, names []string) error {
	if err := flags.check(); err != nil {
		return err
	}
	if flags.plain || a.dumb() {
		return a.plainUI(cmd.Context(), flags, names)
	}
	var recorded []*reports.Recording
	for _, name := range names {
		run, err := a.readRecording(cmd.Context(), name)
		if err != nil {
			return err
		}
		recorded = append(recorded, run)
	}
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
	// With as many threads as a run has jobs, and one more, a key waits for the
	// kernel, which prefers what has slept, and not until a job has used up its
	// time slice in Go's scheduler.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(runJobs() + 1))
	// The UI handles signals itself: it has a terminal to restore.
	opts := tui.Options{
		Input: in, Output: out, Env: a.env, Recordings: recorded, NoMouse: flags.noMouse, CPU: machine.OwnTime,
	}
	if cmd.Flags().Changed("theme") {
		opts.Theme = flags.theme
	}
	if !flags.noState {
		a.remember(&opts)
	}
	result, err := tui.Run(context.WithoutCancel(cmd.Context()), engine, opts)
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
	return usageHint("--plain prints lines of text; assay --help lists the commands",
		"no terminal to show the UI on")
}

// dumb reports whether the program is on a terminal that can only print lines.
// Without any terminal nobody asked for a run: that is a usage error.
func (a *app) dumb() bool {
	in, _ := a.stdin.(*os.File)
	out, _ := a.stdout.(*os.File)
	return a.getenv("TERM") == "dumb" && isTerminal(in) && isTerminal(out)
}

// plainUI does what the terminal UI begins with as lines of text, by the command
// that prints it.
func (a *app) plainUI(ctx context.Context, flags uiFlags, names []string) error {
	var args []string
	switch n := len(names); n {
	case 0:
		args = []string{"run", "--verbose", "--implementation", flags.implementation}
		for _, file := range flags.catalog {
			args = append(args, "--catalog", file)
		}
	case 1:
		args = []string{"report", "--verbose", names[0]}
	default:
		args = append([]string{"diff"}, names[n-2:]...)
	}
	root := a.rootCommand()
	root.SetArgs(args)
	return root.ExecuteContext(ctx)
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
