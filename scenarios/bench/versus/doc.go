// Package versus compares verifiers that do not run in one process: builds of
// this program, and implementations over the adapter protocol.
//
// Start with [Run]. It presents the same tokens to each side in slices that take
// turns, by the method of package paired, and emits the records of a stream.
//
// # Builds
//
// A build runs as a worker, see [Work], which verifies a slice of tokens when it
// is asked to and says how long that took by its own clock: what the two
// processes say to each other is not measured. Both workers are started again
// after each epoch, because two processes of the same program differ by a
// percent or so in where their memory lies, and the interval has to include
// that. A second worker of the first build is the control: it must be as fast as
// the first.
//
// # Adapters
//
// An adapter gets one token at a time, and the time includes the protocol. What
// the protocol takes is measured with an adapter that verifies nothing, see
// [Echo], and subtracted; both are reported. The echo is written in Go: what an
// adapter's own language spends on reading and writing JSON counts as its
// verification. An adapter keeps its process, so that a compiler in it can warm
// up.
package versus
