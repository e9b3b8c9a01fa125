// Package corpus makes the tokens that benchmarks and loads present: realistic
// ID Tokens of one provider, either good or with a single fault, each with the
// verdict that it must get.
//
// Start with [Provider.Tokens] and [Cases]. A measurement needs many distinct
// tokens: a verifier that sees the same token over and over has warm caches and
// trained branch predictors that no service has.
//
// The tokens suit the char policy, and verifying them takes no request but the
// one for the JWK Set. The catalogue, not this package, has more malformed
// tokens. The package is safe for concurrent use.
package corpus
