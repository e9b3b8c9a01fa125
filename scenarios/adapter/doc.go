// Package adapter examines an adapter: whether it speaks the protocol, whether
// what it declares works, and how much of the catalogue its capabilities open.
//
// Start with [Examine]. It validates each message of both directions against
// [implementations.Schema], runs a small catalogue of its own that a correct
// adapter of a correct verifier passes, proves each declared capability with
// cases of the built-in catalogue, and runs the smoke set. It does not judge the
// verifier: what that gets wrong is for a run.
package adapter
