// Package tuitest runs a program on its own terminal and shows the screen as
// a user would see it.
//
// Start with [Start]: it opens a pseudo-terminal, emulates a terminal, and
// answers its queries. Instead of sleeping, tests wait for what must appear
// on the screen.
//
// It is only for tests. A [Terminal] belongs to one test.
package tuitest
