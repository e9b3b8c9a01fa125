package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime/metrics"
	"time"

	"github.com/assay-id/assay/mockidp"
	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/scenarios/mutants/point"
	"github.com/assay-id/assay/scenarios/run"
)

// worker has what all requests share.
type worker struct {
	catalogue *scenarios.Catalogue
	server    *mockidp.Server
	runs      uint64
}

// serve answers requests on standard input until that ends.
func serve(ctx context.Context) error {
	catalogue, err := scenarios.Builtin()
	if err != nil {
		return err
	}
	server, err := mockidp.Start(ctx, mockidp.Config{Seed: 1})
	if err != nil {
		return err
	}
	go boundMemory()
	w := &worker{catalogue: catalogue, server: server}
	in, out := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var q Request
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			return err
		}
		answer, err := w.answer(ctx, q)
		if err != nil {
			return err
		}
		if err := out.Encode(answer); err != nil {
			return err
		}
	}
	return in.Err()
}

// maxMemory is far above what the whole catalogue needs.
const maxMemory = 1 << 30

// exitMemory is the exit code after too much memory was in use.
const exitMemory = 7

// boundMemory ends the process when a mutant eats memory.
func boundMemory() {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	for range time.Tick(20 * time.Millisecond) {
		if metrics.Read(sample); sample[0].Value.Uint64() > maxMemory {
			os.Exit(exitMemory)
		}
	}
}

// Request, Answer and Result are what the driver and its workers exchange.

// Request asks for cases under one mutant.
type Request struct {
	Mutant    int // zero for none
	Cases     []string
	TimeoutMS int
}

// Answer is what became of them. After a failure not all are in it.
type Answer struct {
	Results []Result

	// Reached and Different are the numbers of the mutants whose code ran, and
	// of those that would have made a difference.
	Reached, Different []int

	TimedOut bool
}

// Result is the outcome of one case.
type Result struct {
	Case    string
	Outcome reports.Outcome
	MS      float64
}

// giveUp is how long cases may take to end after their time is over and the
// mutant is off, which ends most endless loops.
const giveUp = 3 * time.Second

// exitHang is the exit code if they do not.
const exitHang = 8

func (w *worker) answer(ctx context.Context, q Request) (*Answer, error) {
	answer := new(Answer)
	timeout := time.Duration(q.TimeoutMS) * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	late := time.AfterFunc(timeout, func() { point.Set(0) })
	stuck := time.AfterFunc(timeout+giveUp, func() { os.Exit(exitHang) })
	point.Reached()
	point.Set(q.Mutant)
	err := w.run(ctx, q.Cases, answer)
	point.Set(0)
	answer.Reached, answer.Different = point.Reached()
	late.Stop()
	stuck.Stop()
	answer.TimedOut = ctx.Err() != nil
	return answer, err
}

// run executes cases and stops at the first that does not pass.
func (w *worker) run(ctx context.Context, ids []string, answer *Answer) error {
	w.runs++
	opts := run.Options{
		Implementation: implementations.Builtin(), Server: w.server, Seed: w.runs, FailFast: true,
		// Other mutants run at the same time, so the machine is always busy; a
		// case that fails for it does not fail under its mutant alone.
		Watch: func() func() string { return func() string { return "" } },
	}
	for _, id := range ids {
		s := w.catalogue.Get(id)
		if s == nil {
			return fmt.Errorf("there is no case %q", id)
		}
		opts.Scenarios = append(opts.Scenarios, s)
	}
	_, err := run.Run(ctx, opts, func(r reports.Record) error {
		if c := r.Case; c != nil {
			answer.Results = append(answer.Results, Result{c.ID, c.Outcome, c.DurationMillis})
		}
		return nil
	})
	return err
}
