package adapters

import (
	"context"
	"time"

	"github.com/lestrrat-go/httprc/v3"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/assay-id/assay/scenarios/implementations/goadapter/protocol"
)

// jwx3 is lestrrat-go/jwx v3: jwk.Cache, and jwt.Parse with WithKeySet,
// WithIssuer, WithAudience, WithRequiredClaim and WithAcceptableSkew. The alg
// of a JWK is what is allowed; there is no list besides. WithIgnoreParseError
// lets it use a set that has a key of a type that it does not know. It takes a
// clock, but refreshes its keys by a timer of the real one, so none is declared.
func jwx3() protocol.Adapter {
	return protocol.Adapter{
		Description: describe("jwx-v3", "github.com/lestrrat-go/jwx/v3",
			"jwk.Cache with WithIgnoreParseError; jwt.Parse with WithKeySet, WithIssuer, WithAudience, WithRequiredClaim and WithAcceptableSkew",
			"static idp expect rs384 rs512 ps256 ps384 ps512 es256 es384 es512 eddsa ed25519"),
		Open: func(ctx context.Context, setup protocol.Setup, _ func() time.Time) (protocol.Verify, error) {
			keys := once(func() (jwk.Set, error) {
				if setup.JWKSet != "" {
					return jwk.ParseString(setup.JWKSet, jwk.WithIgnoreParseError(true))
				}
				uri, err := discover(ctx, setup)
				if err != nil {
					return nil, err
				}
				return jwx3Keys(ctx, uri, setup.FetchTimeout())
			})
			options := []jwt.ParseOption{
				jwt.WithIssuer(setup.Issuer), jwt.WithAudience(setup.Audience[0]),
				jwt.WithRequiredClaim("exp"), jwt.WithRequiredClaim("sub"), jwt.WithAcceptableSkew(setup.Leeway()),
			}
			return func(_ context.Context, raw string, in protocol.Input) (any, error) {
				set, err := keys()
				if err != nil {
					return nil, err
				}
				checks := append(options[:len(options):len(options)], jwt.WithKeySet(set))
				if in.Subject != nil {
					checks = append(checks, jwt.WithSubject(*in.Subject))
				}
				return jwt.ParseString(raw, checks...)
			}, nil
		},
		Reason: reasons(
			sentinel{jwt.TokenExpiredError(), "TOKEN_EXPIRED"}, sentinel{jwt.TokenNotYetValidError(), "TOKEN_NOT_YET_VALID"},
			sentinel{jwt.InvalidIssuerError(), "INVALID_ISSUER"}, sentinel{jwt.InvalidAudienceError(), "INVALID_AUDIENCE"},
			sentinel{jwt.InvalidIssuedAtError(), "INVALID_ISSUED_AT"}, sentinel{jwt.MissingRequiredClaimError(), "MISSING_CLAIM"},
			sentinel{jws.VerificationError(), "INVALID_SIGNATURE"}, sentinel{jws.ParseError(), "MALFORMED_TOKEN"},
		),
	}
}

// jwx3Keys returns the set at uri, which its cache refreshes until ctx ends.
func jwx3Keys(ctx context.Context, uri string, timeout time.Duration) (jwk.Set, error) {
	cache, err := jwk.NewCache(ctx, httprc.NewClient())
	if err != nil {
		return nil, err
	}
	first, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if err := cache.Register(first, uri, jwk.WithIgnoreParseError(true)); err != nil {
		cache.Shutdown(ctx)
		return nil, &protocol.Refusal{Reason: "JWKS_FETCH_FAILED", Err: err}
	}
	return cache.CachedSet(uri)
}
