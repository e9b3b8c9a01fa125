//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The benchmark that is run with and without a screen.
const (
	pairSeries   = "RS256*"
	pairDuration = "1s"
	pairFigure   = "RS256 cold"
)

// figure is what a benchmark found out about one series.
type figure struct{ rate, ratio float64 }

// pairs runs the same benchmark with a screen and without, one after the other,
// so that both see the same machine.
func pairs(ctx context.Context, o options) ([]row, error) {
	var with, without []figure
	for n := range o.pairs {
		both := []func(context.Context, options) (figure, error){headless, onScreen}
		for i := range both {
			i = (i + n) % 2 // another one is first in each pair
			f, err := both[i](ctx, o)
			if err != nil {
				return nil, err
			}
			if i == 0 {
				without = append(without, f)
			} else {
				with = append(with, f)
			}
		}
	}
	if o.pairs == 0 {
		return nil, nil
	}
	pick := func(all []figure, of func(figure) float64) []float64 {
		var out []float64
		for _, f := range all {
			out = append(out, of(f))
		}
		return out
	}
	rate, ratio := func(f figure) float64 { return f.rate }, func(f figure) float64 { return f.ratio }
	var change []float64
	for i := range with {
		change = append(change, 100*(with[i].rate/without[i].rate-1))
	}
	line := func(format string, values []float64) string {
		var words []string
		for _, v := range values {
			words = append(words, fmt.Sprintf(format, v))
		}
		return strings.Join(words, ", ")
	}
	return []row{
		{pairFigure + " per second, without a screen", line("%.0f", pick(without, rate))},
		{pairFigure + " per second, with one", line("%.0f", pick(with, rate))},
		{"change in each pair, and median", line("%+.1f %%", change) + fmt.Sprintf("; %+.1f %%", median(change))},
		{"ratio without a screen", line("%.3f", pick(without, ratio))},
		{"ratio with one", line("%.3f", pick(with, ratio))},
	}, nil
}

func headless(ctx context.Context, o options) (figure, error) {
	folder, err := os.MkdirTemp("", "ui-figures-*")
	if err != nil {
		return figure{}, err
	}
	defer os.RemoveAll(folder)
	name := filepath.Join(folder, "bench.jsonl")
	cmd := exec.CommandContext(ctx, o.assay, "bench", pairSeries, "--duration", pairDuration, "--output", name)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState.ExitCode() != notValid {
		return figure{}, fmt.Errorf("assay bench: %w", err)
	}
	return readFigure(name)
}

// notValid is the exit code of a benchmark on a machine on which others work.
const notValid = 4

func onScreen(ctx context.Context, o options) (figure, error) {
	s, err := ready(ctx, o)
	if err != nil {
		return figure{}, err
	}
	for _, step := range []struct{ keys, shows string }{
		{"2", "[2 Bench]"},
		{"\r", "options of assay bench"},
		{pairSeries + "\t" + pairDuration, "> duration        " + pairDuration},
		{"\r", "measuring"},
	} {
		if err = s.press(step.keys); err == nil {
			err = s.wait(step.shows, func(screen string) bool { return strings.Contains(screen, step.shows) })
		}
		if err != nil {
			return figure{}, s.quit(err)
		}
	}
	var f figure
	if err = s.wait("the end", func(screen string) bool { return !strings.Contains(screen, "measuring") }); err == nil {
		var names []string
		names, err = filepath.Glob(filepath.Join(s.home, ".local", "state", "assay", "runs", "*.jsonl"))
		if err == nil && len(names) != 1 {
			err = fmt.Errorf("the session has %d recordings, want one", len(names))
		}
		if err == nil {
			f, err = readFigure(names[0])
		}
	}
	return f, s.quit(err)
}

// readFigure reads what a recording says about the series.
func readFigure(name string) (figure, error) {
	file, err := os.Open(name)
	if err != nil {
		return figure{}, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var r struct {
			Sample *struct {
				Series string                     `json:"series"`
				Final  bool                       `json:"final"`
				Rate   float64                    `json:"rate_per_s"`
				Ratio  struct{ Estimate float64 } `json:"ratio"`
			} `json:"sample"`
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return figure{}, fmt.Errorf("%s: %w", name, err)
		}
		if r.Sample != nil && r.Sample.Final && r.Sample.Series == pairFigure {
			return figure{r.Sample.Rate, r.Sample.Ratio.Estimate}, nil
		}
	}
	if err := lines.Err(); err != nil {
		return figure{}, err
	}
	return figure{}, fmt.Errorf("%s has no %s", name, pairFigure)
}
