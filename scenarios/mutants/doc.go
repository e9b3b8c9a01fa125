// Command mutants finds out which changes of the verifier no scenario notices.
// See `make mutants`.
//
// It changes verifier and verifier/refresh at the syntax tree, in thousands of
// places, and builds one program with all the changes, each of which can be
// turned on by its number: the mutants. It records which cases reach which
// mutant, then runs each mutant against the cases that reach it until one fails,
// which kills it. What no scenario can drive is tried against the tests of its
// package instead: see owntests.go.
//
// Survivors are listed in survivors.txt, which -update writes. Those that
// behave as the original does are in equivalents.go, each with its reason. With
// -sample only so many of the mutants that are known to be killed are tried.
// A run that is interrupted says, and with -update keeps, what it has found; -new
// continues it. -survivors tries again what survived, -only a part, such as one
// file, and -cases judges by a few cases: together they tell whether a new case or
// test is worth anything.
package main
