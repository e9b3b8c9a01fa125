package chart_test

import (
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/assay-id/assay/tui/chart"
)

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

func FuzzBarKeepsItsSize(f *testing.F) {
	f.Add(3.0, 10, true)
	f.Add(math.NaN(), 1, false)
	f.Fuzz(func(t *testing.T, v float64, width int, ascii bool) {
		width %= 200
		symbols := chart.Blocks
		if ascii {
			symbols = chart.ASCII
		}
		line := chart.Bar(v, width, symbols)
		if got := ansi.StringWidth(line); got != max(width, 0) {
			t.Errorf("%q is %d cells wide, want %d", line, got, width)
		}
		if ascii && strings.ContainsFunc(line, func(r rune) bool { return r > 0x7f }) {
			t.Errorf("%q is not ASCII", line)
		}
		if c := chart.Ceil(v); v > 0 && !math.IsInf(v, 1) && !(c >= v*(1-1e-9)) {
			t.Errorf("Ceil(%v) = %v is below it", v, c)
		}
	})
}
