// Package ids derives the identifiers, secrets and codes of an environment from
// the seed of the server, so that a run can be repeated. A [Source] is safe for
// concurrent use; values that count up depend on the order of the calls.
package ids
