// Package bench measures the hot path of verification in process: the whole
// check of an ID Token, over and over, with nothing else in the loop.
//
// Start with [Run]. It measures one [Series] after the other and emits the
// records of a stream, some live samples a second and a final one for each
// series. The process that runs it should have no screen: the allocations and
// redraws of one would be in the figures. A user interface starts a worker and
// reads its records.
//
// # What is measured
//
// Each series walks over a corpus of at least 256 distinct tokens, in strides,
// with the keys at hand, so that no request is in the loop.
//
// A cached series is of tokens that the verifier remembers; the other ones
// verify without the cache.
//
//   - Percentiles come from a closed loop of as many workers as there are
//     threads. Each worker reads the clock once an operation: the end of one is
//     the start of the next, so pauses of the collector and of the scheduler
//     are in the figures. It costs some 35 ns an operation.
//   - Allocations come from an untimed plain loop between two readings of
//     runtime.MemStats.
//   - The ratio to the bare signature check of the standard library, over the
//     same bytes, comes from [paired.Estimate] on one thread. It is what can be
//     compared with another machine, and the only figure that holds on a busy
//     one.
//
// # Validity
//
// A final sample names in Invalid why its percentiles must not be used: other
// processes, the hypervisor, or a baseline that is not equal to itself. The
// footer repeats the reasons if something depends on them: if no threshold was
// given, or one that a busy machine changes.
package bench
