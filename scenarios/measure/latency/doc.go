// Package latency counts durations in a histogram of constant relative error,
// and says which quantiles the counts support.
//
// Start with [New] and [Histogram.Record]. Each worker of a measurement has a
// Histogram of its own; [Histogram.Merge] adds them up without loss, in
// whatever order. Percentiles of parts are never averaged.
//
// Recording costs some 5 ns and does not allocate. A Histogram is not safe for
// concurrent use.
package latency
