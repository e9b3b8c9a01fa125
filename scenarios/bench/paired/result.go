package paired

import "fmt"

// Result holds the results of an estimation. All ratios are the time per operation of
// the second function over that of the first, so below 1 the second is faster.
type Result struct {
	// Ratio is the estimate with its interval over epochs.
	Ratio Interval

	// Fastest is the ratio of the fastest slices of both sides, as a
	// cross-check. It has no interval and is off by a few percent on a busy
	// machine.
	Fastest float64

	// Collected is the ratio with garbage collection included. Nil if neither
	// side allocates.
	Collected *Interval

	// CollectedOperations is how many operations of each function Collected
	// is based on, and CollectedNS the mean time of one of the second.
	CollectedOperations int
	CollectedNS         float64

	// Self is the first function against itself. Nil if it was skipped.
	Self *Interval

	// A and B are the first and the second function.
	A, B Side

	// Epochs and Rounds are how many of them Ratio is based on.
	Epochs, Rounds int
}

// Side describes one function. Its times hold for this machine during the
// measurement; only ratios can be compared with another run.
type Side struct {
	MedianNS  float64 // time per operation of the median slice, in nanoseconds
	FastestNS float64 // of the fastest slice

	AllocsPerOp float64
	BytesPerOp  float64 // heap bytes allocated

	SliceOperations int // how many operations a slice had
}

// selfTolerance is how far the nearer bound of the self-check may be from 1. The
// check itself is accurate to about 0.01 % on a quiet machine.
const selfTolerance = 0.002

// Unsound returns why the ratios must not be used, or the empty string: the
// first function compared with itself did not give 1.
func (r Result) Unsound() string {
	if r.Self == nil || r.Self.Low <= 1+selfTolerance && r.Self.High >= 1-selfTolerance {
		return ""
	}
	return fmt.Sprintf("the baseline against itself is %.4f (%.4f to %.4f), want 1 within %.1f %%",
		r.Self.Estimate, r.Self.Low, r.Self.High, 100*selfTolerance)
}
