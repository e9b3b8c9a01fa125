package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/assay-id/assay/mockidp/intake"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
)

// matrixFlags are the flags of assay matrix.
type matrixFlags struct {
	output          matrixOutput
	selection       selectionFlags
	manifest        string
	implementations []string
	seed            string
	jobs, parallel  int
	timeout, limit  time.Duration
	keep            string
}

func (a *app) matrixCommand() *cobra.Command {
	var f matrixFlags
	cmd := &cobra.Command{
		Use:   "matrix [pattern... | recording...]",
		Short: "Compare implementations case by case, from runs of them or from recordings",
		Long: `Compare implementations case by case, from runs of them or from recordings.

With --implementations or --implementation, every implementation runs the same
cases with the same seed, several at once, and the arguments are patterns as for
assay run. Without, the arguments are recorded runs. One that cannot be started,
or stops, is a column that says so.

The report has the wrong verdicts of each level and group, then each case with
the answers of all, those in which they disagree first, and how each behaves in
floods, rotations and outages. Levels, skips and robustness are counted apart,
and there is no score. Each row and cell has the command that repeats it.

The file for --implementations is a manifest: a list of name, library, language,
implementation (what --implementation takes), and where needed dir, setup,
expectations and flags of assay run that say what it needs, such as --service;
patterns, --seed, --jobs and outputs are those of assay matrix. assay never runs
the commands of setup.

The exit code is 0 if every implementation was judged as its expectations say
or, without any, passed everything; 3 if one was not, or could not be started; 4
if only a busy machine is at fault; 5 if none could be started; and 130 if it
was interrupted, which leaves the files of --output as they were.`,
		Example: `  assay matrix --implementations implementations.yaml -o matrix.html
  assay matrix --implementation builtin --implementation 'mine=exec:node adapter.js' 'aud.*'
  assay matrix builtin.jsonl mine.jsonl --format markdown`,
		ValidArgsFunction: fileNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.manifest == "" && len(f.implementations) == 0 {
				const hint, why = "assay matrix --implementations FILE runs implementations", "is for runs, and the arguments are recordings"
				if err := a.refuseOthers(cmd, hint, why, "output", "format", "color", "quiet"); err != nil {
					return err
				}
				return a.matrixOfRecordings(cmd.Context(), f, args)
			}
			return a.matrixOfRuns(cmd.Context(), f, args)
		},
	}
	f.output.register(cmd)
	f.selection.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.manifest, "implementations", "", "`file` that lists what to compare")
	flags.StringArrayVar(&f.implementations, "implementation", nil,
		"compare this, too, as `[NAME=]SPEC`: "+implementationNames()+"; may be repeated")
	flags.StringVar(&f.seed, "seed", "", "run all with this `seed`; random if empty")
	flags.IntVar(&f.parallel, "parallel", 0, "how many implementations to run at once; 0 means one per CPU")
	flags.IntVar(&f.jobs, "jobs", 2, "how many cases of each to run at once")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "how long an implementation may take to answer")
	flags.DurationVar(&f.limit, "limit", 20*time.Minute, "how long one implementation may take in all")
	flags.StringVar(&f.keep, "keep", "", "keep the recording of each run in this `folder`")
	return cmd
}

// matrixOfRecordings compares recorded runs.
func (a *app) matrixOfRecordings(ctx context.Context, f matrixFlags, names []string) error {
	if len(names) == 0 {
		return usageHint("assay matrix --implementations FILE, or assay matrix a.jsonl b.jsonl", "nothing to compare: want implementations or recorded runs")
	}
	var runs []*reports.MatrixRun
	for _, name := range names {
		file, err := intake.Open(name)
		if err != nil {
			return usageHint("patterns of cases need --implementation or --implementations, and without one the arguments are recordings", "%v", err)
		}
		defer file.Close()
		column := strings.TrimSuffix(filepath.Base(name), filepath.Ext(name))
		if slices.ContainsFunc(runs, func(r *reports.MatrixRun) bool { return r.Name == column }) {
			column = name
		}
		run, err := reports.ReadMatrixRun(column, reports.Read(file))
		if err != nil {
			return usage("%s: %v", name, err)
		}
		runs = append(runs, run)
	}
	return a.writeMatrix(ctx, f, runs)
}

// matrixOfRuns runs implementations and compares them.
func (a *app) matrixOfRuns(ctx context.Context, f matrixFlags, patterns []string) error {
	if f.jobs < 1 {
		return usage("--jobs is %d, want 1 or more", f.jobs)
	}
	if f.parallel < 0 {
		return usage("--parallel is %d, want 0 or more", f.parallel)
	}
	if f.parallel == 0 {
		f.parallel = runtime.GOMAXPROCS(0)
	}
	for name, d := range map[string]time.Duration{"timeout": f.timeout, "limit": f.limit} {
		if err := positive(name, d); err != nil {
			return err
		}
	}
	if _, err := f.output.list(); err != nil {
		return err // before the runs, which take minutes
	}
	listed, err := f.listed()
	if err != nil {
		return err
	}
	list, err := f.selection.choose(a, patterns)
	if err != nil {
		return err
	}
	c, err := openCatalogue(f.selection.catalog)
	if err != nil {
		return err
	}
	seed, err := parseSeed(f.seed)
	if err != nil {
		return err
	}
	var columns []*column
	for _, l := range listed {
		column, err := a.newColumn(l, f)
		if err != nil {
			return err
		}
		columns = append(columns, column)
	}
	if f.keep != "" {
		if err := os.MkdirAll(f.keep, 0o777); err != nil {
			return usage("--keep: %v", err)
		}
	}
	runs := a.runColumns(ctx, f, columns, c, list, seed)
	if err := a.writeMatrix(ctx, f, runs); err != nil {
		if ctx.Err() == nil && !slices.ContainsFunc(columns, func(c *column) bool { return c.started }) {
			return &exitError{code: exitNoAnswers, err: errors.New("no implementation could be started")}
		}
		return err
	}
	return nil
}

// listed returns the implementations of the manifest and of the flags.
func (f *matrixFlags) listed() ([]implementations.Listed, error) {
	var list []implementations.Listed
	if f.manifest != "" {
		m, err := implementations.ReadManifest(f.manifest)
		if err != nil {
			return nil, usage("--implementations: %v", err)
		}
		list = m.Implementations
	}
	for _, value := range f.implementations {
		name, spec, named := strings.Cut(value, "=")
		if !named || strings.ContainsAny(name, ": ") {
			name, spec = redact(value), value
		}
		switch {
		case name == "":
			return nil, usageHint("--implementation NAME=SPEC", "--implementation: %q has no name", value)
		case strings.HasPrefix(spec, bearerPrefix):
			return nil, usageHint("list it in a manifest for --implementations, with --service=COMMAND among its flags",
				"--implementation: %q is a deployed service, which needs flags of its own", name)
		}
		list = append(list, implementations.Listed{Name: name, Implementation: spec})
	}
	seen := make(map[string]string) // names by the name of their file
	for _, l := range list {
		const hint = "--implementation NAME=SPEC gives one another name"
		switch other, ok := seen[l.FileName()]; {
		case ok && other == l.Name:
			return nil, usageHint(hint, "two implementations are called %s", l.Name)
		case ok:
			return nil, usageHint(hint, "the recordings of %q and %q would both be %s.jsonl", other, l.Name, l.FileName())
		}
		seen[l.FileName()] = l.Name
	}
	return list, nil
}

// writeMatrix writes the comparison of runs. If they were interrupted, it only
// prints it: the files that it would replace are most likely whole.
func (a *app) writeMatrix(ctx context.Context, f matrixFlags, runs []*reports.MatrixRun) error {
	interrupted := &exitError{code: exitInterrupted, err: errInterrupted}
	if ctx.Err() != nil && len(f.output.outputs) > 0 {
		interrupted.err = errors.New("interrupted; the files of --output are left as they were")
		f.output.outputs = nil
	}
	if err := f.output.write(a, reports.NewMatrix("assay", version(), runs)); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return interrupted
	case slices.ContainsFunc(runs, func(r *reports.MatrixRun) bool { return !r.Green() && !r.OnlyBusy() }):
		return &exitError{code: exitNonconform}
	case slices.ContainsFunc(runs, func(r *reports.MatrixRun) bool { return !r.Green() }):
		return &exitError{code: exitInvalid, err: errors.New("the machine was too busy to judge some cases"),
			hint: "--parallel 1 --jobs 1 runs one case at a time"}
	}
	return nil
}

// newColumn reads what is known about an implementation, and the flags with
// which it runs.
func (a *app) newColumn(l implementations.Listed, f matrixFlags) (*column, error) {
	c := &column{listed: l}
	if info, err := os.Stat(cmp.Or(l.Dir, ".")); err != nil || !info.IsDir() {
		return nil, usage("--implementations: %v", l.Wrong(fmt.Errorf("dir is %q, want a folder that exists", l.Dir), "dir"))
	}
	cmd := &cobra.Command{Use: "run"}
	c.flags.registerNeeds(cmd.Flags())
	for i, flag := range l.Flags {
		if err := cmd.ParseFlags([]string{flag}); err != nil {
			return nil, usageHint("possible are "+flagNames(cmd.Flags())+"; what all have in common is a flag of assay matrix",
				"--implementations: %v", l.Wrong(err, "flags", strconv.Itoa(i)))
		}
	}
	c.flags.implementation = l.Implementation
	if !cmd.Flags().Changed("timeout") {
		c.flags.timeout = f.timeout
	}
	err := a.refuseDeployed(cmd, &c.flags)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", l.Name, err)
	}
	if c.known, err = readExpectations(l.Expectations); err != nil {
		return nil, err
	}
	if c.choices, err = readChoices(c.flags.policyFile); err != nil {
		return nil, err
	}
	return c, checkImplementation(l.Implementation)
}

// flagNames lists the flags of a set.
func flagNames(flags *pflag.FlagSet) string {
	var names []string
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
	return strings.Join(names, " ")
}

// column is one implementation of a matrix.
type column struct {
	listed  implementations.Listed
	flags   runFlags
	known   *scenarios.Expectations
	choices *scenarios.Choices
	started bool
}

// dir returns the working folder of a command, and "" for what has none.
func (c *column) dir() string {
	if strings.HasPrefix(c.listed.Implementation, "exec:") || c.flags.deployed.service != "" {
		return c.listed.Dir
	}
	return ""
}

// columnFailure returns an error as the reason why a column is empty.
func columnFailure(err error) string {
	return redact(strings.TrimLeft(strings.TrimPrefix(err.Error(), "--implementation"), ": "))
}
