package reports_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/assay-id/assay/reports"
)

// goBenchLine is what benchstat reads: a name with the number of threads, the
// number of operations, and pairs of a value and a unit.
var goBenchLine = regexp.MustCompile(`^Benchmark(Bench|Load)/\S+-\d+ \d+( [0-9.e+]+ \S+)+$`)

func TestGoBenchGolden(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"bench", "load"} {
		var b bytes.Buffer
		if err := reports.Copy(reports.NewGoBench(&b), recorded(t, name+".jsonl")); err != nil {
			t.Fatal(err)
		}
		golden(t, name+".bench", b.Bytes())
		for line := range strings.Lines(b.String()) {
			if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, "Benchmark") && !goBenchLine.MatchString(line) {
				t.Errorf("%s: not a line of a benchmark: %s", name, line)
			}
		}
	}
}

// A time that must not be used is not compared with another one, and a name
// from a target cannot add a line.
func TestGoBenchLeavesOutWhatIsNotValid(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	g := reports.NewGoBench(&b)
	for _, r := range []reports.Record{
		{Kind: reports.KindHeader, Header: &reports.Header{Command: reports.CommandBench}},
		{Kind: reports.KindSample, Sample: &reports.Sample{
			Series: "a b\nBenchmarkEvil-1 1 1 ns/op", Final: true, Operations: 7, RatePerSecond: 12345,
			Service: &reports.Quantiles{MeanNS: 98765, P50NS: 98765}, Ratio: &reports.Interval{Estimate: 0.5},
			AllocsPerOp: 2, Invalid: []string{"busy\nBenchmarkEvil-1 1 1 ns/op"},
		}},
		{Kind: reports.KindFooter, Footer: &reports.Footer{}},
	} {
		if err := g.Handle(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, never := range []string{"98765", "12345", "\nBenchmarkEvil"} {
		if strings.Contains(got, never) {
			t.Errorf("%q is in\n%s", never, got)
		}
	}
	if want := "-1 7 0.5 ratio 0 B/op 2 allocs/op\n"; !strings.HasSuffix(got, want) || !strings.Contains(got, "times not valid: busy") {
		t.Errorf("got\n%s\nwant a reason, and at the end %s", got, want)
	}
}

// The cases of a load share its conditions.
func TestGoBenchLeavesOutTheCasesOfALoadThatIsNotValid(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	g := reports.NewGoBench(&b)
	times := &reports.Quantiles{MeanNS: 98765}
	for _, r := range []reports.Record{
		{Kind: reports.KindHeader, Header: &reports.Header{Command: reports.CommandLoad}},
		{Kind: reports.KindSample, Sample: &reports.Sample{Series: "load", Final: true, Operations: 2, Latency: times, Invalid: []string{"busy"}}},
		{Kind: reports.KindSample, Sample: &reports.Sample{Series: "good", Final: true, Operations: 2, Latency: times}},
		{Kind: reports.KindFooter, Footer: &reports.Footer{}},
	} {
		if err := g.Handle(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "98765") {
		t.Errorf("a time that is not valid is in\n%s", b.String())
	}
}

// benchstat groups by the parts of a name between slashes.
func TestGoBenchNamesWhatASweepVaries(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	g := reports.NewGoBench(&b)
	for _, r := range []reports.Record{
		{Kind: reports.KindHeader, Header: &reports.Header{Command: reports.CommandBench}},
		{Kind: reports.KindSample, Sample: &reports.Sample{Series: "RS256 cold keys=10 size=2048", Final: true, Operations: 1}},
		{Kind: reports.KindFooter, Footer: &reports.Footer{}},
	} {
		if err := g.Handle(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if want := "BenchmarkBench/series=RS256_cold/keys=10/size=2048-1 "; !strings.Contains(b.String(), want) {
		t.Errorf("got\n%s\nwant %s", b.String(), want)
	}
}
