// Package present puts tokens into HTTP requests, as a Bearer token, or in a
// header field, a cookie, a query, a form or a JSON body, and reads from the
// answers whether a service accepts them.
//
// Start with [Parse] and [Reading]. It changes nothing in a token: one that
// cannot be written where the template wants it is an [*UnfitError].
package present
