package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/assay-id/assay/reports"
	"github.com/assay-id/assay/scenarios/implementations"
	"github.com/assay-id/assay/tui"
)

// Measure starts this program a second time as a worker: a process that draws a
// screen must not measure.
func (e *engine) Measure(ctx context.Context, req tui.MeasureRequest) (*tui.Stream, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	typed, err := arguments(req)
	if err != nil {
		return nil, err
	}
	// Flags win over what the user has set for the worker's command.
	args := []string{req.Command, "--format", "jsonl", "--output", stdoutName}
	cmd := exec.Command(program, append(args, typed...)...)
	cmd.Env = e.app.env
	return tui.NewStream(ctx, func(ctx context.Context, emit func(reports.Record) error) error {
		emit, done := e.record(emit)
		defer done()
		return work(ctx, cmd, emit)
	}), nil
}

// arguments returns the arguments of a request, with those that were typed as in
// a shell.
func arguments(req tui.MeasureRequest) ([]string, error) {
	if req.More == "" {
		return req.Arguments, nil
	}
	more, err := implementations.SplitCommand(req.More)
	if err != nil {
		return nil, fmt.Errorf("more flags: %w", err)
	}
	return append(slices.Clone(req.Arguments), more...), nil
}

// Estimate says how long a benchmark takes. It knows nothing of a load, whose
// options say that.
func (e *engine) Estimate(req tui.MeasureRequest) (time.Duration, error) {
	args, err := arguments(req)
	if err != nil || req.Command != reports.CommandBench {
		return 0, err
	}
	var f benchFlags
	flags := pflag.NewFlagSet(req.Command, pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	f.register(flags)
	if err := flags.Parse(args); err != nil {
		return 0, err
	}
	opts, err := f.options(flags.Args())
	if err != nil {
		return 0, err
	}
	return opts.Estimate()
}

// workerPatience is how long a worker may take to end after an interrupt. A load
// waits for the answers to the requests that are in flight.
const workerPatience = 2 * time.Second

// work runs a worker and passes its records on. When ctx ends the worker is
// interrupted, so that it reports what it has measured so far.
func work(ctx context.Context, cmd *exec.Cmd, emit func(reports.Record) error) error {
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	said := &tail{}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting the worker: %w", err)
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-ctx.Done():
			// An error means that the worker has ended already.
			_ = cmd.Process.Signal(os.Interrupt)
			select {
			case <-done:
			case <-time.After(workerPatience):
				_ = cmd.Process.Kill()
			}
		case <-done:
		}
	}()
	for record, err := range reports.Read(bufio.NewReader(stdout)) {
		if err != nil {
			// How the worker ended, and what it said, explain more.
			waitErr := cmd.Wait()
			switch {
			case ctx.Err() != nil || waitErr == nil:
				return err
			case said.text() != "":
				return errors.New(said.text())
			}
			return fmt.Errorf("the worker: %w", waitErr)
		}
		if err := emit(record); err != nil {
			_ = cmd.Process.Kill()
			return errors.Join(err, cmd.Wait())
		}
	}
	// A missed threshold or an invalid measurement is in the records.
	if err := cmd.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		return err
	}
	return nil
}

// tail keeps the end of what is written to it.
type tail struct{ kept []byte }

// tailBytes is more than an error and its hint have.
const tailBytes = 4 << 10

// Write never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	t.kept = t.kept[max(len(t.kept)-tailBytes, 0):]
	return len(p), nil
}

// text returns what was written, without the name of the program, which repeats
// in each line.
func (t *tail) text() string {
	var lines []string
	for line := range bytes.Lines(t.kept) {
		text := strings.TrimSpace(string(line))
		text = strings.TrimPrefix(text, "assay: ")
		if text = strings.TrimPrefix(text, "error: "); text != "" {
			lines = append(lines, text)
		}
	}
	return strings.Join(lines, "\n")
}
