package latency_test

import (
	"fmt"
	"time"

	"github.com/assay-id/assay/scenarios/measure/latency"
)

// A quantile is supported only if enough durations were recorded.
func ExampleHistogram_Quantile() {
	h := latency.New(latency.Fine)
	for i := range 100 {
		h.Record(time.Duration(i+1) * time.Millisecond)
	}
	for _, q := range []float64{0.9, 0.99} {
		d, supported := h.Quantile(q)
		fmt.Printf("p%g is %v, supported: %t\n", 100*q, d.Round(time.Millisecond), supported)
	}
	// Output:
	// p90 is 90ms, supported: true
	// p99 is 99ms, supported: false
}
