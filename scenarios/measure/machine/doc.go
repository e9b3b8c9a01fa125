// Package machine describes the machine that a measurement ran on, and what else
// used its CPUs.
//
// Start with [Host] for what does not change, and with [Take] before and after
// a measurement: [Snapshot.Until] returns the shares of this process, of all
// others and of the hypervisor, and [Use.Reasons] says why figures must not be
// used.
//
// Shares come from /proc/stat and getrusage, in steps of 10 ms. Without
// /proc/stat they are unknown, which does not invalidate a measurement.
package machine
