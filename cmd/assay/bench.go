package main

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/scenarios/bench"
)

// thresholdHelp begins the help of --threshold; examples follow it.
const thresholdHelp = "`condition` that decides the exit code, such as "

func (a *app) benchCommand() *cobra.Command {
	var o outputFlags
	var opts bench.Options
	var seed string
	cmd := &cobra.Command{
		Use:   "bench [series...]",
		Short: "Measure the hot path of verification in process",
		Long: `Measure the hot path of verification in process: the time of one verification,
its ratio to the bare signature check of the standard library, and allocations.

A series can be given as a glob, such as 'RS256*'. The series are
` + "  " + strings.Join(bench.SeriesNames(), ", ") + `.

The ratio is the figure to compare across machines. Percentiles and rates that
were measured while other processes were busy are printed and marked as invalid.`,
		Example: `  assay bench
  assay bench 'RS256*' --duration 10s --threshold 'ratio{series=RS256 cold} < 0.75'`,
		RunE: func(cmd *cobra.Command, series []string) error {
			opts.Series = series
			return a.bench(cmd.Context(), o, opts, seed)
		},
	}
	o.register(cmd)
	f := cmd.Flags()
	f.DurationVar(&opts.Duration, "duration", 3*time.Second, "how long each series is measured")
	f.IntVar(&opts.Workers, "workers", 0, "goroutines that verify; 0 means one per CPU")
	f.IntVar(&opts.Tokens, "tokens", 256, "number of distinct tokens, 256 to 65536")
	f.BoolVar(&opts.SkipRatio, "skip-ratio", false, "skip the ratio, which takes most of the time")
	f.StringArrayVar(&opts.Thresholds, "threshold", nil,
		thresholdHelp+"'ratio < 0.8' or 'allocs/op <= 5'; may be repeated")
	f.StringVar(&seed, "seed", "", "repeat keys and tokens with this `seed`; random if empty")
	return cmd
}

func (a *app) bench(ctx context.Context, o outputFlags, opts bench.Options, seed string) error {
	var err error
	if opts.Seed, err = parseSeed(seed); err != nil {
		return err
	}
	opts.Header = a.header()
	if err := cmp.Or(positive("duration", opts.Duration),
		positive("tokens", opts.Tokens)); err != nil {
		return err
	}
	if err := opts.Validate(); err != nil {
		return ended(ctx, err)
	}
	handler, _, err := a.open(o)
	if err != nil {
		return err
	}
	_, err = bench.Run(ctx, opts, handler.Handle)
	if closeErr := handler.Close(); closeErr != nil && err == nil {
		err = closeErr
	}
	return ended(ctx, err)
}
