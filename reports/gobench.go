package reports

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// GoBench renders the final samples of a benchmark or load in the format of Go
// benchmarks, with units, so that benchstat compares several of them. Each
// sample is one line. Times that are not valid are left out, with the reason as
// a comment; ratios and allocations stay. A run has no samples and so no lines.
// It is a [Handler] that writes everything on Close.
//
// https://go.dev/design/14313-benchmark-format
type GoBench struct {
	w       io.Writer
	summary Summary
}

// NewGoBench returns a GoBench that writes to w.
func NewGoBench(w io.Writer) *GoBench { return &GoBench{w: w} }

// Handle collects r. It never returns an error.
func (g *GoBench) Handle(r Record) error { return g.summary.Handle(r) }

// Close writes the lines.
func (g *GoBench) Close() error {
	var b strings.Builder
	command, procs := CommandRun, 1
	if h := g.summary.Header; h != nil {
		command, procs = h.Command, max(h.Host.GOMAXPROCS, 1)
		// benchstat compares only what has the same configuration, so what
		// differs between two measurements is a comment.
		fmt.Fprintf(&b, "# %s %s, seed %s\n", Escape(h.Tool), Escape(h.ToolVersion), Escape(h.Seed))
		for _, line := range [][2]string{{"goos", h.Host.OS}, {"goarch", h.Host.Arch}, {"cpu", h.Host.CPUModel}} {
			if line[1] != "" {
				fmt.Fprintf(&b, "%s: %s\n", line[0], Escape(line[1]))
			}
		}
	}
	if f := g.summary.Footer; f == nil || f.Interrupted {
		b.WriteString("# INCOMPLETE\n")
	}
	// benchstat knows which way is better only for the units of package testing.
	b.WriteString("Unit ops/s better=higher\nUnit ratio better=lower\n")
	for i, s := range g.summary.Samples {
		if i > 0 && command == CommandLoad {
			// The cases of a load were measured together with it.
			s.Invalid = g.summary.Samples[0].Invalid
		}
		for _, why := range s.Invalid {
			fmt.Fprintf(&b, "# %s: times not valid: %s\n", Escape(s.Series), Escape(why))
		}
		if figures := s.goBench(command); figures != "" {
			fmt.Fprintf(&b, "Benchmark%s/series=%s-%d %d%s\n", strings.ToUpper(command[:1])+command[1:],
				strings.ReplaceAll(varied.ReplaceAllString(Escape(s.Series), "/$1"), " ", "_"), procs, s.Operations, figures)
		}
	}
	_, err := io.WriteString(g.w, b.String())
	return err
}

// varied matches what a sweep adds to the name of a series. As a part of its own
// in the name of a benchmark, benchstat can group by it.
var varied = regexp.MustCompile(` ([a-z]+=\d+)`)

// goBench returns the figures of s with their units, or an empty string.
func (s *Sample) goBench(command string) string {
	var b strings.Builder
	add := func(value float64, unit string) {
		fmt.Fprintf(&b, " %s %s", strconv.FormatFloat(value, 'g', 8, 64), unit)
	}
	clock := func(q *Quantiles, mean, prefix string) {
		add(float64(q.MeanNS), mean)
		for _, quantile := range []struct {
			name string
			ns   int64
		}{{"p50", q.P50NS}, {"p90", q.P90NS}, {"p99", q.P99NS}, {"p99.9", q.P999NS}, {"max", q.MaxNS}} {
			if quantile.ns > 0 { // zero has too few samples
				add(float64(quantile.ns), prefix+quantile.name+"-ns")
			}
		}
	}
	if len(s.Invalid) == 0 {
		if q := s.Times(); q != nil {
			clock(q, "ns/op", "")
		}
		if s.Latency != nil && s.Service != nil {
			clock(s.Service, "service-mean-ns", "service-")
		}
		add(s.RatePerSecond, "ops/s")
	}
	if s.Ratio != nil {
		add(s.Ratio.Estimate, "ratio")
	}
	if command == CommandBench { // a load counts no allocations
		add(s.BytesPerOp, "B/op")
		add(s.AllocsPerOp, "allocs/op")
	}
	return b.String()
}
