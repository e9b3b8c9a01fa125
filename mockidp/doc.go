// Package mockidp is a mock Scalekit environment for TESTS AND NOTHING ELSE.
// It lets anybody in without a password, derives its secrets and private keys
// from a seed that reports print, and misbehaves on request. It refuses to
// listen on anything but loopback unless [Config.UnsafeAllowNonLoopback] says
// otherwise.
//
// [Start] starts a [Server]; [Server.NewEnvironment] adds an [Environment] to
// it, which is an OpenID Provider with an issuer, keys, clients and users of
// its own. Environments cost microseconds until somebody logs in, so a test
// takes as many as it likes. The zero values of all configurations work.
//
// What an environment serves, below its issuer:
//
//	/.well-known/openid-configuration   provider metadata
//	/keys                               the JWK Set (jwks_uri says so)
//	/.well-known/jwks.json              an alias, nothing, or a stale copy of it
//	/oauth/authorize                    signs the user in at once, or asks, and redirects
//	/oauth/token                        authorization_code, refresh_token, client_credentials
//	/userinfo, /oauth/introspect, /revoke, /oidc/logout
//	/login                              the pages of a login, if users are asked
//	/outbox                             the mail with their codes and links
//	/idp                                the dashboard of an identity provider, for logins from there
//	/scalekit.v1.*                      gRPC calls of the SDKs: a few have answers, all are understood
//
// The protocol is ory/fosite's; the store, the sessions, the tokens and their
// signatures are of this package. It never verifies ID Tokens for others and
// shares no code with the verifier that it tests: a shared mistake would
// cancel out.
//
// # Knobs
//
//	a clock of its own           Config.Now, EnvironmentConfig.Now
//	which keys, which algs       EnvironmentConfig.Signing, .Alg, .KeyName, .NoDecoys
//	rotation                     EnvironmentConfig.Rotation, Environment.Ring, see package keyring
//	any JWK Set at all           Environment.SetJWKSet
//	where the JWK Set is         EnvironmentConfig.JWKSPath, Environment.SetJWKSPath, .SetWellKnownJWKS
//	caching of the JWK Set       Environment.SetKeysHeaders
//	any metadata at all          Environment.SetDiscovery, .SetDiscoveryBody
//	errors, delays, broken pipes Environment.Faults, see package fault
//	forged tokens in real flows  [fault.Forge], or Environment.SetMint in code
//	refresh races                EnvironmentConfig.RefreshGrace
//	lifetimes                    EnvironmentConfig.*Lifetime
//	who is there                 EnvironmentConfig.Clients, .Users, .Organizations, .Connections
//	how they sign in             EnvironmentConfig.LoginPage, .ModularSSO
//	TLS, good and bad            Server.Listen, see [TLSProfile], with EnvironmentConfig.Origin
//	where nobody may go          NewTrap
//
// Package mockidptest has all of it in one line for a Go test, package people
// reads who is there from a file, and package control steers environments
// over HTTP.
//
// Most tests need a token and no login: [Environment.Sample] returns what a
// login would, at the price of its signatures.
//
// What happened can be read back: [Environment.Requests] and
// [Environment.Counts] say who asked for what, Faults().Applications() what
// went wrong, Ring().Changes() what was rotated.
//
// Tokens carry the times of the environment's clock, and codes, tokens and
// refresh tokens expire by it, so a test may advance that clock by hours.
//
// Everything is safe for concurrent use unless it says otherwise. The package
// prints nothing; its log never has a token, a secret or a key in it.
package mockidp
