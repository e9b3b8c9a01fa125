package main

import "github.com/charmbracelet/x/term"

// isTerminal reports whether v is a terminal.
func isTerminal(v any) bool {
	f, ok := v.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(f.Fd())
}
