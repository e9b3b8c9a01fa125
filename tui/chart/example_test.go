package chart_test

import (
	"fmt"

	"github.com/assay-id/assay/tui/chart"
)

func ExampleArea() {
	rates := []float64{12, 19, 26, 31, 33, 32, 33, 18, 30, 33}
	for _, line := range chart.Area(rates, 10, 3, chart.Ceil(33), chart.Blocks) {
		fmt.Printf("|%s|\n", line)
	}
	// Output:
	// |   ▃▄▃▄ ▂▄|
	// | ▃█████▃██|
	// |▇█████████|
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
