// Package latency counts durations in a histogram of constant relative error,
// and says which quantiles the counts support.
//
// Start with [New] and [Histogram.Record]. Each worker of a measurement has its
// own Histogram; [Histogram.Merge] adds them up without loss, in any order.
// Percentiles of parts are never averaged.
//
// Recording takes about 5 ns and does not allocate. A Histogram is not safe for
// concurrent use.
package latency
