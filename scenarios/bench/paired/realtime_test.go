package paired_test

import (
	"crypto/sha256"
	"testing"

	"github.com/assay-id/assay/scenarios/bench/paired"
	"github.com/assay-id/assay/scenarios/longtest"
)

// chain returns operations that compute a chain of hashes of this length.
func chain(links int) func(n int) {
	var sum [sha256.Size]byte
	return func(n int) {
		for range n * links {
			sum = sha256.Sum256(sum[:])
		}
	}
}

// TestEstimateOnThisMachine prints the ratio and asserts nothing about time: 420
// links compared with 400 are 1.05 on any machine, however busy.
func TestEstimateOnThisMachine(t *testing.T) {
	longtest.Only(t)
	r, err := paired.Estimate(t.Context(), chain(400), chain(420), paired.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("true 1.0500, found %.4f (%.4f to %.4f), fastest slices %.4f",
		r.Ratio.Estimate, r.Ratio.Low, r.Ratio.High, r.Fastest)
	t.Logf("against itself %.4f (%.4f to %.4f), %d rounds, %.0f ns an operation",
		r.Self.Estimate, r.Self.Low, r.Self.High, r.Rounds, r.A.MedianNS)
	if reason := r.Unsound(); reason != "" {
		t.Log("unsound:", reason)
	}
}
