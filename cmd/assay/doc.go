// Command assay finds out whether ID Tokens are verified as they must be, and
// how fast.
//
// The manual is the text of --help, in manual.go. This package turns arguments
// into calls and errors into exit codes, and nothing else: every command is a
// function over its streams, so that tests run it in process.
package main
