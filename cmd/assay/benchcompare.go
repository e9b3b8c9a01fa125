package main

import (
	"cmp"
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/scenarios/bench/versus"
)

func (a *app) benchCompareCommand() *cobra.Command {
	var o outputFlags
	var opts versus.Options
	var seed string
	cmd := &cobra.Command{
		Use:   "compare A B...",
		Short: "Compare builds of the verifier, or implementations, in one paired run",
		Long: `Compare builds of the verifier, or implementations, in one paired run: each B
with A, on the same tokens, in slices that take turns, so that a busy machine
disturbs both alike. A ratio below 1 means that B is faster.

A side is the path of a build of assay, builtin for this program, or an
implementation as assay run takes it, such as 'exec:node adapter.mjs'.

Builds are started again after every epoch, so that the interval includes what
differs between two processes of the same program. A second process of A is
measured first: a difference there makes the figures invalid.

An implementation is asked over the adapter protocol. What the protocol takes is
measured with an adapter that verifies nothing and subtracted; all three figures
are printed.`,
		Example: `  assay bench compare ./assay-main ./assay-branch --threshold 'ratio < 1.03'
  assay bench compare builtin 'exec:node adapter.mjs' 'exec:python3 adapter.py'`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"builtin", "exec:"}, cobra.ShellCompDirectiveDefault
		},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usageHint("assay bench compare ./old-assay ./new-assay", "want two sides or more to compare, got %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, sides []string) error {
			opts.Sides = sides
			return a.benchCompare(cmd.Context(), o, opts, seed)
		},
	}
	o.register(cmd)
	f := cmd.Flags()
	f.StringVar(&opts.Alg, "alg", "RS256", "algorithm of the tokens")
	f.IntVar(&opts.Tokens, "tokens", 256, "number of distinct tokens, 1 to 65536")
	f.IntVar(&opts.Ratio.Epochs, "epochs", 8, "epochs of 0.3 s over which the interval of a ratio is taken, 3 or more")
	f.StringArrayVar(&opts.Thresholds, "threshold", nil, thresholdHelp+"'ratio < 1.03'; may be repeated")
	f.StringVar(&seed, "seed", "", "repeat keys and tokens with this `seed`; random if empty")
	return cmd
}

func (a *app) benchCompare(ctx context.Context, o outputFlags, opts versus.Options, seed string) error {
	var err error
	if opts.Seed, err = parseSeed(seed); err != nil {
		return err
	}
	if err := cmp.Or(positive("tokens", opts.Tokens), positive("epochs", opts.Ratio.Epochs)); err != nil {
		return err
	}
	if opts.Self, err = os.Executable(); err != nil {
		return err
	}
	opts.Echo, opts.Env, opts.Header = []string{opts.Self, "bench", "echo"}, a.env, a.header()
	if err := opts.Validate(); err != nil {
		return ended(ctx, err)
	}
	handler, _, err := a.open(o)
	if err != nil {
		return err
	}
	err = versus.Run(ctx, opts, handler.Handle)
	return ended(ctx, closed(handler, err))
}

// benchWorkerCommand is the worker of another process that compares builds.
func (a *app) benchWorkerCommand() *cobra.Command {
	return &cobra.Command{
		Use: "worker", Short: "Verify tokens for assay bench compare", Hidden: true, Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return versus.Work(a.input(cmd.Context()), a.stdout) },
	}
}

// benchEchoCommand is the adapter with which the protocol is measured.
func (a *app) benchEchoCommand() *cobra.Command {
	return &cobra.Command{
		Use: "echo", Short: "Answer for assay bench compare without verifying", Hidden: true, Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return versus.Echo(a.input(cmd.Context()), a.stdout) },
	}
}
