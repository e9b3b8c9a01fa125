package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/measure/machine"
	"github.com/assay-id/assay/scenarios/panics"
	"github.com/assay-id/assay/verifier/diagnose"
)

// app is one invocation: nothing of the program is global.
type app struct {
	args   []string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	env    []string

	preset []string // the flags that a variable or a file has set
}

// invoke executes the command line args and returns the exit code. A panic is a
// failure of the harness: the runtime would exit with the code of a usage
// error.
func invoke(
	ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env []string,
) (code int) {
	defer func() {
		if p := recover(); p != nil {
			panicked := panics.From(p)
			fmt.Fprintf(stderr, "assay: error: the harness failed: %v\n\n%s",
				panicked, panicked.Stack)
			code = exitHarness
		}
	}()
	a := &app{args: args, stdin: stdin, stdout: stdout, stderr: stderr, env: env}
	ctx, stop := interruptible(ctx)
	defer stop()
	root := a.rootCommand()
	root.SetArgs(args)
	help := &helpWriter{Writer: stdout}
	root.SetOut(help)
	err := cmp.Or(root.ExecuteContext(ctx), help.err)
	// A signal that ends a wait surfaces as any error that the wait returns.
	if err != nil && ctx.Err() != nil &&
		(errors.Is(err, errInterrupted) || !errors.As(err, new(*exitError))) {
		err = &exitError{code: exitInterrupted, err: errInterrupted}
	}
	return a.exit(err)
}

// helpWriter remembers the first error of what cobra prints itself, such as
// help, which cobra ignores.
type helpWriter struct {
	io.Writer
	err error
}

func (w *helpWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.err = cmp.Or(w.err, err)
	return n, err
}

// interruptible returns a context that ends with the first signal that asks
// the program to end. The second SIGINT or SIGTERM ends the program at once,
// whatever blocks it. A second SIGHUP does not: when a terminal closes, both
// the kernel and the shell send one.
func interruptible(ctx context.Context) (_ context.Context, stop func()) {
	// nohup starts a program that ignores SIGHUP, and a shell's & may start
	// one that ignores SIGINT.
	signals := slices.DeleteFunc([]os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP},
		signal.Ignored)
	ctx, cancel := signal.NotifyContext(ctx, signals...)
	unwatch := context.AfterFunc(ctx, func() { signal.Reset(syscall.SIGINT, syscall.SIGTERM) })
	return ctx, func() { unwatch(); cancel() }
}

// manual is the long text of assay --help.
const manual = `assay finds out whether ID Tokens are verified correctly, and how fast.

It runs a mock Scalekit environment that rotates its keys and misbehaves on
request, presents good and malformed tokens to a verifier (the built-in one, or
yours, in any language), reports what passed and why the rest did not, and
measures the hot path of verification.

Without a command it shows a terminal UI. The four uses:

  assay                      the terminal UI
  assay run                  run the scenarios, for instance in CI
  assay bench                measure the verifier
  assay reproduce            make a troubleshooting error happen, and repair it

For an application: assay up starts a mock Scalekit and a mock of Char, and assay
app check judges from outside how the application signs its users in.

For an environment of your own: assay explain says why a token of it was refused,
and assay doctor examines the connection to it.

What a run recorded: assay report shows it in any format, assay open in the
terminal UI, assay report merge joins shards, assay diff compares two runs, and
assay matrix many implementations.

To look closer: assay show explains a scenario, assay export writes its token
to files, assay new writes a template for a scenario of your own.

Exit codes
  0    as expected
  1    the harness itself failed
  2    a usage error, or nothing was selected
  3    a case did not pass, or a threshold was missed
  4    the machine was too busy to judge a case, or a measurement is not valid
  5    the implementation could not be started or gives no answers
  130  interrupted; a second interrupt ends the program at once

The Go runtime also exits with 2 when it crashes, for example because memory is
exhausted. The recording of such a run has no footer: assay report says that it
is incomplete, and exits with 1.

` + settingsHelp + `

Limits
  assay run judges ID Tokens, not browser flows. assay app check judges what can
  be seen of an application from outside, and nothing judges what it does with a
  verified token. The mock environment is for tests: anyone who knows its seed has
  its keys. Rates of a load against a service on the same machine include
  the generator's share; the ratios of assay bench do not.`

// rootCommand returns the tree of commands.
func (a *app) rootCommand() *cobra.Command {
	var flags uiFlags
	root := &cobra.Command{
		Use:   "assay",
		Short: "Find out whether ID Tokens are verified correctly, and how fast",
		Long:  manual,
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.ui(cmd, flags, nil) },

		SilenceErrors: true, SilenceUsage: true,
		Version: version(),
	}
	root.SetIn(a.stdin)
	root.SetErr(a.stderr)
	root.SetVersionTemplate("assay {{.Version}}\n")
	root.SetFlagErrorFunc(a.flagError)
	root.SetUsageTemplate(root.UsageTemplate() +
		"{{if .HasParent}}\nFlags can also be set by variables, such as ASSAY_SEED, and in assay.yaml: see assay --help.\n{{end}}")
	flags.register(root)
	root.AddCommand(
		a.runCommand(), a.listCommand(), a.showCommand(), a.exportCommand(), a.newCommand(), a.reportCommand(), a.openCommand(), a.diffCommand(), a.matrixCommand(),
		a.benchCommand(), a.loadCommand(), a.serveCommand(), a.verifyCommand(), a.explainCommand(), a.doctorCommand(), a.reproduceCommand(), a.forgeCommand(),
		a.protocolCommand(), a.adapterCommand(), a.idpCommand(), a.charCommand(), a.upCommand(), a.appCommand(), a.versionCommand(),
	)
	root.InitDefaultHelpCmd()
	if help, _, err := root.Find([]string{"help"}); err == nil {
		help.Args = knownTopic
	}
	a.settle(root)
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.Args, completion.RunE = noArgs, helpOnly
	}
	a.complete(root)
	return root
}

// noArgs refuses arguments and names the first, which is likely a misspelt
// command.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageHint(hintNear("see "+cmd.CommandPath()+" --help", args[0], commandNames(cmd)),
		"%q is not a command of %s", args[0], cmd.CommandPath())
}

// commandNames lists the commands below cmd.
func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return names
}

// knownTopic refuses arguments of assay help that are not a command.
func knownTopic(help *cobra.Command, args []string) error {
	cmd, rest, err := help.Root().Find(args)
	if err != nil {
		return err
	}
	return noArgs(cmd, rest)
}

// helpOnly shows the help of a command that only has others below it.
func helpOnly(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// flagError explains a flag that cannot be parsed.
func (a *app) flagError(cmd *cobra.Command, err error) error {
	// With a misspelt command the flags of the root do not matter.
	if !cmd.HasParent() && len(a.args) > 0 && !strings.HasPrefix(a.args[0], "-") {
		return noArgs(cmd, a.args)
	}
	hint := "see " + cmd.CommandPath() + " --help"
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		// A long name after a single dash is a group of short ones.
		typed := cmp.Or(unknown.GetSpecifiedShortnames(), unknown.GetSpecifiedName())
		if near := scenarios.Near(typed, names); near != "" {
			hint = didYouMean("--"+near, hint)
		} else if group := unknown.GetSpecifiedShortnames(); len(group) > 1 {
			// The rest may be a secret that begins with a dash.
			return usageHint(hint, "unknown shorthand flag: %q", group[:1])
		}
	}
	return usageHint(hint, "%v", err)
}

// hintNear adds to hint which of the known words the user likely meant.
func hintNear(hint, word string, known []string) string {
	if near := scenarios.Near(word, known); near != "" {
		return didYouMean(near, hint)
	}
	return hint
}

func didYouMean(near, hint string) string { return "did you mean " + near + "? " + hint }

// header returns the part of the stream header that all commands share.
func (a *app) header() reports.Header {
	var arguments []string
	for _, argument := range a.args {
		arguments = append(arguments, redact(argument))
	}
	return reports.Header{
		Tool: "assay", ToolVersion: version(), Arguments: arguments, Host: machine.Host(),
	}
}

// redact returns what was typed, or a message about it, without what may be
// secret. Records, commands to repeat and errors get nothing else.
func redact(s string) string { return diagnose.Redact(reports.Redact(s)) }

// flagged turns the advice of a package to set a field of its configuration
// into the advice to add the flag that sets it.
func flagged(s string) string {
	return strings.NewReplacer(
		"set Allow.LoopbackHTTP", "add --allow-loopback-http",
		"set UnsafeAllowNonLoopback", "add --unsafe-allow-non-loopback",
	).Replace(s)
}
