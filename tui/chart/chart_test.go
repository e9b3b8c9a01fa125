package chart_test

import (
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/assay-id/assay/tui/chart"
)

func TestArea(t *testing.T) {
	t.Parallel()
	nan := math.NaN()
	tests := []struct {
		name          string
		values        []float64
		width, height int
		top           float64
		symbols       chart.Symbols
		want          []string
	}{
		{"a ramp", []float64{0, 1, 2, 3, 4, 5, 6, 7, 8}, 9, 1, 8, chart.Blocks, []string{" ▁▂▃▄▅▆▇█"}},
		{"two rows", []float64{4, 8, 12, 16}, 4, 2, 16, chart.Blocks, []string{"  ▄█", "▄███"}},
		{"a gap stays a gap", []float64{8, nan, 8}, 3, 1, 8, chart.Blocks, []string{"█ █"}},
		{"little is not nothing", []float64{0.001, 0, -1}, 3, 1, 8, chart.Blocks, []string{"▁  "}},
		{"too much is cut", []float64{99, math.Inf(1)}, 2, 1, 8, chart.Blocks, []string{"██"}},
		{"the newest are kept", []float64{1, 8, 1, 8}, 2, 1, 8, chart.Blocks, []string{"▁█"}},
		{"fewer than the width", []float64{8}, 3, 1, 8, chart.Blocks, []string{"█  "}},
		{"ascii", []float64{0, 1, 2, 3}, 4, 1, 3, chart.ASCII, []string{" .:#"}},
		{"no values", nil, 2, 2, 8, chart.Blocks, []string{"  ", "  "}},
		{"no scale", []float64{1, 2}, 2, 1, 0, chart.Blocks, []string{"  "}},
		{"no room", []float64{1}, 0, 1, 8, chart.Blocks, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := chart.Area(tt.values, tt.width, tt.height, tt.top, tt.symbols)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Area differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBar(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		share   float64
		width   int
		symbols chart.Symbols
		want    string
	}{
		{"empty", 0, 4, chart.Blocks, "    "},
		{"half", 0.5, 4, chart.Blocks, "██  "},
		{"an eighth of a cell", 1.0 / 32, 4, chart.Blocks, "▏   "},
		{"little is not nothing", 0.0001, 4, chart.Blocks, "▏   "},
		{"full", 1, 4, chart.Blocks, "████"},
		{"too much", 7, 4, chart.Blocks, "████"},
		{"ascii", 0.375, 4, chart.ASCII, "#-  "},
		{"NaN", math.NaN(), 2, chart.Blocks, "  "},
		{"no room", 1, 0, chart.Blocks, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := chart.Bar(tt.share, tt.width, tt.symbols); got != tt.want {
				t.Errorf("Bar(%v, %d) = %q, want %q", tt.share, tt.width, got, tt.want)
			}
		})
	}
}

func TestCeil(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]float64{
		0: 1, -3: 1, 1: 1, 1.01: 1.5, 38_412: 40_000, 40_000: 40_000, 53_475: 60_000, 81: 100, 0.0031: 0.004, math.Inf(1): 1,
	} {
		if got := chart.Ceil(v); math.Abs(got-want) > want*1e-9 {
			t.Errorf("Ceil(%v) = %v, want %v", v, got, want)
		}
	}
}

func FuzzChartsKeepTheirSize(f *testing.F) {
	f.Add(3.0, 8.0, 10, 4, true)
	f.Add(math.NaN(), math.Inf(-1), 1, 1, false)
	f.Fuzz(func(t *testing.T, v, top float64, width, height int, ascii bool) {
		width, height = width%200, height%60
		symbols := chart.Blocks
		if ascii {
			symbols = chart.ASCII
		}
		lines := chart.Area([]float64{v, top, v * 2}, width, height, top, symbols)
		if width > 0 && height > 0 && len(lines) != height {
			t.Errorf("%d lines, want %d", len(lines), height)
		}
		for _, line := range append(lines, chart.Bar(v, width, symbols)) {
			if got := ansi.StringWidth(line); got != max(width, 0) {
				t.Errorf("%q is %d cells wide, want %d", line, got, width)
			}
			if ascii && strings.ContainsFunc(line, func(r rune) bool { return r > 0x7f }) {
				t.Errorf("%q is not ASCII", line)
			}
		}
		if c := chart.Ceil(v); v > 0 && !math.IsInf(v, 1) && !(c >= v*(1-1e-9)) {
			t.Errorf("Ceil(%v) = %v is below it", v, c)
		}
	})
}

func BenchmarkArea(b *testing.B) {
	values := make([]float64, 600)
	for i := range values {
		values[i] = float64(i % 37)
	}
	b.ReportAllocs()
	for b.Loop() {
		chart.Area(values, 80, 4, 40, chart.Blocks)
	}
}
