// Package chart draws small charts out of text cells: areas that grow from a
// base line, and horizontal bars. Numbers go in and plain lines come out, each
// exactly as wide as was asked for; colour and labels are the caller's.
//
// Start with [Area] and [Bar]. The package knows no terminal, scales linearly
// from zero, and leaves a gap where a value is NaN. Its functions keep no
// state and are safe for concurrent use.
package chart
