// Command go-peers compares the verifier of this project with the libraries
// that a Go program would use instead, in one run, by the paired method of
// package scenarios/bench/paired.
//
//	go run . [-json file] [-only text] [-quick] [-seed n] [-list]
//	go run . adapter LIBRARY
//
// The second form lets assay test one of the libraries, see package adapters.
//
// It first proves that every peer accepts a good token and refuses one that is
// forged, expired, of another issuer, and for another audience; a peer that
// does not is not measured, and the exit code is 1. Then it compares the bare
// signature check with itself: if that does not come out as one, the machine
// is too busy, and the exit code is 4.
//
// A ratio is time(right) / time(left). It has two forms: in slices of 200 µs
// by medians, which leave the garbage collector out, and, for the peers next to
// the bare check, in slices of 30 ms by sums, which include it.
//
// The comparisons take turns, an epoch each, so that no time passes in pauses.
// A comparison whose interval stays wider than half a percent either way ends
// after twelve epochs: on a busy machine the intervals are wider instead of the
// run longer. Times in ns are medians and say little about another
// machine; ratios say more.
//
// Each peer has one file, named after it, which shows the configuration that
// it is measured in: signature, iss, aud and exp are checked, and the keys are
// loaded.
package main
