// Package tuitest runs a program on a terminal of its own and shows its screen
// as a person would see it.
//
// Start with [Start]: it opens a pseudo-terminal, emulates what a terminal
// does with the output, and answers its queries. Tests wait for what must come
// to stand on the screen instead of sleeping.
//
// It is for tests alone. A [Terminal] belongs to one test.
package tuitest
