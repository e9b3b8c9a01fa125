// Package diagnose says why a token is refused, which cause of the
// troubleshooting page fits, and what to do.
//
// [Diagnose] takes a token, a configuration, keys and a time. It makes every
// check of the verifier with [verifier.Examine], so that the first failure is
// the one of [verifier.Verifier.Verify], and looks at what the verifier does
// not: what kind of token it is, what was pasted instead of one, and where
// exactly two values differ.
//
// The result is data, without a line of a token in it: a [Diagnosis] holds
// neither the token nor its signature nor a secret, whatever was given, and is
// safe to log. It is for people; a program decides by the code and the reason
// of the refusal.
//
// The package does no network I/O and keeps no state. Its functions are safe
// for concurrent use.
package diagnose
