// Package gate decides how a measurement ends: its thresholds, its validity,
// and the errors that become exit codes.
//
// Start with [Parse] and [Judge], which read and judge conditions such as
// "p99 < 5ms", and with [Judgement.Conclude], which says what they come to.
// Thresholds are parsed before anything is measured, so that a mistake in one
// costs no run.
//
// # Thresholds
//
//	threshold = (metric [labels] [aggregate] | aggregate [labels]) op value
//	labels    = "{" label "=" glob {"," label "=" glob} "}"
//	op        = "<" | "<=" | ">" | ">=" | "=="
//
// Spaces are optional. The metrics, their aggregates, and the units of a value,
// which must be written where there is one:
//
//	metric     aggregates             units               what it is
//	response   p50 … p99.999 max mean ns us µs ms s       time from the intended start
//	service    p50 … p99.999 max mean ns us µs ms s       time from the actual start
//	lag        p50 … p99.999 max mean ns us µs ms s       how late the generator was
//	errors     count | share          none | %            requests without a verdict
//	wrong      count | share          none | %            verdicts that were not expected
//	rate       achieved               % or /s             of the offered rate, or itself
//	verify     ns/op                  ns us µs ms s       mean time of an operation
//	verify     allocs/op | B/op       none | none or B    heap objects, heap bytes
//	verify     tokens/s               /s                  throughput
//	ratio      hi | lo                none                bounds of the interval
//
// A load has response, service, lag, errors, wrong and rate; a benchmark
// service, wrong, verify and ratio.
//
// A metric may be left out where the aggregate implies it: p99 means response
// under load, and service in a closed loop, which has no intended start. The
// aggregate may be left out after ratio (the bound that
// hurts), rate (achieved), errors and wrong (count or share, as the unit says).
// == is for counts.
//
// Labels choose series by glob: series, alg and mode of a benchmark, series and
// case of a load. Baselines, and the parts of a load that are one case, are
// judged only by a threshold that names series, mode or case. Of several series
// each must meet the condition.
//
// # Verdicts
//
// "wrong == 0" is always judged, unless another threshold is about wrong.
// Without samples a threshold is missed, because a service that never answered
// has not kept its promise. A quantile that too few samples support is
// undecided. A ratio is judged by the bound of its interval.
package gate
