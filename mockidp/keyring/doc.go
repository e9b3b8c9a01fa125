// Package keyring holds the signing keys of the mock environment and the
// timeline of their rotation.
//
// Start with [NewSource], which makes keys from a seed: the same seed, name
// and alg give the same key on every machine, so that a run can be repeated
// to the last byte of its tokens. A [Key] signs and publishes itself as a
// JWK. A [Ring] says which key signs and which keys are published at any
// moment, and moves from one moment to the next in the ways that providers do
// it in practice, good ones and bad ones ([Mode]).
//
// The keys are for tests and for nothing else: anyone who knows the seed,
// which every report prints, has the private keys.
//
// The package does not write tokens; it only signs the bytes that it is
// given. A Key never changes. Source and Ring are safe for concurrent use.
package keyring
