// Package verifiertest is a contract test for any verifier of ID Tokens in Go.
//
// [Run] presents good tokens and forged ones to a verifier, of this module or of
// another, and takes it through a rotation, an outage and a flood, against a
// mock environment of its own:
//
//	func TestContract(t *testing.T) {
//		verifiertest.Run(t, func(s verifiertest.Setup) (verifiertest.Verifier, error) {
//			return newMyVerifier(s.Issuer, s.ClientID, s.JWKSet, s.Now)
//		})
//	}
//
// [Check] does the same outside of a test and returns what was violated. The
// contract is short on purpose: assay run has the whole catalogue.
//
// The tokens are made with mockidp/forge and the environment is mockidp, so
// importing this package imports both. It belongs in tests.
package verifiertest
