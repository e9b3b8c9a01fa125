// Package present puts tokens into HTTP requests: as a Bearer token, or in a
// header field, a cookie, a query, a form or a JSON body.
//
// Start with [Parse]. It changes nothing in a token: one that cannot be written
// where the template wants it is an [*UnfitError].
package present
