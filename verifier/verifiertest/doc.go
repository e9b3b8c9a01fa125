// Package verifiertest tests verifiers of ID Tokens, and tests the tests.
//
// [Run] is the contract test. It takes any Go verifier, of this module or
// another, through good tokens, forged ones, a rotation, an outage and a flood,
// against a mock environment of its own:
//
//	func TestContract(t *testing.T) {
//		verifiertest.Run(t, func(s verifiertest.Setup) (verifiertest.Verifier, error) {
//			return newMyVerifier(s.Issuer, s.ClientID, s.JWKSet, s.Now)
//		})
//	}
//
// [Plain] is a second verifier, independent of the package verifier and slower.
// That both pass every scenario shows that the scenarios do not restate what
// one of them happens to do.
//
// [Liars] are verifiers that are wrong on purpose, in one thing each. A
// scenario that no liar fails proves nothing; each liar therefore names the
// scenarios that must catch it. They are also a list of what goes wrong in
// practice: read them from the top.
//
// The tokens are forged with mockidp/forge and the environment is mockidp, so
// importing this package brings both with it. It belongs into tests.
package verifiertest
