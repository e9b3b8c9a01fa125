// Package certs makes the certificates of the mock environment: an
// [Authority], and leaves that are right except for the one thing that [Leaf]
// says.
//
// The authority can be put into the trust store of a client under test: it
// may only vouch for names that exist nowhere but on the machine itself or in
// tests (localhost, loopback addresses, .test and .example). It must not be
// put into the trust store of anything else, because anyone can use its key,
// which derives from the seed that every report prints.
//
// The package checks nothing, and knows nothing about revocation. Everything
// is safe for concurrent use.
package certs
