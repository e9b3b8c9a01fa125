package chart_test

import (
	"fmt"

	"github.com/assay-id/assay/tui/chart"
)

func ExamplePlot() {
	rates := []float64{12, 19, 26, 31, 33, 32, 33, 18, 30, 33}
	p := chart.Plot{
		Series: []chart.Series{{Fill: true}}, To: 9, Symbols: chart.ASCII,
		Name: func(v float64) string { return fmt.Sprint(v) },
	}
	for i, rate := range rates {
		p.Series[0].Points = append(p.Series[0].Points, chart.Point{At: float64(i), Value: rate})
	}
	for _, line := range p.Draw(40, 5) {
		fmt.Printf("|%s|\n", line)
	}
	// Output:
	// |40 +           .............         ...|
	// |   |     ..::################:. .::#####|
	// |   |.::#################################|
	// | 0 +####################################|
	// |   +0 s----------------+5 s-------------|
}

func ExampleBar() {
	for _, share := range []float64{0.06, 0.19, 0.75} {
		fmt.Printf("|%s|\n", chart.Bar(share, 8, chart.ASCII))
	}
	// Output:
	// |-       |
	// |#-      |
	// |######  |
}
