// Package verifiertest is a contract test for any verifier of ID Tokens in Go.
//
// [Run] takes a verifier, of this module or another, through good tokens,
// forged ones, a rotation, an outage and a flood, against a mock environment of
// its own:
//
//	func TestContract(t *testing.T) {
//		verifiertest.Run(t, func(s verifiertest.Setup) (verifiertest.Verifier, error) {
//			return newMyVerifier(s.Issuer, s.ClientID, s.JWKSet, s.Now)
//		})
//	}
//
// [Check] does the same outside a test and returns what was violated. The
// contract is short on purpose: assay run has the whole catalogue.
//
// The tokens are forged with mockidp/forge and the environment is mockidp, so
// importing this package brings both with it. It belongs in tests.
package verifiertest
