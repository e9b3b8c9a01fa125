// Package plain is a second verifier of ID Tokens, slower than the package
// verifier and sharing no code with it, and the verifiers that are wrong on
// purpose.
//
// [Verifier] is the honest one; start with [New]. That it and the production
// verifier both pass every scenario shows that the scenarios do not restate
// what one of them happens to do. [Client] is the same for an OAuth client that
// refreshes.
//
// [Liars] are copies of it with exactly one thing wrong each. A scenario that
// no liar fails proves nothing, so each liar names the scenarios that must
// catch it. They are also a list of what goes wrong in practice: read them from
// the top.
//
// The package belongs in tests and in the harness. It checks less than a
// production verifier in one respect: it makes no effort to be fast or frugal.
// A Verifier is safe for concurrent use unless its liar says otherwise.
package plain
