package main

import (
	"context"
	"errors"
	"io"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/measure/machine"
)

// app is one invocation: nothing of the program is global.
type app struct {
	args   []string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	env    []string
}

// invoke carries out args and returns the exit code.
func invoke(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, env []string) int {
	a := &app{args: args, stdin: stdin, stdout: stdout, stderr: stderr, env: env}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	// A signal that ends a wait shows up as any error of that wait.
	if err != nil && ctx.Err() != nil && !errors.As(err, new(*exitError)) {
		err = &exitError{code: exitInterrupted, err: errors.New("interrupted")}
	}
	return a.report(err)
}

// rootCommand returns the tree of commands.
func (a *app) rootCommand() *cobra.Command {
	var flags uiFlags
	root := &cobra.Command{
		Use:   "assay",
		Short: "Find out whether ID Tokens are verified as they must be, and how fast",
		Long:  manual,
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.ui(cmd, flags) },

		SilenceErrors: true, SilenceUsage: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		Version:           version(),
	}
	root.SetVersionTemplate("assay {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageHint("see "+cmd.CommandPath()+" --help", "%v", err)
	})
	flags.register(root)
	root.AddCommand(
		a.runCommand(), a.listCommand(), a.showCommand(), a.exportCommand(), a.newCommand(), a.reportCommand(),
		a.benchCommand(), a.loadCommand(), a.serveCommand(), a.idpCommand(),
	)
	return root
}

// noArgs refuses arguments, and names the one that is not a command.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageHint("see "+cmd.CommandPath()+" --help", "%q is not a command of %s", args[0], cmd.CommandPath())
}

// version returns the version of the module, or devel in a working copy.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// header returns what every stream of this program begins with.
func (a *app) header() reports.Header {
	return reports.Header{Tool: "assay", ToolVersion: version(), Arguments: a.args, Host: machine.Host()}
}
