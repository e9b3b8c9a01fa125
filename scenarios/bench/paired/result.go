package paired

import "fmt"

// Result is what an estimation found. All ratios are the time per operation of
// the second function over that of the first, so below 1 the second is faster.
type Result struct {
	// Ratio is the estimate with its interval over epochs.
	Ratio Interval

	// Fastest is the ratio of the fastest slices of either side. It has no
	// interval and is off by some percent on a busy machine: a cross-check.
	Fastest float64

	// Collected is the ratio with garbage collection included. Nil if neither
	// side allocates.
	Collected *Interval

	// CollectedOperations is how many operations of either function Collected
	// was taken from, and CollectedNS the mean time of one of the second.
	CollectedOperations int
	CollectedNS         float64

	// Self is the first function against itself. Nil if it was skipped.
	Self *Interval

	// A and B are the first and the second function.
	A, B Side

	// SliceOperations is how many operations a slice had.
	SliceOperations int

	// Epochs and Rounds are how many Ratio was taken from.
	Epochs, Rounds int
}

// Side is what is known of one function. Its times are those of this machine
// in the seconds of the measurement; only ratios can be compared with another
// run.
type Side struct {
	MedianNS  float64 // time per operation of the median slice, in nanoseconds
	FastestNS float64 // of the fastest slice

	AllocsPerOp float64
	BytesPerOp  float64 // heap bytes allocated
}

// selfTolerance is how far from 1 the nearer bound of the self-check may be,
// as a ratio. The check itself is good to about 0.01 % on a quiet machine.
const selfTolerance = 0.002

// Unsound returns the reason for which the ratios must not be used, or the
// empty string: the first function compared with itself was not 1.
func (r Result) Unsound() string {
	if r.Self == nil || r.Self.Low <= 1+selfTolerance && r.Self.High >= 1-selfTolerance {
		return ""
	}
	return fmt.Sprintf("the baseline against itself is %.4f (%.4f to %.4f), want 1 within %.1f %%",
		r.Self.Estimate, r.Self.Low, r.Self.High, 100*selfTolerance)
}
