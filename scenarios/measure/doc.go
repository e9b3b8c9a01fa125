// Package measure holds the code that benchmarks and loads share. [Header]
// returns the header of their streams. Of the subpackages, corpus makes the
// tokens, latency keeps histograms, gate decides about thresholds and validity,
// and machine reports what else the machine is doing. Nothing here measures by
// itself.
package measure
