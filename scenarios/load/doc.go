// Package load offers a service requests with good and malformed ID Tokens at a
// schedule, and says how long the answers took and whether the verdicts were
// right. It also holds a service to be loaded.
//
// Start with [Run], and with [NewService] and [Serve] for the other side. With
// no URL, Run starts a mock environment and that service itself.
//
// # How it measures
//
// The engine is vegeta's; its clock is not. What differs, and why:
//
//   - Latency counts from the intended start of a request. A generator that
//     waits for a stalled server and counts from when it sent the next request
//     hides the stall: a p99 of 1.5 ms was seen where users would have waited
//     450 ms. The service time, from the actual start, is reported next to it.
//   - Connections and requests in flight are bounded. Without a bound, overload
//     ends in a hundred thousand goroutines and a fifth of the throughput; with
//     one, the requests that wait are late, and latency says so.
//   - Up to 10,000 requests a second, waits are precise. Timers of Go are late
//     by up to a millisecond and send bursts, whose queueing is a tail of the
//     generator's own making.
//   - A load is bounded by the number of its requests and not by time, so that
//     none is lost at the end.
//   - An expected refusal is a success: the verdict is judged by case.
//   - Which case request n presents depends on the seed and n alone.
//   - Percentiles come from HdrHistogram, which merges without loss.
//
// # Validity
//
// [Result].Footer.Invalid lists why the figures must not be used: neighbours,
// the hypervisor, a generator that was late or at its limit, requests that were
// not sent, a case that never came up, no verdicts at all. They change no
// number, and a load that is not valid has not missed a threshold on time.
//
// The target is HTTP/1.1, also by https. Redirects are not followed and no
// proxy is used. Run needs no root; for precise waits it locks one thread.
package load
