// Package corpus makes the tokens that benchmarks and loads present: realistic
// ID Tokens of one provider, good ones and ones with a single fault, each with
// the verdict that it must get.
//
// Start with [Provider.Tokens] and [Cases]. A measurement needs many distinct
// tokens: a verifier that sees one token over and over has warm caches and
// trained branch predictors that no service ever has.
//
// The tokens are those of the char policy and need no request but for the JWK
// Set; what a verifier makes of more malformed ones is the business of the
// catalogue. The package is safe for concurrent use.
package corpus
