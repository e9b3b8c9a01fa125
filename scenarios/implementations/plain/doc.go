// Package plain has a second verifier of ID Tokens, which shares no code with
// the package verifier, and the liars: verifiers that are wrong on purpose.
//
// [Verifier] is the honest one; start with [New]. That it and the production
// verifier both pass every scenario shows that the scenarios do not restate
// what one of them happens to do. [Client] is its counterpart for an OAuth
// client that refreshes.
//
// [Liars] are copies of it with exactly one thing wrong each. A scenario that
// no liar fails proves nothing, so each liar names the scenarios that must
// catch it, and the tests of this package hold it to that. The liars are also a
// list of what goes wrong in practice: `assay list --liars` prints it.
//
// To write a liar, look in habits.go for the habit that it bends, and add a row
// to the table of its theme, liars_*.go. bend.go has the words in which most
// rows are written.
//
// The package belongs in tests and in the harness: it makes no effort to be
// fast or frugal. A Verifier is safe for concurrent use unless its liar says
// otherwise.
package plain
