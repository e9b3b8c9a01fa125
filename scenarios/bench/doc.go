// Package bench measures the hot path of verification in process: the whole
// check of an ID Token, over and over, with nothing else in the loop.
//
// Start with [Run]. It measures one [Series] after the other and emits the
// records of a stream: a few live samples a second, and a final one for each
// series. The process that runs it should not draw a screen, whose allocations
// and redraws would be part of the figures. A user interface starts a worker
// process and reads its records.
//
// # What is measured
//
// Each series walks over a corpus of at least 256 distinct tokens, in strides.
// The keys are already loaded, so the loop makes no request.
//
// The tokens of a cached series are in the verifier's cache; the other series
// verify without a cache.
//
//   - Percentiles come from a closed loop of as many workers as there are
//     threads. Each worker reads the clock once per operation: the end of one is
//     the start of the next, so the figures include pauses of the garbage
//     collector and the scheduler. This costs about 35 ns per operation.
//   - Allocations come from an untimed plain loop between two readings of
//     runtime.MemStats.
//   - The ratio to the bare signature check of the standard library, over the
//     same bytes, comes from [paired.Estimate] on one thread. It can be compared with
//     other machines, and it is the only figure that holds on a busy one.
//
// # Validity
//
// Invalid of a final sample says why its percentiles must not be used: other
// processes, the hypervisor, or a baseline that differs from itself. The footer
// repeats the reasons if something depends on them: if no threshold was given,
// or one whose outcome a busy machine can change.
package bench
