// Package chart draws charts in text cells: lines over time with labelled axes,
// histograms, and bars. It turns numbers into lines of exactly the requested
// size. Each cell says what it shows, so that the caller can colour it.
//
// Start with [Plot] and [Histogram], or with [Bar]. The package does not depend
// on a terminal. A value that is NaN leaves a gap. Its functions keep no state
// and are safe for concurrent use.
package chart
