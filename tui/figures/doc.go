//go:build linux

// Command figures measures the terminal UI of a built assay, and prints a table:
// the CPU until the first frame, how long a key takes to show its effect, what
// an idle screen writes, what the screen costs while a benchmark is on, the
// memory after several runs, and whether the screen changes what the benchmark
// measures.
//
// It runs the program on a pseudo-terminal of 120 by 40 cells, and reads what it
// uses from /proc, so it needs Linux. Start with make ui-figures, on a machine
// that does nothing else: the table says how busy it was. Nothing is judged;
// design goals are for the reader of the table.
package main
