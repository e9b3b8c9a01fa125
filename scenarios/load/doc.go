// Package load sends a service requests with good and malformed ID Tokens on a
// schedule, and reports how long the answers took and whether the verdicts were
// right. It also has a service to send them to.
//
// Start with [Run], and with [NewService] and [Serve] for the other side. Without
// a URL, Run starts a mock environment and that service itself.
//
// # How it measures
//
// The engine is vegeta's; its clock is not, and neither is its client for HTTP/1.1.
// What differs, and why:
//
//   - Latency counts from the intended start of a request. A generator that
//     waits for a stalled server and counts from when it sent the next request
//     hides the stall: it showed a p99 of 1.5 ms where users would have waited
//     450 ms. The service time, from the actual start, is reported as well.
//   - Connections and requests in flight are bounded. Without a bound, overload
//     ends in a hundred thousand goroutines and a fifth of the throughput; with
//     one, requests wait and are late, and latency shows it.
//   - Up to 10,000 requests a second, waits are precise. Go's timers are late by
//     up to a millisecond, so requests go out in bursts, whose queueing would
//     appear as slow answers.
//   - A load ends after a number of requests and not after a time, so that none
//     is lost at the end.
//   - An expected refusal is a success: the verdict is judged by case.
//   - Which case request n presents depends on the seed and n alone.
//   - Percentiles come from HdrHistogram, which merges without loss.
//
// # Validity
//
// The sample of the whole load lists why its times must not be used: neighbours,
// the hypervisor, a generator that was late or at its limit, requests that were
// not sent. The reasons change no number. [Result].Footer.Invalid has them if a
// threshold was decided by a time, and always if verdicts are missing: a case
// of a given mix that was never presented, a target that was never reached. A load that is not
// valid cannot miss a threshold on time.
//
// The target speaks HTTP/1.1, or HTTP/2 if [Connection] says so, with or without
// TLS. Redirects are not followed and no proxy is used. Run needs no root
// privileges.
package load
