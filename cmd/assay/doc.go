// Command assay finds out whether ID Tokens are verified correctly, and how
// fast.
//
// The manual is the output of assay --help. This package only turns arguments
// into calls and errors into exit codes: every command is a function of its
// arguments and streams, so that tests run it in process.
package main
