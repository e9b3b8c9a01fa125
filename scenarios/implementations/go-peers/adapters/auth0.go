package adapters

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/auth0/go-jwt-middleware/v3/jwks"
	"github.com/auth0/go-jwt-middleware/v3/validator"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/assay-id/assay/scenarios/implementations/goadapter/protocol"
)

// auth0 is auth0/go-jwt-middleware: jwks.NewCachingProvider, and the validator
// of its middleware with WithAlgorithm, WithIssuer, WithAudiences and
// WithAllowedClockSkew. It takes one algorithm: the first of the list. Its
// errors are those of jwx where jwx refuses, and otherwise texts, which are
// mapped.
func auth0() protocol.Adapter {
	sentinels := reasons(
		sentinel{jwt.TokenExpiredError(), "TOKEN_EXPIRED"}, sentinel{jwt.TokenNotYetValidError(), "TOKEN_NOT_YET_VALID"},
		sentinel{jwt.InvalidIssuedAtError(), "INVALID_ISSUED_AT"}, sentinel{jws.VerificationError(), "INVALID_SIGNATURE"},
		sentinel{jws.ParseError(), "MALFORMED_TOKEN"},
	)
	texts := phrases(
		phrase{"issuer validation failed", "INVALID_ISSUER"}, phrase{"audience validation failed", "INVALID_AUDIENCE"},
		phrase{"failed to discover JWKS URI", "DISCOVERY_FAILED"}, phrase{"could not fetch JWKS", "JWKS_FETCH_FAILED"},
	)
	return protocol.Adapter{
		Description: describe("auth0-go-jwt-middleware", "github.com/auth0/go-jwt-middleware/v3",
			"jwks.NewCachingProvider; validator.New with WithAlgorithm, WithIssuer, WithAudiences and WithAllowedClockSkew",
			"idp rs384 rs512 ps256 ps384 ps512 es256 es384 es512 eddsa"),
		Open: func(_ context.Context, setup protocol.Setup, _ func() time.Time) (protocol.Verify, error) {
			issuer, err := url.Parse(setup.Issuer)
			if err != nil {
				return nil, &protocol.Refusal{Reason: "CONFIG_INVALID", Err: err}
			}
			keys, err := jwks.NewCachingProvider(jwks.WithIssuerURL(issuer), jwks.WithCustomClient(&http.Client{Timeout: setup.FetchTimeout()}))
			if err != nil {
				return nil, err
			}
			v, err := validator.New(validator.WithKeyFunc(keys.KeyFunc),
				validator.WithAlgorithm(validator.SignatureAlgorithm(setup.AllowedAlgorithms()[0])),
				validator.WithIssuer(setup.Issuer), validator.WithAudiences(setup.Audience), validator.WithAllowedClockSkew(setup.Leeway()))
			if err != nil {
				return nil, &protocol.Refusal{Reason: "CONFIG_INVALID", Err: err}
			}
			return func(ctx context.Context, raw string, _ protocol.Input) (any, error) {
				claims, err := v.ValidateToken(ctx, raw)
				if err != nil {
					return nil, err
				}
				return claims.(*validator.ValidatedClaims).RegisteredClaims, nil
			}, nil
		},
		Reason: func(err error) string {
			if reason := sentinels(err); reason != "" {
				return reason
			}
			return texts(err)
		},
	}
}
