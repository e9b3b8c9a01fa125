package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"github.com/assay-id/assay/reports"
)

// outputFlags select the format of the output and where it goes.
type outputFlags struct {
	format  string
	file    string
	verbose bool
	color   string
}

// formats lists the values of --format.
func formats() []string { return []string{"text", "jsonl", "junit"} }

func (o *outputFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.format, "format", "text", "output format: "+strings.Join(formats(), ", "))
	f.StringVarP(&o.file, "output", "o", "", "`file` to write to; a summary then goes to standard output")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "also list what passed and what was skipped, and explain the documented causes")
	f.StringVar(&o.color, "color", "auto", "auto, always or never; NO_COLOR means never")
}

// open returns the handler that the stream goes to, and a summary that it
// fills. The caller closes the handler at the end.
func (a *app) open(o outputFlags) (reports.Handler, *reports.Summary, error) {
	if !slices.Contains(formats(), o.format) {
		return nil, nil, usage("--format is %q, want one of %s", o.format, strings.Join(formats(), ", "))
	}
	colored, err := a.colored(o.color)
	if err != nil {
		return nil, nil, err
	}
	summary := &reports.Summary{}
	handlers := []reports.Handler{summary}
	var target io.Writer = a.stdout
	if o.file != "" {
		file, err := createOutput(o.file)
		if err != nil {
			return nil, nil, usage("--output: %v", err)
		}
		target = file
		handlers = append(handlers, closer{file})
		if o.format != "text" {
			handlers = append(handlers, reports.NewText(a.stdout, reports.TextOptions{Color: colored}))
		}
		colored = false
	}
	var main reports.Handler
	switch o.format {
	case "jsonl":
		main = reports.NewWriter(target)
	case "junit":
		main = reports.NewJUnit(target)
	default:
		main = reports.NewText(target, reports.TextOptions{Color: colored, Verbose: o.verbose, Progress: a.progress()})
	}
	// The file is closed after the handler that writes to it.
	slices.Reverse(handlers)
	return reports.Tee(append([]reports.Handler{main}, handlers...)...), summary, nil
}

// createOutput opens the file of --output and empties it. It refuses a file
// that another run is writing: what both write would be mixed. A temporary
// file, renamed at the end, would be lost with a run that is killed.
func createOutput(name string) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	// Devices and pipes are made for several writers.
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		if !lock(file) {
			file.Close()
			return nil, fmt.Errorf("another process is writing %s", name)
		}
		if err := file.Truncate(0); err != nil {
			file.Close()
			return nil, err
		}
	}
	return file, nil
}

// print writes text to standard output. A full disk is not a success.
func (a *app) print(text string) error {
	_, err := io.WriteString(a.stdout, text)
	return err
}

// progress returns standard error if that is a terminal, and nil otherwise:
// progress is shown on a terminal only.
func (a *app) progress() io.Writer {
	if isTerminal(a.stderr) {
		return a.stderr
	}
	return nil
}

// colored reports whether to use colour on standard output.
func (a *app) colored(flag string) (bool, error) {
	switch flag {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		return isTerminal(a.stdout) && !a.has("NO_COLOR") && a.getenv("TERM") != "dumb", nil
	}
	return false, usage("--color is %q, want auto, always or never", flag)
}

// getenv returns a variable of the environment.
func (a *app) getenv(name string) string {
	for _, entry := range a.env {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// has reports whether a variable is set and not empty.
func (a *app) has(name string) bool { return a.getenv(name) != "" }

// isTerminal reports whether v is a terminal.
func isTerminal(v any) bool {
	f, ok := v.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(f.Fd())
}

// closer closes a file at the end of a stream.
type closer struct{ io.Closer }

func (closer) Handle(reports.Record) error { return nil }

// green returns nil for a complete stream without failures, and otherwise an
// error with its exit code.
func green(summary *reports.Summary) error {
	footer := summary.Footer
	switch {
	case summary.Green():
		return nil
	case footer != nil && footer.Interrupted:
		return &exitError{code: exitInterrupted}
	case footer != nil && footer.Stopped != "":
		return &exitError{code: exitNoAnswers}
	case footer != nil && len(footer.Invalid) > 0:
		return &exitError{code: exitInvalid}
	case nonconforming(summary):
		return &exitError{code: exitNonconform}
	case summary.Counts[reports.OutcomeError] > 0:
		return &exitError{code: exitHarness, err: errors.New("the harness failed in some cases; see above")}
	case summary.Counts[reports.OutcomeInvalid] > 0:
		return &exitError{code: exitInvalid, err: errors.New("the machine was too busy to judge some cases; see above"),
			hint: "repeat them alone: assay run --failed-from RECORDING --jobs 1"}
	}
	return &exitError{code: exitNonconform}
}

// nonconforming reports whether a run is red for what the implementation does.
func nonconforming(summary *reports.Summary) bool {
	for outcome, n := range summary.Counts {
		if n > 0 && outcome.Bad() && outcome != reports.OutcomeError && outcome != reports.OutcomeInvalid {
			return true
		}
	}
	return summary.Footer != nil && len(summary.Footer.Unused) > 0
}
