// Package stream emits the records of a measurement in their order: a header
// and an empty plan, then samples and progress, then a footer.
//
// Start with [Open]. Benchmarks and loads use it, so that their streams have
// the same frame.
package stream
