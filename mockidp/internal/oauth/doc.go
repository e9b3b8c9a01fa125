// Package oauth is the protocol of the mock: OAuth 2.0 with PKCE and rotating
// refresh tokens, and the parts of OpenID Connect that it needs to issue ID
// Tokens. [New] makes a [Provider].
//
// The protocol is ory/fosite's, and this package is its only importer: to
// replace fosite, implement Provider here. Nothing of fosite shows outside. The
// store, the sessions and the client authentication are this package's own;
// tokens and their claims are made by the [Minter] that the caller provides.
//
// A Provider is safe for concurrent use.
package oauth
