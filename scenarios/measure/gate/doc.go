// Package gate decides how a measurement ends: its thresholds, its validity,
// and the errors that become exit codes.
//
// Start with [Parse] and [Judge], which read and judge conditions such as
// "p99 < 5ms", and with [Judgement.Conclude], which turns the result into an
// error. Thresholds are parsed before anything is measured, so that a mistake in
// one does not waste a run.
//
// # Thresholds
//
//	threshold = (metric [labels] [aggregate] | aggregate [labels]) op value
//	labels    = "{" label "=" glob {"," label "=" glob} "}"
//	op        = "<" | "<=" | ">" | ">=" | "=="
//
// Spaces are optional. These are the metrics, their aggregates, and the units of
// their values; a unit is required where the table has one:
//
//	metric     aggregates             units               meaning
//	response   p50 … p99.999 max mean ns us µs ms s       time from the intended start
//	service    p50 … p99.999 max mean ns us µs ms s       time from the actual start
//	lag        p50 … p99.999 max mean ns us µs ms s       how late the generator was
//	errors     count | share          none | %            requests without a verdict
//	wrong      count | share          none | %            verdicts that were not expected
//	dropped    count | share          none | %            requests that were due and not sent
//	rate       achieved               % or /s             of the offered rate, or itself
//	verify     ns/op                  ns us µs ms s       mean time of an operation
//	verify     allocs/op | B/op       none | none or B    heap objects, heap bytes
//	verify     tokens/s               /s                  throughput
//	ratio      hi | lo                none                bounds of the interval
//	capacity   hi | lo                /s                  bounds of the interval
//
// A load has response, service, lag, errors, wrong, dropped and rate, and one of
// virtual users, a closed loop, service, errors, wrong and rate; a benchmark has
// service, wrong, verify and ratio. A search for the capacity has those of a load,
// about each rate that it tries, and capacity.
//
// A metric may be left out where the aggregate implies it: p99 means response
// under load, and service in a closed loop, which has no intended start. The
// aggregate may be left out after ratio (both bounds), capacity (the less favourable one), rate
// (achieved), errors, wrong and dropped (count or share, depending on the unit).
// == is for counts.
//
// Labels choose series by glob: series, alg and mode of a benchmark, series and
// case of a load. Baselines, and the parts of a load that are one case, are
// judged only by a threshold that names series, mode or case. If a threshold
// selects several series, each must meet the condition.
//
// # Verdicts
//
// "wrong == 0" is always judged, unless another threshold is about wrong, for a
// load likewise "errors == 0", and for one with a schedule "dropped == 0".
// Without samples a threshold is missed, because a service that never answered
// has not met it. A quantile of too few samples is undecided. A ratio is met
// if all of its interval meets the condition, missed if nothing of it does, and
// undecided otherwise, unless the threshold names a bound.
//
// A verdict on an ID Token is the same on a busy machine, and a time is not. So a
// measurement that is not valid counts only if a threshold was decided by
// something that a busy machine changes, see [Judgement.RestsOnTimes].
package gate
