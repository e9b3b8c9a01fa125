// Package run executes scenarios against an implementation, judges its answers
// and emits the records of the run.
//
// Start with [Run]. It starts a mock environment of its own on loopback, gives
// every case an issuer, a client, keys and faults to itself, and derives all of
// them from the seed, so that a case fails again when it is repeated. The
// implementation gets the configuration and the token, and never the expectation.
//
// A case whose own machinery fails ends as an error, never as a failure of the
// implementation; a fault of the adapter and a machine that is too busy are told
// apart as well. An implementation that crashes or hangs costs its case and
// never the run, unless it answers nothing at all.
package run
