package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/panics"
	"github.com/assay-id/assay/scenarios/run"
)

// matrixRuns runs the columns of a matrix.
type matrixRuns struct {
	app       *app
	flags     matrixFlags
	catalogue *scenarios.Catalogue
	list      []*scenarios.Scenario
	seed      uint64
	quiet     run.Quiet

	mu       sync.Mutex // guards what follows
	progress *progressLine
	judged   int // cases of all columns
	ended    int // columns
	of       int
}

// runColumns runs all columns, some at once, and returns their runs in order.
func (a *app) runColumns(
	ctx context.Context, f matrixFlags, columns []*column, c *scenarios.Catalogue, list []*scenarios.Scenario, seed uint64,
) []*reports.MatrixRun {
	m := &matrixRuns{app: a, flags: f, catalogue: c, list: list, seed: seed, of: len(columns)}
	if !f.output.quiet {
		m.progress = a.newProgress()
		defer m.progress.erase()
	}
	runs := make([]*reports.MatrixRun, len(columns))
	limit := make(chan struct{}, f.parallel)
	var wg sync.WaitGroup
	for i, column := range columns {
		runs[i] = &reports.MatrixRun{Name: column.listed.Name}
		wg.Go(func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			// One that fails, by a panic too, must not lose the others.
			var err error
			if panicked := panics.Catch(func() { err = m.run(ctx, column, runs[i]) }); panicked != nil {
				err = panicked
			}
			if err != nil {
				runs[i].Failure = columnFailure(err)
			}
			m.show(0, 1)
		})
	}
	wg.Wait()
	return runs
}

// errLimit ends the run of an implementation that takes too long.
var errLimit = errors.New("it took longer than --limit")

// run runs one column.
func (m *matrixRuns) run(ctx context.Context, c *column, into *reports.MatrixRun) error {
	if ctx.Err() != nil {
		return errInterrupted
	}
	whole := ctx
	ctx, cancel := context.WithTimeoutCause(ctx, m.flags.limit, errLimit)
	defer cancel()
	opts := run.Options{
		Scenarios: m.list, Catalogue: m.catalogue, Name: redact(c.flags.implementation), Dir: c.dir(),
		Seed: m.seed, Jobs: m.flags.jobs, Quiet: &m.quiet, StrictReasons: c.flags.strictReasons,
		Expectations: c.known, Choices: c.choices, Header: m.app.header(), Files: m.flags.selection.catalog,
	}
	var err error
	if opts.Network, err = c.flags.environments(); err != nil {
		return err
	}
	closeImplementation, err := m.app.openForRun(ctx, c.flags, &opts)
	if err != nil {
		return err
	}
	defer closeImplementation()
	c.started = true
	handlers := []reports.Handler{into}
	if m.flags.keep != "" {
		name := filepath.Join(m.flags.keep, c.listed.FileName()+".jsonl")
		file, err := createFile(name, true)
		if err != nil {
			return fmt.Errorf("--keep: %w", err)
		}
		handlers = append(handlers, filed{Handler: reports.NewWriter(file), file: file})
	}
	handler := reports.Tee(handlers...)
	_, err = run.Run(ctx, opts, func(r reports.Record) error {
		if r.Case != nil {
			m.show(1, 0)
		}
		return handler.Handle(r)
	})
	if closeErr := closeImplementation(); err == nil && closeErr != nil {
		err = fmt.Errorf("after its last case: %w", closeErr)
	}
	err = closed(handler, err)
	if err == nil && whole.Err() == nil && ctx.Err() != nil {
		err = fmt.Errorf("%w, %v", errLimit, m.flags.limit)
	}
	return err
}

// show adds to the progress and shows it.
func (m *matrixRuns) show(judged, ended int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.judged, m.ended = m.judged+judged, m.ended+ended
	if m.progress != nil {
		m.progress.show(fmt.Sprintf("%d of %d implementations done, %d of %d cases run", m.ended, m.of, m.judged, m.of*len(m.list)))
	}
}
