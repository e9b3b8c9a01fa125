// Package adapters lets assay test Go libraries that verify ID Tokens, one per
// file, which begins with how the library is set up: as its documentation
// advises, with every option that an ID Token calls for, and nothing else. What
// a library leaves to the application, such as discovery, is in discovery.go.
//
// All fetch keys when the first token needs them, because applications start
// before their provider, too. A clock is declared where the library takes one
// and keeps keys by it, or for good.
package adapters
