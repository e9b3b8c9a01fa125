package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/run"
)

// runFlags are the flags of assay run.
type runFlags struct {
	output         outputFlags
	seed           string
	jobs           int
	implementation string
	catalog        []string
	timeout        time.Duration
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [pattern...]",
		Short: "Run scenarios against a verifier and say what it gets wrong",
		Long: `Run scenarios against a verifier and say what it gets wrong.

A pattern is the ID of a scenario, the name of a group, a code that Char
documents, or has wildcards: assay run aud 'exp.*' INVALID_ISSUER. No pattern
means all. Nothing selected is an error.`,
		Example: `  assay run
  assay run 'aud.*' INVALID_ISSUER --verbose
  assay run --implementation liar:decode-only
  assay run --implementation 'exec:node adapter.js' --format junit -o junit.xml`,
		RunE: func(cmd *cobra.Command, patterns []string) error { return a.runScenarios(cmd.Context(), f, patterns) },
	}
	f.output.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.seed, "seed", "", "repeat the run with this `seed`; random if empty")
	flags.IntVar(&f.jobs, "jobs", 0, "how many cases to run at once; 0 means one for each CPU")
	flags.StringVar(&f.implementation, "implementation", "builtin", "what to test: "+implementationNames())
	flags.StringArrayVar(&f.catalog, "catalog", nil, "scenario `file` in place of the built-in catalogue; may be repeated")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "how long a foreign implementation may take for one answer")
	return cmd
}

// openCatalogue returns the built-in catalogue, or that of files.
func openCatalogue(files []string) (*scenarios.Catalogue, error) {
	if len(files) == 0 {
		return scenarios.Builtin()
	}
	c, err := scenarios.FromFiles(files...)
	if err != nil {
		return nil, &exitError{code: exitUsage, err: err}
	}
	return c, nil
}

// selectScenarios returns what patterns select.
func selectScenarios(c *scenarios.Catalogue, patterns []string) ([]*scenarios.Scenario, error) {
	list, err := c.Select(patterns...)
	if err == nil {
		return list, nil
	}
	hint := "assay list shows all scenarios"
	if missing, ok := errors.AsType[*scenarios.NoMatchError](err); ok && missing.Near != "" {
		hint = fmt.Sprintf("did you mean %s? assay list shows all scenarios", missing.Near)
	}
	return nil, usageHint(hint, "%v", err)
}

// parseSeed reads --seed, or draws a seed.
func parseSeed(text string) (uint64, error) {
	if text == "" {
		var b [4]byte
		if _, err := rand.Read(b[:]); err != nil {
			return 0, err
		}
		return uint64(binary.BigEndian.Uint32(b[:])), nil
	}
	seed, err := run.ParseSeed(text)
	if err != nil {
		return 0, usage("--seed: %v", err)
	}
	return seed, nil
}

func (a *app) runScenarios(ctx context.Context, f runFlags, patterns []string) error {
	c, err := openCatalogue(f.catalog)
	if err != nil {
		return err
	}
	list, err := selectScenarios(c, patterns)
	if err != nil {
		return err
	}
	seed, err := parseSeed(f.seed)
	if err != nil {
		return err
	}
	implementation, err := openImplementation(ctx, f.implementation, f.timeout)
	if err != nil {
		return err
	}
	defer implementation.Close()
	handler, summary, err := a.open(f.output)
	if err != nil {
		return err
	}
	_, err = run.Run(ctx, run.Options{
		Scenarios: list, Implementation: implementation, Name: f.implementation,
		Seed: seed, Jobs: f.jobs, Header: a.header(), Files: f.catalog,
	}, handler.Handle)
	if err := errors.Join(err, handler.Close()); err != nil {
		return err
	}
	return green(summary)
}

// openImplementation finds what --implementation names.
func openImplementation(ctx context.Context, name string, timeout time.Duration) (implementations.Implementation, error) {
	implementation, err := implementations.Open(ctx, name, implementations.ExecOptions{Timeout: timeout})
	if err == nil {
		return implementation, nil
	}
	if unknown, ok := errors.AsType[*implementations.UnknownError](err); ok {
		return nil, usageHint("assay list --liars shows the liars", "--implementation: %v", unknown)
	}
	return nil, fmt.Errorf("--implementation %q: %w", name, err)
}

// implementationNames says what --implementation takes.
func implementationNames() string {
	return "builtin, plain, liar:NAME (see assay list --liars), exec:COMMAND or a URL"
}
