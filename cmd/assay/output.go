package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"

	"github.com/assay-id/assay/reports"
)

// stdoutName is what -o calls standard output.
const stdoutName = "-"

// outputFlags select the formats of the output and where each goes.
type outputFlags struct {
	format  onceFlag
	outputs []string
	verbose bool
	quiet   bool
	color   string
}

func (o *outputFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Var(&o.format, "format", "`format` of the only output: "+formatNames()+" (default text)")
	f.StringArrayVarP(&o.outputs, "output", "o", nil,
		"write to `[FORMAT:]FILE`; without a format the ending chooses ("+endings()+"); - is standard output, which otherwise gets the text; may be repeated")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "also list what passed and what was skipped, and explain the documented causes")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print only the closing line on standard output, and no progress")
	f.StringVar(&o.color, "color", "auto", colorHelp)
}

// onceFlag is a flag that must not get two different values: the first would
// be dropped in silence.
type onceFlag string

func (o *onceFlag) String() string { return string(*o) }
func (o *onceFlag) Type() string   { return "string" }

func (o *onceFlag) Set(value string) error {
	if *o != "" && string(*o) != value {
		return fmt.Errorf("it is %s already; write several outputs as -o %s:FILE -o %s:FILE", *o, *o, value)
	}
	*o = onceFlag(value)
	return nil
}

// output is one output of a command.
type output struct {
	format
	file string // or stdoutName
}

// list returns the outputs that the flags ask for, with the text on standard
// output unless another output goes there.
func (o outputFlags) list() ([]output, error) {
	var all []output
	places := make(map[string]bool)
	for _, value := range o.outputs {
		out, err := o.parse(value)
		if err != nil {
			return nil, err
		}
		place := filepath.Clean(out.file)
		if places[place] {
			return nil, usage("--output: two outputs go to %s", place)
		}
		places[place] = true
		all = append(all, out)
	}
	only := string(o.format)
	switch {
	case only != "" && len(all) > 1:
		return nil, usageHint(fmt.Sprintf("-o %s:FILE sets the format of one output", only),
			"--format is for a single output, and --output is given %d times", len(all))
	case len(all) == 0:
		f, err := formatNamed("--format", cmp.Or(only, formats()[0].name))
		return []output{{format: f, file: stdoutName}}, err
	case !places[stdoutName]:
		all = append(all, output{format: formats()[0], file: stdoutName})
	}
	return all, nil
}

// splitOutput splits one value of -o, [FORMAT:]FILE. What precedes a colon is a
// format, unless it has characters that none has, or is a single one, like the
// drive in C:\a.xml.
func splitOutput(value string) (format, file string, err error) {
	format, file, found := strings.Cut(value, ":")
	if !found || len(format) < 2 || strings.Trim(format, "abcdefghijklmnopqrstuvwxyz") != "" {
		format, file = "", value
	}
	if file == "" {
		return "", "", usage("--output is %q, want [FORMAT:]FILE", value)
	}
	return format, file, nil
}

// parse parses one value of -o.
func (o outputFlags) parse(value string) (output, error) {
	name, file, err := splitOutput(value)
	if err != nil {
		return output{}, err
	}
	only := string(o.format)
	if name != "" && only != "" && name != only {
		return output{}, usage("--format is %s, and --output is %q", only, value)
	}
	var f format
	switch {
	case name != "":
		f, err = formatNamed("the format of --output", name)
	case only != "":
		f, err = formatNamed("--format", only)
	default:
		f, err = formatOf(file)
	}
	return output{format: f, file: file}, err
}

// open returns the handler that the stream goes to, and a summary that it
// fills. The caller closes the handler at the end.
func (a *app) open(o outputFlags) (reports.Handler, *reports.Summary, error) {
	outputs, err := o.list()
	if err != nil {
		return nil, nil, err
	}
	colored, err := a.colored(o.color)
	if err != nil {
		return nil, nil, err
	}
	if o.quiet && o.verbose {
		return nil, nil, usage("--quiet and --verbose contradict each other, want one of them")
	}
	summary := &reports.Summary{}
	handlers := []reports.Handler{summary}
	var files []*outFile
	for _, out := range outputs {
		text := reports.TextOptions{Verbose: o.verbose}
		if out.file == stdoutName {
			text.Color, text.Quiet = colored, o.quiet
			if !o.quiet {
				text.Progress = a.progress()
			}
			handlers = append(handlers, out.render(a.stdout, text))
			continue
		}
		file, err := createFile(out.file, out.private)
		if err != nil {
			for _, created := range files {
				created.discard()
			}
			return nil, nil, usage("--output: %v", err)
		}
		files = append(files, file)
		handlers = append(handlers, filed{Handler: out.render(file, text), file: file})
	}
	return &begun{Handler: reports.Tee(handlers...), files: files}, summary, nil
}

// closed closes h, and returns err or else the error of closing: what has failed
// most often fails to close for the same reason.
func closed(h reports.Handler, err error) error {
	if closeErr := h.Close(); err == nil {
		return closeErr
	}
	return err
}

// begun closes the renderings of a stream that has a record. What fails before
// its first record has nothing to show, so its files are removed.
type begun struct {
	reports.Handler
	files []*outFile
	any   bool // whether there was a record
}

func (b *begun) Handle(r reports.Record) error {
	b.any = true
	return b.Handler.Handle(r)
}

func (b *begun) Close() error {
	if b.any {
		return b.Handler.Close()
	}
	for _, file := range b.files {
		file.discard()
	}
	return nil
}

// filed is a rendering that closes its file at the end.
type filed struct {
	reports.Handler
	file *outFile
}

func (f filed) Close() error {
	if err := f.Handler.Close(); err != nil {
		f.file.discard()
		return err
	}
	return f.file.Close()
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

// colorHelp is the help of --color.
const colorHelp = "auto, always or never; NO_COLOR means never, CLICOLOR_FORCE=1 even without a terminal"

// colored reports whether to use colour on standard output. NO_COLOR wins over
// CLICOLOR_FORCE.
func (a *app) colored(flag string) (bool, error) {
	switch flag {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		if a.has("NO_COLOR") {
			return false, nil
		}
		if a.has("CLICOLOR_FORCE") && a.getenv("CLICOLOR_FORCE") != "0" {
			return true, nil
		}
		return isTerminal(a.stdout) && a.getenv("TERM") != "dumb", nil
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

// terminalWidth returns the width of a terminal in cells, 80 if it is unknown.
func terminalWidth(w io.Writer) int {
	if f, ok := w.(interface{ Fd() uintptr }); ok {
		if width, _, err := term.GetSize(f.Fd()); err == nil && width > 0 {
			return width
		}
	}
	return 80
}
