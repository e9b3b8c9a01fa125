package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/pflag"

	"github.com/assay-id/assay/mockidp/control"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/run"
	"github.com/assay-id/assay/tui"
)

// Select returns what patterns of assay run select.
func (e *engine) Select(patterns string) ([]string, error) {
	catalogue, err := e.catalogue()
	if err != nil {
		return nil, err
	}
	list, err := catalogue.Choose(scenarios.Selection{Patterns: strings.Fields(patterns)})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(list))
	for i, s := range list {
		ids[i] = s.ID
	}
	return ids, nil
}

// Run starts scenarios as assay run does with the same flags. A deployed service
// borrows the environment of the UI, which it must trust.
func (e *engine) Run(ctx context.Context, req tui.RunRequest) (*tui.Stream, error) {
	list, err := e.listed(req.IDs)
	if err != nil {
		return nil, err
	}
	f := flagsOf(req)
	opts := run.Options{Scenarios: list, Jobs: runJobs(), Name: redact(req.Implementation), Header: e.app.header(), Files: e.opts.catalog}
	if opts.Expectations, err = readExpectations(f.expectations); err != nil {
		return nil, hinted(err)
	}
	if opts.Expectations != nil {
		if opts.Catalogue, err = e.catalogue(); err != nil {
			return nil, err
		}
	}
	if opts.Choices, err = readChoices(f.policyFile); err != nil {
		return nil, hinted(err)
	}
	if opts.Seed, err = parseSeed(req.Seed); err != nil {
		return nil, err
	}
	if strings.HasPrefix(f.implementation, bearerPrefix) {
		if f.deployed.control, err = e.controlURL(ctx); err != nil {
			return nil, err
		}
	}
	closeImplementation, err := e.app.openForRun(ctx, f, &opts)
	if err != nil {
		return nil, hinted(err)
	}
	return tui.NewStream(ctx, func(ctx context.Context, emit func(reports.Record) error) (err error) {
		emit, done := e.record(emit)
		defer done()
		// A run makes tokens of several megabytes. Without this the runtime
		// would hold on to their memory for minutes while the screen is idle.
		// The screen need not wait for that.
		defer func() { go debug.FreeOSMemory() }()
		defer func() { err = errors.Join(err, closeImplementation()) }()
		_, err = run.Run(ctx, opts, emit)
		return err
	}), nil
}

// runJobs is how many cases of a run are judged at once: as many as assay run
// judges.
func runJobs() int { return run.DefaultJobs(runtime.NumCPU()) }

// listed returns the scenarios with the given IDs.
func (e *engine) listed(ids []string) ([]*scenarios.Scenario, error) {
	catalogue, err := e.catalogue()
	if err != nil {
		return nil, err
	}
	list := make([]*scenarios.Scenario, 0, len(ids))
	for _, id := range ids {
		s := catalogue.Get(id)
		if s == nil {
			return nil, fmt.Errorf("there is no scenario %q", id)
		}
		list = append(list, s)
	}
	return list, nil
}

// flagsOf returns the flags of assay run that make the same run: those of the
// request, and the defaults of the others.
func flagsOf(req tui.RunRequest) runFlags {
	var f runFlags
	f.registerNeeds(pflag.NewFlagSet("", pflag.ContinueOnError))
	f.implementation, f.policyFile, f.expectations = req.Implementation, req.PolicyFile, req.Expectations
	f.output.quiet = true // there is a screen
	return f
}

// hinted adds the hint of a usage error, which the command line prints apart.
func hinted(err error) error {
	if x, ok := errors.AsType[*exitError](err); ok && x.hint != "" {
		return fmt.Errorf("%w\n%s", err, x.hint)
	}
	return err
}

// controlURL returns the URL of the control API of the environment of the UI,
// which starts the first time.
func (e *engine) controlURL(ctx context.Context) (string, error) {
	if _, err := e.environment(); err != nil {
		return "", err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.control == nil {
		api, err := control.Start(ctx, e.server, control.Config{})
		if err != nil {
			return "", err
		}
		e.control = api
	}
	return e.control.URL(), nil
}
