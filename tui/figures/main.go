//go:build linux

package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	assay string
	parts string
	times int
	runs  int
	pairs int
	idle  time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.assay, "assay", filepath.Join("bin", "assay"), "`path` of assay")
	flag.StringVar(&o.parts, "parts", strings.Join(partNames(), ","), "what to measure, with commas between")
	flag.IntVar(&o.times, "times", 5, "how often to start, for a median")
	flag.IntVar(&o.runs, "runs", 10, "runs of the whole catalogue before the memory is read")
	flag.IntVar(&o.pairs, "pairs", 5, "pairs of a benchmark with and without a screen; 0 for none")
	flag.DurationVar(&o.idle, "idle", 10*time.Second, "how long to watch an idle screen, and one that measures")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := measure(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "figures: error:", err)
		os.Exit(1)
	}
}

// part is one of the measurements.
type part struct {
	name string
	run  func(context.Context, options) ([]row, error)
}

func parts() []part {
	return []part{{"start", start}, {"keys", keys}, {"idle", idle}, {"bench", bench}, {"memory", memory}, {"pairs", pairs}}
}

func partNames() []string {
	var names []string
	for _, p := range parts() {
		names = append(names, p.name)
	}
	return names
}

// measure prints a row as soon as it is known.
func measure(ctx context.Context, o options, out io.Writer) error {
	fmt.Fprintf(out, "| figure | value |\n| --- | --: |\n| load of the machine before | %s |\n", machineLoad())
	wanted := strings.Split(o.parts, ",")
	for _, name := range wanted {
		if !slices.Contains(partNames(), name) {
			return fmt.Errorf("-parts has %q, want some of %s", name, strings.Join(partNames(), ","))
		}
	}
	for _, p := range parts() {
		if !slices.Contains(wanted, p.name) {
			continue
		}
		rows, err := p.run(ctx, o)
		for _, r := range rows {
			fmt.Fprintf(out, "| %s | %s |\n", r.name, r.value)
		}
		if err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "| load of the machine after | %s |\n", machineLoad())
	return nil
}

// row is one line of the table.
type row struct{ name, value string }

// start compares the CPU until the first frame with that of --version.
func start(ctx context.Context, o options) ([]row, error) {
	var version, frame, wall []time.Duration
	for range o.times {
		used, err := versionTime(ctx, o.assay)
		if err != nil {
			return nil, err
		}
		began := time.Now()
		s, err := open(ctx, o.assay)
		if err != nil {
			return nil, err
		}
		err = s.wait("assay", func(screen string) bool { return strings.Contains(screen, "Scenarios") })
		wall = append(wall, time.Since(began))
		frame = append(frame, s.cpu())
		version = append(version, used)
		if err := s.quit(err); err != nil {
			return nil, err
		}
	}
	return []row{
		{"CPU of assay --version", millis(median(version))},
		{"CPU until the first frame", millis(median(frame))},
		{"the same, after what --version takes", millis(median(frame) - median(version))},
		{"time until the first frame", millis(median(wall))},
	}, nil
}

// keys measures how long the cursor takes to move, idle and during a run.
func keys(ctx context.Context, o options) ([]row, error) {
	s, err := ready(ctx, o)
	if err != nil {
		return nil, err
	}
	still, err := s.keyTimes(60)
	if err != nil {
		return nil, s.quit(err)
	}
	if err := s.press("R"); err != nil {
		return nil, s.quit(err)
	}
	if err := s.wait("a run", func(screen string) bool { return strings.Contains(screen, "RUNNING") }); err != nil {
		return nil, s.quit(err)
	}
	// The first key ends the view that follows the run.
	running, err := s.keyTimes(60)
	rows := []row{{"key to frame, idle (n 60): p50, p90", spread(still)}, {"key to frame, during a run (n 60): p50, p90", spread(running)}}
	return rows, s.quit(err)
}

// idle counts what is written while nothing happens.
func idle(ctx context.Context, o options) ([]row, error) {
	s, err := ready(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := pause(ctx, 5*time.Second); err != nil { // toasts go away
		return nil, s.quit(err)
	}
	bytes, used := s.written(), s.cpu()
	err = pause(ctx, o.idle)
	rows := []row{
		{fmt.Sprintf("bytes written in %s, idle", o.idle), fmt.Sprint(s.written() - bytes)},
		{"share of a core, idle", percent(s.cpu()-used, o.idle)},
	}
	return rows, s.quit(err)
}

// bench measures what the screen costs while something is measured.
func bench(ctx context.Context, o options) ([]row, error) {
	s, err := ready(ctx, o)
	if err != nil {
		return nil, err
	}
	if err = s.press("2"); err == nil {
		err = s.wait("the bench", func(screen string) bool { return strings.Contains(screen, "[2 Bench]") })
	}
	if err == nil {
		err = s.press(" ")
	}
	if err == nil {
		err = s.wait("figures", func(screen string) bool { return strings.Contains(screen, "bare RS256") })
	}
	if err != nil {
		return nil, s.quit(err)
	}
	bytes, used := s.written(), s.cpu()
	err = pause(ctx, o.idle)
	rows := []row{
		{"share of a core while a benchmark is on", percent(s.cpu()-used, o.idle)},
		{"bytes per second while a benchmark is on", fmt.Sprintf("%.0f", float64(s.written()-bytes)/o.idle.Seconds())},
	}
	return rows, s.quit(err)
}

// memory reads the resident size after several runs.
func memory(ctx context.Context, o options) ([]row, error) {
	s, err := ready(ctx, o)
	if err != nil {
		return nil, err
	}
	var rows []row
	for n := 1; n <= o.runs && err == nil; n++ {
		if err = s.press("R"); err != nil {
			break
		}
		if err = s.wait("a run", func(screen string) bool { return strings.Contains(screen, "RUNNING") }); err != nil {
			break
		}
		// The last case has been judged before the run has ended.
		err = s.wait("its end", func(screen string) bool { return strings.Contains(screen, "R run all") })
		if n != 1 && n != o.runs {
			continue
		}
		if err == nil {
			err = pause(ctx, 2*time.Second) // memory is given back after the end
		}
		if err == nil {
			rows = append(rows, row{fmt.Sprintf("resident memory after run %d", n), fmt.Sprintf("%d MB", s.resident()>>20)})
		}
	}
	return rows, s.quit(err)
}

func millis(d time.Duration) string { return fmt.Sprintf("%.0f ms", d.Seconds()*1000) }

func percent(used, of time.Duration) string {
	return fmt.Sprintf("%.2f %%", 100*used.Seconds()/of.Seconds())
}

func spread(all []time.Duration) string {
	slices.Sort(all)
	if len(all) == 0 {
		return "none"
	}
	return millis(all[len(all)/2]) + ", " + millis(all[len(all)*9/10])
}

func median[T time.Duration | float64](all []T) T {
	if len(all) == 0 {
		return 0
	}
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

// pause waits for d, or returns the error of ctx.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
