// Package measure holds the code that benchmarks and loads share. [Header]
// begins the stream of either; of the subpackages, corpus makes the tokens,
// latency keeps the histograms, gate decides on thresholds and validity, and
// machine reports what else runs on the machine. Nothing here measures by
// itself.
package measure
