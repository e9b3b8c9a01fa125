package main

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/bench"
)

// thresholdHelp begins the help of --threshold; examples follow it.
const thresholdHelp = "`condition` that decides the exit code, such as "

func (a *app) benchCommand() *cobra.Command {
	var o outputFlags
	var opts bench.Options
	var seed, against string
	margin := percentFlag(0.03)
	cmd := &cobra.Command{
		Use:   "bench [series...]",
		Short: "Measure the hot path of verification in process",
		Long: `Measure the hot path of verification in process: the time of one verification,
its ratio to the bare signature check of the standard library, and allocations.

A series can be given as a glob, such as 'RS256*'. The series are
` + "  " + strings.Join(bench.SeriesNames(), ", ") + `.
Those of PS256 and EdDSA, which Char does not document, are measured if they are
named.

The ratio is the figure to compare across machines. Percentiles and rates that
were measured while other processes were busy are printed and marked as invalid.`,
		Example: `  assay bench
  assay bench 'RS256*' --duration 10s --threshold 'ratio{series=RS256 cold} < 0.75'
  assay bench '*PS256*' '*EdDSA*'
  assay bench 'RS256 cold' --sweep size=2048,8192,32000
  assay bench --against baseline.jsonl --margin 3%`,
		RunE: func(cmd *cobra.Command, series []string) error {
			opts.Series, opts.Margin = series, float64(margin)
			return a.bench(cmd.Context(), o, opts, seed, against)
		},
	}
	o.register(cmd)
	f := cmd.Flags()
	f.DurationVar(&opts.Duration, "duration", 3*time.Second, "how long each series is measured")
	f.IntVar(&opts.Workers, "workers", 0, "goroutines that verify; 0 means one per CPU")
	f.IntVar(&opts.Tokens, "tokens", 256, "number of distinct tokens, 256 to 65536")
	f.StringArrayVar(&opts.Sweep, "sweep", nil,
		"measure each series with several `values` of keys, size or workers, such as keys=1,10,100 or size=2048,8192; may be repeated")
	f.IntVar(&opts.Ratio.Epochs, "epochs", 8, "epochs of 0.3 s over which the interval of a ratio is taken, 3 or more")
	f.BoolVar(&opts.SkipRatio, "skip-ratio", false, "skip the ratio, which takes most of the time")
	f.BoolVar(&opts.Steps, "steps", false, "add the share of each step in the time of a verification, from a CPU profile")
	f.StringArrayVar(&opts.Thresholds, "threshold", nil,
		thresholdHelp+"'ratio < 0.8' or 'allocs/op <= 5'; may be repeated")
	f.StringVar(&against, "against", "",
		"recording `file` of an earlier benchmark; a ratio that is worse by more than the margin misses a threshold")
	f.Var(&margin, "margin", "how much worse a ratio may be than with --against")
	f.StringVar(&seed, "seed", "", "repeat keys and tokens with this `seed`; random if empty")
	cmd.AddCommand(a.benchCompareCommand(), a.benchWorkerCommand(), a.benchEchoCommand())
	return cmd
}

func (a *app) bench(ctx context.Context, o outputFlags, opts bench.Options, seed, against string) error {
	var err error
	if against != "" {
		if opts.Against, err = a.baseline(ctx, against, o); err != nil {
			return err
		}
	}
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
	return ended(ctx, closed(handler, err))
}

// baseline reads the recording of an earlier benchmark.
func (a *app) baseline(ctx context.Context, name string, o outputFlags) (*bench.Baseline, error) {
	in := a.input(ctx)
	if name != stdoutName {
		file, err := intake.Open(name)
		if err != nil {
			return nil, usage("--against: %v", err)
		}
		defer file.Close()
		if err := o.spare(file); err != nil {
			return nil, err
		}
		in = file
	}
	var recorded reports.Summary
	if err := reports.Copy(&recorded, reports.Read(in)); err != nil {
		return nil, usage("--against: %s: %v", name, err)
	}
	if recorded.Header.Command != reports.CommandBench {
		return nil, usage("--against: %s records assay %s, want a benchmark", name, recorded.Header.Command)
	}
	b := &bench.Baseline{Name: name, Host: recorded.Header.Host}
	for _, s := range recorded.Samples {
		b.Samples = append(b.Samples, *s)
	}
	return b, nil
}

// percentFlag is a ratio that is typed in percent.
type percentFlag float64

func (p *percentFlag) String() string { return strconv.FormatFloat(100*float64(*p), 'g', -1, 64) + "%" }
func (p *percentFlag) Type() string   { return "percent" }

func (p *percentFlag) Set(text string) error {
	number, ok := strings.CutSuffix(text, "%")
	value, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(value > 0 && value <= 100) {
		return fmt.Errorf("it is %q, want more than 0%% and at most 100%%", text)
	}
	*p = percentFlag(value / 100)
	return nil
}
