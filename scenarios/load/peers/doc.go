// Command peers compares assay load with vegeta, wrk and k6: the same server, the
// same rate, in turns, each in a process of its own.
//
// It prints what each of them found, with and without a stall of the server, and
// how much CPU time a request took it. It fails if assay and k6 disagree about
// the median of a server that takes [slowAnswer]. A peer that is missing is named
// and left out; vegeta and k6 are installed in the folder of -tools from the Go
// module proxy, and wrk is a package of Debian.
//
// The CPU time of a process is that of user and system until its end, less the
// CPU time of another process that sends next to nothing, which is the start-up.
// Requests are counted by the server. Each figure is the median of the rounds.
package main
