// Package paired compares the time that two functions take, on a machine that
// is shared with others and never quiet.
//
// Start with [Estimate]. It measures both functions in turns of about 200 µs,
// so that whatever else the machine does affects both sides alike, and reports
// the ratio of the second to the first with a 95 % interval.
//
// # The method
//
// A round times four slices in the order ABBA or BAAB as a coin decides: a drift
// of the machine within the round cancels out, and so does any advantage of a
// position in it. A slice has as many operations as take its function about
// 200 µs. The value of a round is log((B1+B2)/(A1+A2)), per operation. Rounds
// fill an epoch of about 300 ms, whose value is their median, so interrupted
// rounds do not count. Between two epochs the measurement pauses for a random
// time, to sample another state of the machine. The estimate is the median of
// the epochs, and the interval is the Student t interval over the epochs, both
// on the log scale.
//
// The interval has to be taken over epochs and not over rounds: rounds of one
// epoch share the state of caches, clocks and neighbours, and an interval over
// them promises ten times the precision that the next epoch confirms. It
// describes this machine at this time, and nothing else.
//
// First, the same procedure runs with the first function on both sides. If the
// result is not 1, the machine cannot tell these functions apart, and
// [Result.Unsound] says so.
//
// Medians of short slices leave out the garbage collector, which runs once in
// many slices. If a side allocates, a second ratio is taken from the sums of
// slices of about 30 ms: [Result.Collected].
//
// The package imports nothing else of this module and reads no files. It does
// not know how busy the machine was; a report of a ratio must say that too.
package paired
