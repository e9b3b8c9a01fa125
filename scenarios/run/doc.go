// Package run executes scenarios against an implementation, judges its answers
// and emits the records of the run.
//
// Start with [Run]. It starts a mock environment of its own on loopback, gives
// every case an issuer, a client, keys and faults to itself, and derives all of
// them from the seed, so that a case fails again when it is repeated. What the
// implementation is told is the configuration and the token; the expectation
// stays here.
//
// A case whose own machinery fails ends as an error, never as a failure of the
// implementation. An implementation that crashes, hangs or answers nonsense
// costs its case and never the run.
package run
