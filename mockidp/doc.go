// Package mockidp is a mock Scalekit environment for TESTS AND NOTHING ELSE.
// It lets anyone in without a password, derives its secrets and private keys
// from a seed that reports print, and misbehaves on request. It refuses to
// listen on anything but loopback unless [ListenerConfig.UnsafeAllowNonLoopback] says
// otherwise.
//
// [Start] starts a [Server]; [Server.NewEnvironment] adds an [Environment] to
// it, which is an OpenID Provider with an issuer, keys, clients and users of
// its own. Environments cost microseconds until a user logs in, so a test
// can have as many as it likes. The zero values of all configurations work.
//
// An environment serves, below its issuer:
//
//	/.well-known/openid-configuration   provider metadata
//	/keys                               the JWK Set (jwks_uri says so)
//	/.well-known/jwks.json              an alias, nothing, or a stale copy of it
//	/oauth/authorize                    signs the user in at once, or asks, and redirects
//	/oauth/token                        authorization_code, refresh_token, client_credentials
//	/userinfo, /oauth/introspect, /revoke, /oidc/logout
//	/login                              the pages of a login, if users are asked
//	/outbox                             the mail with their codes and links
//	/idp                                the dashboard of an identity provider, where logins can start
//	/directories/ID/scim/v2             users and groups from the identity provider of an organization
//	/resources/ID                       an MCP server or API: metadata, registration of clients, the resource itself
//	/scalekit.v1.*                      gRPC calls of the SDKs: a few have answers, all are understood
//
// The rooms of the house: this package has the server, the environments, their
// configuration and thin handlers for the endpoints. Package directory has the
// clients, users, organizations and connections, package signin the login
// pages, mail and the sessions of browsers, package scim directory sync. The protocol is ory/fosite's,
// behind the interface of internal/oauth, and can be replaced there; the store,
// the sessions, the tokens and their signatures are our own. The mock never
// verifies ID Tokens for others and shares no code with the verifier that it
// tests, because a shared mistake would cancel out.
//
// # Knobs
//
//	a clock of its own           Config.Now, EnvironmentConfig.Now
//	which keys, which algs       EnvironmentConfig.Signing, .Alg, .KeyName, .NoDecoys
//	rotation                     EnvironmentConfig.Rotation, Environment.Ring, see package keyring
//	metadata and JWK Set         Environment.Publish, see [Publication]: any content, place and caching
//	errors, delays, broken pipes Environment.Faults, see package fault
//	forged tokens in real flows  [fault.Forge], or Environment.SetMint in code
//	refresh races                EnvironmentConfig.RefreshGrace
//	lifetimes                    EnvironmentConfig.*Lifetime
//	people and applications      EnvironmentConfig.Clients, .Users, .Organizations, .Connections
//	MCP servers and APIs         EnvironmentConfig.Resources
//	how they sign in             EnvironmentConfig.LoginPage, .ModularSSO
//	TLS, good and bad            Server.Listen, see [TLSProfile], with EnvironmentConfig.Origin
//	a port that must stay untouched      NewTrap
//
// Package mockidptest starts an environment in one line of a Go test, package
// people reads users and applications from a file, and package control steers
// environments over HTTP.
//
// Most tests need a token but no login: [Environment.Sample] returns the token
// that a login would give, for the cost of its signatures.
//
// What happened can be read back: [Environment.Requests] and
// [Environment.Counts] say who requested what, Faults().Applications() what
// went wrong, Ring().Changes() what was rotated.
//
// Tokens carry the times of the environment's clock, and codes, tokens and
// refresh tokens expire by it, so a test may advance that clock by hours.
//
// Everything is safe for concurrent use unless documented otherwise. The
// package prints nothing; its log never contains a token, a secret or a key.
package mockidp
