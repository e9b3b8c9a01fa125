// Package chart draws small charts in text cells: areas that grow from a base
// line, and horizontal bars. It turns numbers into plain lines of exactly the
// requested width; colour and labels are up to the caller.
//
// Start with [Area] and [Bar]. The package does not depend on a terminal. It
// scales linearly from zero and leaves a gap where a value is NaN. Its
// functions keep no state and are safe for concurrent use.
package chart
