// Package doctor examines the connection to an OpenID Provider: what Char's
// Test Connection sees, and beyond.
//
// [Examine] lets the verifier's own [verifier.Remote] find and fetch the keys
// of an issuer, once, watches its requests, and judges what happened in order:
// name resolution, TCP, TLS, provider metadata, JWK Set, each key, caching,
// clock, latency. A check is data ([Check]), not text for one screen. What
// the verifier refuses fails here for the same reason, because it is the
// verifier that refuses.
//
// [ParseConfiguration] and [Configuration.Lint] check the fields of Char's
// identity provider configuration. What to do is said to a user of assay
// doctor, whose flags it names.
//
// An examination sends at most the requests that two fetches of a verifier
// send, and each has a deadline and a size limit. It sees no token, so much is
// hidden from it: [Report.CannotSee] says what. The package keeps no state and
// is safe for concurrent use.
package doctor
