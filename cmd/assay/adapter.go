package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/adapter"
	"github.com/assay-id/assay/scenarios/implementations"
)

func (a *app) adapterCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "adapter",
		Short: "Write an adapter for a verifier in any language, and examine it",
		Long: `Write an adapter for a verifier in any language, and examine it.

An adapter is a small program that reads requests and answers with what a
verifier says. assay protocol explains the messages.`,
		Args: noArgs,
		RunE: helpOnly,
	}
	cmd.AddCommand(a.adapterNewCommand(), a.adapterCheckCommand())
	return cmd
}

// adapterCheckFlags are the flags of assay adapter check.
type adapterCheckFlags struct {
	timeout time.Duration
	seed    string
	asJSON  bool
	color   string
}

func (a *app) adapterCheckCommand() *cobra.Command {
	var f adapterCheckFlags
	cmd := &cobra.Command{
		Use:   "check COMMAND...",
		Short: "Examine an adapter: its messages, its capabilities, what they open",
		Long: `Examine an adapter: whether each message fits the schema, whether good tokens are
accepted and bad ones rejected, whether requests may overlap, whether unknown
members are ignored, and whether each declared capability works. It shows the
line that is wrong, says how many cases the capabilities open, and what each
further one would add. It takes some seconds.

COMMAND is the command line of the adapter, exec: and a command line as for
assay run, or its URL. Flags of this command come before it.

It does not judge the verifier; assay run does. The exit code is 3 if a check
failed, and 5 if the adapter could not be started.`,
		Example: `  assay adapter check node jose.mjs
  assay adapter check 'exec:python3 pyjwt_adapter.py'
  assay adapter check --timeout 30s http://127.0.0.1:9000/assay`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 && strings.TrimSpace(args[0]) != "" {
				return nil
			}
			return usageHint("assay adapter check node jose.mjs", "the command of the adapter is missing")
		},
		RunE:              func(cmd *cobra.Command, args []string) error { return a.checkAdapter(cmd.Context(), f, args) },
		ValidArgsFunction: fileNames,
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false) // what follows the command is the command's
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "how long the adapter may take to answer")
	flags.StringVar(&f.seed, "seed", "", "derive keys and IDs from this `seed`; random if empty")
	flags.BoolVar(&f.asJSON, "json", false, "print the result as JSON")
	flags.StringVar(&f.color, "color", "auto", colorHelp)
	return cmd
}

func (a *app) checkAdapter(ctx context.Context, f adapterCheckFlags, args []string) error {
	colored, err := a.colored(f.color)
	if err != nil {
		return err
	}
	if err := positive("timeout", f.timeout); err != nil {
		return err
	}
	opts := adapter.Options{Name: adapterName(args)}
	if opts.Seed, err = parseSeed(f.seed); err != nil {
		return err
	}
	opts.Open = func(ctx context.Context, tap func() implementations.Tap) (implementations.Implementation, error) {
		exec := implementations.ExecOptions{Timeout: f.timeout, Tap: tap}
		if len(args) > 1 {
			return implementations.NewExec(ctx, args, exec)
		}
		return implementations.Open(ctx, opts.Name, exec)
	}
	if err := checkAdapterName(args); err != nil {
		return err
	}
	result, err := adapter.Examine(ctx, opts)
	switch {
	case ctx.Err() != nil:
		return &exitError{code: exitInterrupted}
	case errors.Is(err, implementations.ErrStart):
		return &exitError{code: exitNoAnswers, err: err, hint: startHint(err, f.timeout)}
	case err != nil:
		return err
	}
	if err := a.printAdapterCheck(result, f.asJSON, colored); err != nil {
		return err
	}
	if result.Verdict == reports.VerdictFail {
		return &exitError{code: exitNonconform}
	}
	return nil
}

// checkAdapterName refuses what is neither a command line nor a URL. A command
// of one word may have any name but those that assay run gives a meaning.
func checkAdapterName(args []string) error {
	const only = "want exec: and a command line, or an http or https URL"
	scheme, _, isURL := strings.Cut(args[0], "://")
	kind, _, _ := strings.Cut(args[0], ":")
	switch {
	case len(args) > 1:
		return nil
	case kind == "bearer":
		return usageHint("assay run --implementation bearer:URL tests a deployed service", "%q is not an adapter, %s", args[0], only)
	case slices.Contains([]string{"builtin", "plain", "liar"}, kind):
		return usageHint("assay run --implementation "+args[0], "%q is built in and has no adapter to examine, %s", args[0], only)
	case isURL && !strings.ContainsAny(scheme, "/: ") && scheme != "http" && scheme != "https":
		return usage("%q is not an adapter, %s", args[0], only)
	}
	if err := implementations.Check(adapterName(args)); err != nil {
		return usageHint("assay adapter check node jose.mjs", "%v", err)
	}
	return nil
}

// adapterName returns how assay run would name the adapter.
func adapterName(args []string) string {
	if len(args) > 1 {
		return "exec:" + strings.Join(args, " ")
	}
	for _, prefix := range []string{"exec:", "http://", "https://"} {
		if strings.HasPrefix(args[0], prefix) {
			return args[0]
		}
	}
	return "exec:" + args[0]
}

func (a *app) printAdapterCheck(c *reports.AdapterCheck, asJSON, colored bool) error {
	if !asJSON {
		return reports.WriteAdapterCheck(a.stdout, c, colored)
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return a.print(fmt.Sprintf("%s\n", text))
}
