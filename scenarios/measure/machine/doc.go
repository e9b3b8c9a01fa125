// Package machine says what a measurement ran on and who else used it.
//
// Start with [Host] for what does not change, and with [Take] before and after
// a measurement: [Snapshot.Until] tells the shares of this process, of all
// others and of the hypervisor, and [Use.Reasons] those for which a figure
// must not be used.
//
// Shares come from /proc/stat and getrusage, in steps of 10 ms. Where there is
// no /proc/stat they are unknown, which is not a reason.
package machine
