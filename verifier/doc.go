// Package verifier checks ID Tokens as Char does for Scalekit, and as OpenID
// Connect Core 1.0 demands: strictly, fast, and calmly while keys rotate and
// providers fail.
//
// Start with [New] and [Verifier.Verify]:
//
//	v, err := verifier.New(verifier.Config{
//		Issuer:   "https://acme.scalekit.com",
//		Audience: []string{"skc_58327482062864390"},
//	})
//	…
//	token, err := v.Verify(ctx, rawIDToken)
//
// A [Config] is plain data; its zero values are the policy that Char
// documents, and [Strict] is the stricter one of the specifications. A refusal
// is an [*Error]: its [Code] is what Char's support knows, its [Reason] says
// exactly why, and its [Kind] tells 401 from 503 from a mistake in the
// configuration.
//
// # Order of checks
//
//   - size;
//   - three segments in strict base64url;
//   - the JOSE header: strict JSON, alg allowed, typ, crit;
//   - the claims object: strict JSON, nothing judged yet;
//   - iss, the one claim that is judged before the signature: a token of
//     another environment reads INVALID_ISSUER and costs no request;
//   - the key, by kid, from the JWK Set that discovery leads to;
//   - the signature;
//   - the claims aud, azp, exp, nbf, iat, sub, and the shape of an ID Token.
//
// An [Error] says whether the signature had been verified when the token was
// refused. Until then every value it shows is of unknown origin.
//
// # What it does not do
//
// It does not decrypt, does not follow jku, x5u or jwk in a header, and does
// not look up a session: a token stays valid until exp, whatever happens to
// the user at the provider.
//
// Everything exported is safe for concurrent use unless it says otherwise.
package verifier
