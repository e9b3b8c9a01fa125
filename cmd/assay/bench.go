package main

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/bench"
)

// thresholdHelp begins the help of --threshold; examples follow it.
const thresholdHelp = "`condition` that decides the exit code, such as "

// benchFlags are the flags of assay bench.
type benchFlags struct {
	output  outputFlags
	opts    bench.Options
	seed    string
	against string
	margin  percentFlag
}

func (f *benchFlags) register(flags *pflag.FlagSet) {
	f.margin = 0.03
	flags.DurationVar(&f.opts.Duration, "duration", 3*time.Second, "how long each series is measured")
	flags.IntVar(&f.opts.Workers, "workers", 0, "goroutines that verify; 0 means one per CPU")
	flags.IntVar(&f.opts.Tokens, "tokens", 256, "number of distinct tokens, 256 to 65536")
	flags.StringArrayVar(&f.opts.Sweep, "sweep", nil,
		"measure each series with several `values` of keys, size or workers, such as keys=1,10,100 or size=2048,8192; may be repeated")
	flags.IntVar(&f.opts.Ratio.Epochs, "epochs", 8, "epochs of 0.3 s over which the interval of a ratio is taken, 3 or more")
	flags.BoolVar(&f.opts.SkipRatio, "skip-ratio", false, "skip the ratio, which takes most of the time")
	flags.BoolVar(&f.opts.Steps, "steps", false, "add the share of each step in the time of a verification, from a CPU profile")
	flags.StringArrayVar(&f.opts.Thresholds, "threshold", nil,
		thresholdHelp+"'ratio < 0.8' or 'allocs/op <= 5'; may be repeated")
	flags.StringVar(&f.against, "against", "",
		"recording `file` of an earlier benchmark; a ratio that is worse by more than the margin misses a threshold")
	flags.Var(&f.margin, "margin", "how much worse a ratio may be than with --against")
	flags.StringVar(&f.seed, "seed", "", "repeat keys and tokens with this `seed`; random if empty")
}

func (a *app) benchCommand() *cobra.Command {
	var f benchFlags
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
			return a.bench(cmd.Context(), &f, series)
		},
	}
	f.output.register(cmd)
	f.register(cmd.Flags())
	cmd.AddCommand(a.benchCompareCommand(), a.benchWorkerCommand(), a.benchEchoCommand())
	return cmd
}

// options returns what the flags and the named series ask for, without the
// benchmark of --against.
func (f *benchFlags) options(series []string) (opts bench.Options, err error) {
	opts = f.opts
	opts.Series, opts.Margin = series, float64(f.margin)
	if opts.Seed, err = parseSeed(f.seed); err != nil {
		return opts, err
	}
	return opts, cmp.Or(positive("duration", opts.Duration), positive("tokens", opts.Tokens))
}

func (a *app) bench(ctx context.Context, f *benchFlags, series []string) error {
	opts, err := f.options(series)
	if err != nil {
		return err
	}
	if f.against != "" {
		if opts.Against, err = a.baseline(ctx, f.against, f.output); err != nil {
			return err
		}
	}
	opts.Header = a.header()
	if err := opts.Validate(); err != nil {
		return ended(ctx, err)
	}
	handler, _, err := a.open(f.output)
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
