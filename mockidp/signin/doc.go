// Package signin is how users of a mock environment sign in and out: the
// authorization endpoint, the hosted login pages with their methods (password,
// mail, another provider), the outbox, the sessions of browsers, logout, and
// logins that start at an identity provider.
//
// An environment of package mockidp makes a [Service] with [New] and sends it
// the requests for [Service.Page], [Service.Authorize] and [Service.Logout].
// Who can sign in is in package directory. A Service issues no tokens: it hands
// a [directory.Session] to the protocol. It is safe for concurrent use.
package signin
