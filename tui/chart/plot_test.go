package chart_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/tui/chart"
)

// wave returns points from 0 to 20 s, with a gap.
func wave(high float64) []chart.Point {
	var points []chart.Point
	for i := range 81 {
		at := float64(i) / 4
		v := high * (1.2 + math.Sin(at)) / 2
		if at > 8 && at < 11 {
			v = math.NaN()
		}
		points = append(points, chart.Point{At: at, Value: v})
	}
	return points
}

var update = flag.Bool("update", false, "rewrite the golden file")

func label(v float64) string { return fmt.Sprintf("%.3g", v) }

func text(lines []chart.Line) []string {
	var out []string
	for _, l := range lines {
		out = append(out, strings.TrimRight(l.String(), " "))
	}
	return out
}

func TestGoldenPlots(t *testing.T) {
	t.Parallel()
	latencies := []chart.Series{{Name: "p99", Points: wave(4)}, {Name: "p50", Points: wave(0.4)}}
	rates := []chart.Series{{Points: wave(2000), Fill: true}}
	plots := []struct {
		name string
		plot chart.Plot
		w, h int
	}{
		{"percentiles on a logarithmic axis", chart.Plot{
			Series: latencies, Marks: []chart.Mark{{At: 14, Label: "rotate"}}, To: 20, Log: true,
		}, 72, 10},
		{"an area from zero", chart.Plot{Series: rates, To: 20}, 72, 6},
		{"in ASCII", chart.Plot{
			Series: latencies, Marks: []chart.Mark{{At: 14, Label: "rotate"}}, To: 20, Log: true, Symbols: chart.ASCII,
		}, 72, 10},
		{"an area in ASCII", chart.Plot{Series: rates, To: 20, Symbols: chart.ASCII}, 72, 6},
		{"a part of the time", chart.Plot{Series: latencies, From: 15, To: 20, Log: true}, 72, 6},
		{"without room for axes", chart.Plot{Series: latencies, To: 20}, 9, 2},
		{"one point", chart.Plot{Series: []chart.Series{{Points: []chart.Point{{At: 1, Value: 7}}}}, To: 2}, 30, 4},
		{"nothing", chart.Plot{To: 2}, 30, 4},
	}
	var b strings.Builder
	for _, x := range plots {
		x.plot.Name = label
		b.WriteString(x.name + "\n")
		for _, line := range x.plot.Draw(x.w, x.h) {
			b.WriteString("|" + line.String() + "|\n")
		}
	}
	const name = "testdata/plots.txt"
	if *update {
		if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s differs (-want +got); -update rewrites it:\n%s", name, diff)
	}
}

// The highest value is never lost, however many points share a column.
func TestPlotKeepsPeaks(t *testing.T) {
	t.Parallel()
	var points []chart.Point
	for i := range 4000 {
		v := 1.0
		if i == 2001 {
			v = 100
		}
		points = append(points, chart.Point{At: float64(i), Value: v})
	}
	lines := chart.Plot{Series: []chart.Series{{Points: points}}, To: 4000, Name: label}.Draw(40, 8)
	if top := strings.Trim(lines[0].String(), "10 ┤│"); top == "" {
		t.Errorf("the peak is missing:\n%s", strings.Join(text(lines), "\n"))
	}
}

func TestInkTellsSeriesApart(t *testing.T) {
	t.Parallel()
	p := chart.Plot{
		Series: []chart.Series{{Name: "a", Points: wave(4)}, {Name: "b", Points: wave(1)}}, To: 20, Name: label,
		Marks: []chart.Mark{{At: 10, Label: "x"}},
	}
	seen := make(map[chart.Ink]bool)
	for _, l := range p.Draw(60, 9) {
		l.Paint(func(ink chart.Ink, text string) string {
			seen[ink] = true
			return text
		})
	}
	for _, ink := range []chart.Ink{chart.InkAxis, chart.InkMark, chart.InkSeries, chart.InkSeries + 1} {
		if !seen[ink] {
			t.Errorf("no cell has ink %d", ink)
		}
	}
}

func TestHistogram(t *testing.T) {
	t.Parallel()
	g := chart.Histogram{
		Buckets: []chart.Bucket{{0.25, 100}, {0.5, 470}, {1, 120}, {2, 1}},
		Marks:   []chart.Mark{{At: 0.4, Label: "p50"}, {At: 0.9, Label: "p95"}, {At: 0.95, Label: "p99"}}, Name: label,
	}
	want := []string{
		"0.25         ███▎             14.5 %",
		" 0.5 p50     ███████████████  68.0 %",
		"   1 p95 p99 ███▉             17.4 %",
		"   2         ▏                 0.1 %",
		"",
	}
	if diff := cmp.Diff(want, text(g.Draw(36, 5))); diff != "" {
		t.Errorf("Draw differs (-want +got):\n%s", diff)
	}
}

// Whatever the sizes and the values, a chart has exactly h lines of w cells.
func TestChartsHaveTheirSize(t *testing.T) {
	t.Parallel()
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), 0, -3, 1e-300, 1e300}
	rng := rand.New(rand.NewPCG(1, 2))
	value := func() float64 {
		if rng.IntN(4) == 0 {
			return odd[rng.IntN(len(odd))]
		}
		return math.Exp(10 * rng.NormFloat64())
	}
	for range 3000 {
		w, h := rng.IntN(90), rng.IntN(30)
		p := chart.Plot{From: value(), To: value(), Log: rng.IntN(2) == 0, Symbols: chart.Symbols(rng.IntN(2)), Name: label}
		g := chart.Histogram{Symbols: p.Symbols, Name: label}
		for range rng.IntN(4) {
			s := chart.Series{Name: strings.Repeat("日x", rng.IntN(3)), Fill: rng.IntN(2) == 0}
			for i := range rng.IntN(40) {
				s.Points = append(s.Points, chart.Point{At: float64(i), Value: value()})
				g.Buckets = append(g.Buckets, chart.Bucket{UpTo: value(), Count: rng.Uint64N(1000)})
			}
			p.Series = append(p.Series, s)
			m := chart.Mark{At: value(), Label: "日本\x1b"}
			p.Marks, g.Marks = append(p.Marks, m), append(g.Marks, m)
		}
		for _, lines := range [][]chart.Line{p.Draw(w, h), g.Draw(w, h)} {
			if w > 0 && len(lines) != h {
				t.Fatalf("%d lines at %dx%d", len(lines), w, h)
			}
			for _, l := range lines {
				text := l.String()
				if got := ansi.StringWidth(text); got != w || len([]rune(text)) != w {
					t.Fatalf("%q is %d cells wide, want %d", text, got, w)
				}
				if p.Symbols == chart.ASCII && strings.ContainsFunc(text, func(r rune) bool { return r > 0x7e }) {
					t.Fatalf("%q is not ASCII", text)
				}
			}
		}
	}
}

func BenchmarkPlot(b *testing.B) {
	p := chart.Plot{Series: []chart.Series{{Points: wave(9)}, {Points: wave(4)}, {Points: wave(1)}}, To: 20, Log: true, Name: label}
	b.ReportAllocs()
	for b.Loop() {
		p.Draw(80, 12)
	}
}
