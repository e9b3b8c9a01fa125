package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/implementations/plain"
	"github.com/assay-id/assay/scenarios/run"
)

// runFlags are the flags of assay run.
type runFlags struct {
	output         outputFlags
	selection      selectionFlags
	seed           string
	jobs           int
	implementation string
	timeout        time.Duration
	failFast       bool
	strictReasons  bool
	deployed       deployedFlags

	network networkFlags
	tls     bool

	kubernetes kubernetesFlags

	policyFile        string
	expectations      string
	writeExpectations string
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [pattern...]",
		Short: "Run scenarios against a verifier and say what it gets wrong",
		Long: `Run scenarios against a verifier and say what it gets wrong.

A pattern is the ID of a scenario, the name of a group, a code that Char
documents, or a glob: assay run aud 'exp.*' INVALID_ISSUER. Without a pattern
all scenarios run. Flags narrow the selection further. It is an error to select
nothing.

A case passes or fails by its verdict. A right verdict for another reason than
the expected one passes and is counted separately, unless --strict-reasons is set.

The file for --expectations has the sections known-failing, flaky and skip, with
lines of the form { case: PATTERN, reason: TEXT }. The run then fails only for
what is new: a case that fails without a line, one that passes in spite of its
line, and an unused line.

The file for --policy-file says what the implementation chose where the
specifications leave a choice, such as leeway: 2m. Cases are judged under it: an
expectation that rests on another choice changes with it, and a case for which
nothing follows is skipped; the report says which line did it.`,
		Example: `  assay run
  assay run 'aud.*' INVALID_ISSUER --verbose
  assay run --level must --shard 1/4 --fail-fast
  assay run --failed-from run.jsonl
  assay run --implementation liar:decode-only --write-expectations known.yaml
  assay run --implementation 'exec:node adapter.js' -o junit.xml -o run.jsonl
  assay run --policy char --implementation bearer:http://127.0.0.1:3000/me --service 'node server.mjs'
  assay run --policy char --implementation bearer:http://127.0.0.1:3000/me --control http://127.0.0.1:9090
  assay run --implementation http://172.17.0.2:9000/assay \
    --idp-addr 172.17.0.1:0 --unsafe-allow-non-loopback`,
		RunE: func(cmd *cobra.Command, patterns []string) error {
			if f.writeExpectations != "" && f.failFast {
				return usage("--fail-fast judges some of the cases, and --write-expectations needs all")
			}
			if err := a.refuseDeployed(cmd, &f); err != nil {
				return err
			}
			if f.kubernetes.image != "" {
				return a.runManifest(cmd, &f, patterns)
			}
			return a.runScenarios(cmd.Context(), f, patterns)
		},
	}
	f.register(cmd)
	return cmd
}

func (f *runFlags) register(cmd *cobra.Command) {
	f.output.register(cmd)
	f.selection.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.seed, "seed", "", "repeat the run with this `seed`; random if empty")
	flags.IntVar(&f.jobs, "jobs", 0,
		"how many cases to run at once, at most all; 0 means two per CPU")
	flags.StringVar(&f.implementation, "implementation", "builtin",
		"what to test: "+implementationNames()+", or bearer:URL for a deployed service")
	f.registerNeeds(flags)
	flags.BoolVar(&f.failFast, "fail-fast", false, "stop at the first case that does not pass")
	flags.StringVar(&f.expectations, "expectations", "",
		"`file` that lists what the implementation is known to get wrong")
	f.kubernetes.register(flags, "run")
	flags.StringVar(&f.writeExpectations, "write-expectations", "",
		"write the smallest such `file` that makes this run pass")
}

// registerNeeds registers the flags that are about what is tested. An entry of
// a manifest may have them.
func (f *runFlags) registerNeeds(flags *pflag.FlagSet) {
	f.network.register(flags, "idp-")
	flags.BoolVar(&f.tls, "idp-tls", false,
		"serve the environments over https; adapters are told the CA")
	flags.BoolVar(&f.strictReasons, "strict-reasons", false,
		"fail a right verdict that has another reason; always so for builtin, plain and the liars")
	flags.StringVar(&f.policyFile, "policy-file", "",
		"`file` that says what the implementation does on purpose: leeway, algorithms, trusted_audiences, max_lifetime, require")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second,
		"how long a foreign implementation may take to answer")
	f.deployed.register(flags)
}

// environments returns where the environments of a run listen.
func (f *runFlags) environments() (mockidp.ListenerConfig, error) {
	if f.tls {
		f.network.tls = string(mockidp.TLSTrusted)
	}
	return f.network.config()
}

// parseSeed parses --seed, or draws a random seed.
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
	if f.jobs < 0 {
		return usage("--jobs is %d, want 0 or more", f.jobs)
	}
	if err := positive("timeout", f.timeout); err != nil {
		return err
	}
	list, err := f.selection.choose(a, patterns)
	if err != nil {
		return err
	}
	known, catalogue, err := f.known()
	if err != nil {
		return err
	}
	choices, err := readChoices(f.policyFile)
	if err != nil {
		return err
	}
	seed, err := parseSeed(f.seed)
	if err != nil {
		return err
	}
	network, err := f.environments()
	if err != nil {
		return err
	}
	opts := run.Options{
		Scenarios: list, Name: redact(f.implementation),
		Seed: seed, Jobs: f.jobs, StrictReasons: f.strictReasons, FailFast: f.failFast, Expectations: known, Catalogue: catalogue, Choices: choices,
		Header: a.header(), Files: f.selection.catalog, Network: network,
	}
	closeImplementation, err := a.openForRun(ctx, f, &opts)
	if err != nil {
		return err
	}
	defer closeImplementation()
	handler, summary, err := a.open(f.output)
	if err != nil {
		return err
	}
	defer limitMemory()()
	cases := make(caseIndex)
	handler = reports.Tee(handler, cases)
	if !f.output.quiet {
		handler = a.withProgress(handler)
	}
	opts.Header.Shard = f.selection.shard
	_, err = run.Run(ctx, opts, handler.Handle)
	err = f.network.listening(err)
	if service, ok := opts.Implementation.(implementations.Deployed); ok && err == nil && !f.output.quiet {
		a.showUnread(service)
	}
	if closeErr := closeImplementation(); err == nil && closeErr != nil {
		err = &exitError{code: exitNonconform, err: fmt.Errorf("--implementation, after its last case: %w", closeErr)}
	}
	if err = closed(handler, err); err != nil {
		return notReady(err)
	}
	if f.writeExpectations != "" {
		if len(cases) < len(list) {
			return fmt.Errorf("--write-expectations: %d of %d cases were judged; %s is not written",
				len(cases), len(list), f.writeExpectations)
		}
		return a.writeExpectations(f.writeExpectations, run.WriteExpectations(known, list, cases))
	}
	return green(summary)
}

// known returns what the implementation is known to get wrong, and the catalogue
// that it is about, or nothing without --expectations.
func (f *runFlags) known() (*scenarios.Expectations, *scenarios.Catalogue, error) {
	known, err := readExpectations(f.expectations)
	if known == nil || err != nil {
		return nil, nil, err
	}
	catalogue, err := openCatalogue(f.selection.catalog)
	return known, catalogue, err
}

// runMemory is the memory that a run needs: 64 MiB for its largest token and
// 40 MiB for the rest. runGarbage is how much garbage, in percent of what is in
// use, may gather below that: a run has little in use and makes much garbage,
// so collecting at the usual hundred costs a tenth of its time.
const (
	runMemory  = 104 << 20
	runGarbage = 400
)

// limitMemory lets the garbage collector wait below runMemory and makes it work
// harder above, instead of letting garbage double the memory of a large token.
// The limit is soft; a lower GOMEMLIMIT, and any GOGC, takes precedence. Call
// remove to restore what was set before.
func limitMemory() (remove func()) {
	limit := debug.SetMemoryLimit(-1)
	debug.SetMemoryLimit(min(limit, runMemory))
	if os.Getenv("GOGC") != "" {
		return func() { debug.SetMemoryLimit(limit) }
	}
	percent := debug.SetGCPercent(runGarbage)
	return func() {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(percent)
	}
}

// openForRun opens what is under test, and for a deployed service also the
// environment that it trusts. close may be called twice.
func (a *app) openForRun(ctx context.Context, f runFlags, opts *run.Options) (closeAll func() error, err error) {
	if !strings.HasPrefix(f.implementation, bearerPrefix) {
		err = f.network.writeCA(func() []byte { return run.CA(opts.Seed, opts.Network) })
		if err != nil {
			return nil, err
		}
		opts.Implementation, err = openImplementation(ctx, f.implementation, implementations.ExecOptions{Timeout: f.timeout, Dir: opts.Dir})
		if err != nil {
			return nil, err
		}
		return opts.Implementation.Close, nil
	}
	d, err := a.openDeployed(ctx, f, opts.Network, opts.Dir)
	if err != nil {
		return nil, err
	}
	if service, ok := d.implementation.(implementations.Deployed); ok && !f.output.quiet {
		n := d.opts.Waiting(opts.Scenarios, service)
		if total := time.Duration(n) * d.opts.Settle; total >= time.Minute {
			fmt.Fprintf(a.stderr, "The run takes about %v: %d cases wait %v each.\n", total, n, d.opts.Settle)
		}
	}
	opts.Implementation, opts.Server, opts.Network, opts.Deployed, opts.Flags = d.implementation, d.server, d.network, d.opts, f.deployed.typed
	return d.close, nil
}

// openImplementation opens the implementation that --implementation names.
func openImplementation(
	ctx context.Context, name string, opts implementations.ExecOptions,
) (implementations.Implementation, error) {
	if err := checkImplementation(name); err != nil {
		return nil, err
	}
	implementation, err := implementations.Open(ctx, name, opts)
	if err == nil {
		return implementation, nil
	}
	err = fmt.Errorf("--implementation %q: %w", name, err)
	if !errors.Is(err, implementations.ErrStart) {
		return nil, err
	}
	return nil, &exitError{code: exitNoAnswers, err: err, hint: startHint(err, opts.Timeout)}
}

// checkImplementation refuses a value of --implementation that cannot be one.
func checkImplementation(name string) error {
	err := implementations.Check(name)
	if err == nil {
		return nil
	}
	unknown, ok := errors.AsType[*implementations.UnknownError](err)
	if !ok {
		return usageHint("assay run --help describes the values of --implementation", "--implementation: %v", err)
	}
	const hint = "assay list --liars shows the liars"
	liar, isLiar := strings.CutPrefix(name, "liar:")
	if !isLiar {
		return usageHint(hintNear(hint, name, implementations.Names()), "--implementation: %v", unknown)
	}
	// There are hundreds, which all begin alike.
	if near := scenarios.Near(liar, liarNames()); near != "" {
		return usageHint(didYouMean("liar:"+near, hint), "--implementation: %q does not exist", name)
	}
	return usageHint(hint, "--implementation: %q does not exist", name)
}

// startHint says what helps an implementation that did not start because of
// err.
func startHint(err error, timeout time.Duration) string {
	if errors.Is(err, implementations.ErrHang) {
		return fmt.Sprintf("--timeout %v gives it more time than %v", 3*timeout, timeout)
	}
	return ""
}

func liarNames() []string {
	var names []string
	for _, l := range plain.Liars() {
		names = append(names, l.Name)
	}
	return names
}

// implementationNames describes the values of --implementation.
func implementationNames() string {
	return "builtin, plain, liar:NAME (see assay list --liars), exec:COMMAND, or a URL that speaks the protocol"
}
