// Package bounded is a map whose entries expire and whose size has a limit. It
// is what the mock remembers codes, tokens, logins and browsers in, so that a
// load of any length takes a known amount of memory.
package bounded
