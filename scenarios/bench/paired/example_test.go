package paired_test

import (
	"context"
	"fmt"
	"time"

	"github.com/assay-id/assay/scenarios/bench/paired"
)

// In this example the two functions advance the clock, so that it prints the
// same everywhere. Leave Now and Sleep nil to measure.
func ExampleEstimate() {
	var clock time.Duration
	baseline := func(n int) { clock += time.Duration(n) * 30 * time.Microsecond }
	candidate := func(n int) { clock += time.Duration(n) * 21 * time.Microsecond }

	r, err := paired.Estimate(context.Background(), baseline, candidate, paired.Options{
		Now:   func() time.Duration { return clock },
		Sleep: func(_ context.Context, d time.Duration) { clock += d },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f of the baseline, %s than 0.72 of it\n", r.Ratio.Estimate, r.Ratio.Decide(-0.28))
	// Output: 0.70 of the baseline, not slower than 0.72 of it
}
